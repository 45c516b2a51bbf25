/* Framing: an entry and an answer as one unmasked binary frame each; and the chain of the journal. */
#include "swift.h"

#define HEAD_ROOM 10 /* the longest head of a frame */

static const char ENTRY[] = "\x83\xa4type\x02\xa3nsp\xa1/\xa4" "data\x92\xa5" "entry\x85\xa3seq";
static const char ACK[] = "\x84\xa4type\x03\xa3nsp\xa1/\xa2id";
static PyObject *seq, *at, *actor, *mark, *events, *sha256, *digest;

#define PUT(ink, text) ink_bytes(ink, text, sizeof(text) - 1)

void frame_begin(struct ink *ink) {
    ink_begin(ink);
    ink->at += HEAD_ROOM;
}

/* The bytes of the frame around what was written. */
PyObject *frame_done(struct ink *ink) {
    uint8_t *body = ink->begin + HEAD_ROOM;
    uint64_t size = ink->at - body;
    int head = size < 126 ? 2 : size < 65536 ? 4 : 10;
    uint8_t *start = body - head;
    start[0] = 0x82;
    start[1] = head == 2 ? size : head == 4 ? 126 : 127;
    for (int i = 2; i < head; i++) start[i] = size >> (8 * (head - 1 - i));
    return PyBytes_FromStringAndSize((char *)start, head + size);
}

static int put_number(struct ink *ink, PyObject *of, PyObject *name) {
    PyObject *value = PyObject_GetAttr(of, name);
    int failed = !value || ink_uint(ink, value);
    Py_XDECREF(value);
    return failed;
}

static int put_text(struct ink *ink, PyObject *of, PyObject *name) {
    PyObject *value = PyObject_GetAttr(of, name);
    int failed = 1;
    if (value && PyUnicode_Check(value)) failed = ink_text(ink, value);
    else if (value) PyErr_SetString(PyExc_TypeError, "an entry's actor and mark are text");
    Py_XDECREF(value);
    return failed;
}

static int put_events(struct ink *ink, PyObject *of) {
    PyObject *given = PyObject_GetAttr(of, events);
    PyObject *all = given ? PySequence_Fast(given, "an entry's events are a sequence") : NULL;
    int failed = !all || ink_array(ink, PySequence_Fast_GET_SIZE(all));
    for (Py_ssize_t i = 0; !failed && i < PySequence_Fast_GET_SIZE(all); i++)
        failed = ink_object(ink, PySequence_Fast_GET_ITEM(all, i));
    Py_XDECREF(all);
    Py_XDECREF(given);
    return failed;
}

/* entry(telling) → the frame of all its events */
PyObject *swift_entry(PyObject *self, PyObject *const *args, Py_ssize_t count) {
    struct ink ink;
    PyObject *made = NULL;
    if (count != 1) {
        PyErr_SetString(PyExc_TypeError, "entry(telling)");
        return NULL;
    }
    PyObject *of = args[0];
    frame_begin(&ink);
    if (!PUT(&ink, ENTRY) && !put_number(&ink, of, seq) && !PUT(&ink, "\xa2" "at") && !put_number(&ink, of, at) &&
        !PUT(&ink, "\xa5" "actor") && !put_text(&ink, of, actor) && !PUT(&ink, "\xa4" "mark") &&
        !put_text(&ink, of, mark) && !PUT(&ink, "\xa6" "events") && !put_events(&ink, of))
        made = frame_done(&ink);
    ink_end(&ink);
    return made;
}

/* ack(id, payload) → the frame that answers it */
PyObject *swift_ack(PyObject *self, PyObject *const *args, Py_ssize_t count) {
    struct ink ink;
    PyObject *made = NULL;
    if (count != 2) {
        PyErr_SetString(PyExc_TypeError, "ack(id, payload)");
        return NULL;
    }
    frame_begin(&ink);
    if (!PUT(&ink, ACK) && !ink_uint(&ink, args[0]) && !PUT(&ink, "\xa4" "data\x91") && !ink_object(&ink, args[1]))
        made = frame_done(&ink);
    ink_end(&ink);
    return made;
}

static int put_fixed(struct ink *ink, uint64_t value, int bytes) {
    if (ink_room(ink, bytes)) return -1;
    while (bytes--) *ink->at++ = value >> (8 * bytes);
    return 0;
}

/* Topics of each event, as msgpack [[topic, …], …]. */
static PyObject *packed_topics(PyObject *topics) {
    struct ink ink;
    PyObject *made = NULL;
    ink_begin(&ink);
    int failed = !PyList_Check(topics) || ink_array(&ink, PyList_GET_SIZE(topics));
    for (Py_ssize_t i = 0; !failed && i < PyList_GET_SIZE(topics); i++) {
        PyObject *of = PyList_GET_ITEM(topics, i);
        failed = !PyTuple_Check(of) || ink_array(&ink, PyTuple_GET_SIZE(of));
        for (Py_ssize_t n = 0; !failed && n < PyTuple_GET_SIZE(of); n++)
            failed = !PyUnicode_Check(PyTuple_GET_ITEM(of, n)) || ink_text(&ink, PyTuple_GET_ITEM(of, n));
    }
    if (!failed) made = ink_done(&ink);
    else if (!PyErr_Occurred()) PyErr_SetString(PyExc_TypeError, "topics are a list of tuples of text");
    ink_end(&ink);
    return made;
}

static PyObject *packed_body(PyObject *parts) {
    struct ink ink;
    PyObject *made = NULL;
    if (!PyList_Check(parts)) {
        PyErr_SetString(PyExc_TypeError, "events are a list of bytes");
        return NULL;
    }
    ink_begin(&ink);
    int failed = ink_array(&ink, PyList_GET_SIZE(parts));
    for (Py_ssize_t i = 0; !failed && i < PyList_GET_SIZE(parts); i++) failed = ink_object(&ink, PyList_GET_ITEM(parts, i));
    if (!failed) made = ink_done(&ink);
    ink_end(&ink);
    return made;
}

/* The SHA-256 of previous + header + id + actor + body + audiences. */
static PyObject *hashed(PyObject *const *args, PyObject *body, PyObject *audiences) {
    struct ink ink;
    PyObject *made = NULL, *all = NULL, *hash = NULL;
    Py_ssize_t id_size, who_size;
    unsigned long long number = PyLong_AsUnsignedLongLong(args[1]);
    long long when = PyErr_Occurred() ? -1 : PyLong_AsLongLong(args[2]);
    const char *id = PyErr_Occurred() ? NULL : PyUnicode_AsUTF8AndSize(args[3], &id_size);
    const char *who = id ? PyUnicode_AsUTF8AndSize(args[4], &who_size) : NULL;
    if (!who) return NULL;
    ink_begin(&ink);
    if (!ink_object(&ink, args[0]) && !put_fixed(&ink, number, 8) && !put_fixed(&ink, when, 8) &&
        !put_fixed(&ink, id_size, 4) && !put_fixed(&ink, who_size, 4) &&
        !put_fixed(&ink, PyBytes_GET_SIZE(body), 4) && !put_fixed(&ink, PyBytes_GET_SIZE(audiences), 4) &&
        !ink_bytes(&ink, id, id_size) && !ink_bytes(&ink, who, who_size) && !ink_object(&ink, body) &&
        !ink_object(&ink, audiences))
        all = ink_done(&ink);
    ink_end(&ink);
    if (all) hash = PyObject_CallOneArg(sha256, all);
    if (hash) made = PyObject_CallMethodNoArgs(hash, digest);
    Py_XDECREF(all);
    Py_XDECREF(hash);
    return made;
}

/* chain(previous, seq, at, action id, actor, encoded events, topics) → (body, audiences, hash) */
PyObject *swift_chain(PyObject *self, PyObject *const *args, Py_ssize_t count) {
    if (count != 7 || !PyUnicode_Check(args[3]) || !PyUnicode_Check(args[4])) {
        PyErr_SetString(PyExc_TypeError, "chain(previous, seq, at, id, actor, events, topics)");
        return NULL;
    }
    PyObject *body = packed_body(args[5]), *audiences = body ? packed_topics(args[6]) : NULL;
    PyObject *hash = audiences ? hashed(args, body, audiences) : NULL;
    PyObject *made = hash ? PyTuple_Pack(3, body, audiences, hash) : NULL;
    Py_XDECREF(body);
    Py_XDECREF(audiences);
    Py_XDECREF(hash);
    return made;
}

int chain_ready(void) {
    PyObject *module = PyImport_ImportModule("hashlib");
    sha256 = module ? PyObject_GetAttrString(module, "sha256") : NULL;
    Py_XDECREF(module);
    seq = PyUnicode_InternFromString("seq");
    at = PyUnicode_InternFromString("at");
    actor = PyUnicode_InternFromString("actor");
    mark = PyUnicode_InternFromString("mark");
    events = PyUnicode_InternFromString("events");
    digest = PyUnicode_InternFromString("digest");
    return sha256 && seq && at && actor && mark && events && digest ? 0 : -1;
}
