/* What the files of the compiled packet path share.
 *
 * The path works on the very objects the Python rules work on. A class with `__slots__` keeps each field at a
 * fixed place in its instances; a `Shape` is a class and those places, read from it once. An object is looked
 * at only after its type was checked, a field only after it was found to be there, so nothing Python does to
 * them can make this code read what is not theirs. Whatever is not the ordinary case is left to the Python rule.
 */
#ifndef LANE_H
#define LANE_H

#define PY_SSIZE_T_CLEAN
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* recvmmsg, sendmmsg */
#endif
#include <Python.h>
#include <netinet/in.h>
#include <stdint.h>
#include <sys/socket.h>

enum {
    LONGEST = 2048, /* bytes of a datagram that is read */
    ROOM = 2304,    /* bytes of a place: the longest datagram and what encryption adds */
    HEAD = 25,      /* bytes a rewritten packet may have before its payload */
    COMING = 32,    /* datagrams read at once */
    PLACES = 256,   /* datagrams sent at once: what was just encrypted is still in the processor's cache */
    TURN = 256,     /* datagrams read before something else gets its turn */
    FIELDS = 14,
};

typedef struct {
    PyTypeObject *type;
    Py_ssize_t at[FIELDS];
} Shape;

enum { END_KEYS, END_NAME, END_BUDGET, END_IDS, END_ARRIVALS, END_FEEDS };
enum { KEYS_RX, KEYS_TX };
enum { FEED_SOURCE, FEED_UP, FEED_SOUND, FEED_SLOTS, FEED_WAITING };
enum { SOURCE_OPEN, SOURCE_BARRED_AT };
enum { SLOT_REWRITER, SLOT_PEER };
enum {
    UP_PT, UP_RATE, UP_NEWEST, UP_LAST, UP_HEARD_AT, UP_PACKETS, UP_OCTETS, UP_VP8, UP_H264, UP_RING,
    UP_JITTER, UP_RECEIVED
};
enum {
    RW_SSRC, RW_PT, RW_PACKETS, RW_OCTETS, RW_EXTENSION, RW_NEWEST, RW_SEQ, RW_TS, RW_PID, RW_TL0, RW_LAST,
    RW_LIMIT
};
enum { ARRIVALS_CAME };

/* libsrtp: protect and unprotect, in place, for RTP and RTCP. 0 is success. */
typedef int (*Cipher)(void *context, void *data, int *size);

typedef struct {
    struct mmsghdr heads[PLACES > COMING ? PLACES : COMING];
    struct iovec parts[PLACES > COMING ? PLACES : COMING];
    struct sockaddr_in6 names[PLACES > COMING ? PLACES : COMING];
    uint8_t *slab;
} Batch;

/* Datagrams of one length to one address (the last may be shorter) go to the kernel as one message: see train.c. */
typedef struct Trains Trains;

typedef struct {
    PyObject_HEAD
    int descriptor;
    socklen_t name_size;
    Cipher protect, unprotect, protect_control, unprotect_control;
    Shape end, keys, feed, source, slot, up, rewriter, arrivals;
    PyObject *control, *arrived, *begin; /* the Python rules this path calls */
    long long packets_in, packets_out, refused, barred, unsent, messages;
    int used, draining, alone; /* alone: the kernel takes no trains */
    Batch out, in;
    Trains *trains;
} Lane;

/* A packet as the rules know it (`up.Packet`), and as numbers. */
typedef struct {
    PyObject *whole; /* the tuple */
    long long ext;
    uint32_t ts;
    int mark, head, pid, tl0, tid, key;
    const uint8_t *rest;
    Py_ssize_t size;
} Packet;

/* What `rtp.scan` finds. */
typedef struct {
    Py_ssize_t start, end;
    int twcc, level;
} Found;

/* What `vp8.read` finds. */
typedef struct {
    int head, pid, is_short, tl0, tid, key;
    Py_ssize_t at;
} Descriptor;

static inline int is(const Shape *shape, PyObject *object) {
    return object != NULL && PyObject_TypeCheck(object, shape->type);
}

/* Borrowed; NULL: deleted. The caller has checked the type. */
static inline PyObject *field(const Shape *shape, PyObject *object, int which) {
    return *(PyObject **)((char *)object + shape->at[which]);
}

/* Takes over the reference to `value`. */
static inline void put_field(const Shape *shape, PyObject *object, int which, PyObject *value) {
    PyObject **place = (PyObject **)((char *)object + shape->at[which]);
    PyObject *before = *place;
    *place = value;
    Py_XDECREF(before);
}

/* Whether it is a whole number, small enough that the sum of two of them is one of 64 bits, too. */
static inline int number(PyObject *object, long long *value) {
    const long long most = (1LL << 62) + (1LL << 61);
    int overflow = 0;
    if (object == NULL || !PyLong_Check(object))
        return 0;
    *value = PyLong_AsLongLongAndOverflow(object, &overflow);
    return !overflow && *value <= most && *value >= -most;
}

static inline int truth(PyObject *object) {
    return object == Py_True || (object != NULL && object != Py_False && PyObject_IsTrue(object) > 0);
}

static inline int number_in(const Shape *shape, PyObject *object, int which, long long *value) {
    return number(field(shape, object, which), value);
}

static inline int put_number(const Shape *shape, PyObject *object, int which, long long value) {
    PyObject *made = PyLong_FromLongLong(value);
    if (made == NULL)
        return -1;
    put_field(shape, object, which, made);
    return 0;
}

/* layout.c */
int lane_layout(Lane *lane, PyObject *classes);
void lane_forget_layout(Lane *lane);
int lane_visit_layout(Lane *lane, visitproc visit, void *arg);

/* read.c: pure functions of bytes */
int read_rtp(const uint8_t *data, Py_ssize_t size, int want_twcc, int want_level, Found *found);
void read_vp8(const uint8_t *data, Py_ssize_t size, Py_ssize_t start, Py_ssize_t end, Descriptor *found);

/* up.c */
int lane_take(Lane *lane, PyObject *end, uint8_t *data, int size, double now);

/* down.c */
int packet_open(PyObject *whole, Packet *packet);
int lane_rewrite(Lane *lane, PyObject *rewriter, const Packet *packet, uint32_t stamp, uint8_t *to);
int lane_forward(Lane *lane, PyObject *feed, PyObject *up, const Packet *packet, PyObject *now, double at);

/* batch.c */
int batch_make(Batch *batch, int places, int room, socklen_t name_size);
int lane_seal(Lane *lane, Cipher cipher, PyObject *end, int size);
int lane_put(Lane *lane, PyObject *keys, PyObject *name, const uint8_t *data, Py_ssize_t size, int control);
void lane_flush(Lane *lane);

/* train.c */
int trains_known(int descriptor);
Trains *trains_make(void);
int trains_form(Trains *trains, const Batch *batch, int used, socklen_t name_size);
void trains_send(Lane *lane, int count);

#endif
