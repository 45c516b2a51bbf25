/* Trains: datagrams of one length to one address, handed to the kernel as one message (UDP_SEGMENT, Linux 4.18).
 *
 * The kernel looks up the way once, not per datagram, and cuts the message up as late as it can; what arrives
 * are the same datagrams. The packets of a frame are such a run; packets of different lengths are not. The last of a
 * train may be shorter. A receiver's datagrams keep their order: a new train of its is behind its last.
 */
#include "lane.h"
#include <errno.h>
#include <netinet/udp.h>
#include <stdlib.h>
#include <string.h>

#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#endif

enum {
    LONGEST_TRAIN = 64, /* datagrams: what every kernel takes */
    HEAVIEST = 65000,   /* bytes */
    TABLE = 2 * PLACES, /* a power of two */
};

typedef struct {
    int count, weight, open;
    size_t length; /* of all but the last */
    int first;     /* place */
    int at;        /* of its next part, while they are laid out */
} Train;

typedef union {
    char bytes[CMSG_SPACE(sizeof(uint16_t))];
    struct cmsghdr head;
} Control;

struct Trains {
    Train train[PLACES];
    int16_t of_place[PLACES], newest[TABLE]; /* by address */
    struct mmsghdr heads[PLACES];
    struct iovec parts[PLACES];
    Control controls[PLACES];
};

/* Whether the kernel knows them at all. */
int trains_known(int descriptor) {
    int none = 0;
    return setsockopt(descriptor, IPPROTO_UDP, UDP_SEGMENT, &none, sizeof none) == 0;
}

Trains *trains_make(void) {
    Trains *made = calloc(1, sizeof *made);
    if (made == NULL)
        PyErr_NoMemory();
    return made;
}

static uint32_t mixed(const void *name, socklen_t size) {
    uint32_t value = 0, part;
    for (socklen_t at = 0; at + sizeof part <= size; at += sizeof part) {
        memcpy(&part, (const char *)name + at, sizeof part);
        value = (value ^ part) * 0x9E3779B1u;
    }
    return value >> 16;
}

/* Where the newest train to this address is noted, or will be. */
static int16_t *noted(Trains *trains, const Batch *batch, int place, socklen_t size) {
    const void *name = &batch->names[place];
    uint32_t at = mixed(name, size);
    for (;; at++) {
        int16_t *found = &trains->newest[at & (TABLE - 1)];
        if (*found < 0 || memcmp(&batch->names[trains->train[*found].first], name, size) == 0)
            return found;
    }
}

static void lay_out(Trains *trains, const Batch *batch, int used, int count, socklen_t name_size) {
    int next = 0;
    for (int at = 0; at < count; at++) {
        Train *train = &trains->train[at];
        struct msghdr *head = &trains->heads[at].msg_hdr;
        train->at = next;
        memset(head, 0, sizeof *head);
        head->msg_name = (void *)&batch->names[train->first];
        head->msg_namelen = name_size;
        head->msg_iov = &trains->parts[next];
        head->msg_iovlen = train->count;
        next += train->count;
        if (train->count > 1) {
            struct cmsghdr *control = &trains->controls[at].head;
            uint16_t length = (uint16_t)train->length;
            head->msg_control = control;
            head->msg_controllen = sizeof trains->controls[at].bytes;
            control->cmsg_level = IPPROTO_UDP;
            control->cmsg_type = UDP_SEGMENT;
            control->cmsg_len = CMSG_LEN(sizeof length);
            memcpy(CMSG_DATA(control), &length, sizeof length);
        }
    }
    for (int place = 0; place < used; place++)
        trains->parts[trains->train[trains->of_place[place]].at++] = batch->parts[place];
}

/* Sorts what is in the batch into trains; how many there are. As many as datagrams: nothing was laid out. */
int trains_form(Trains *trains, const Batch *batch, int used, socklen_t name_size) {
    int count = 0;
    memset(trains->newest, 0xFF, sizeof trains->newest);
    for (int place = 0; place < used; place++) {
        size_t length = batch->parts[place].iov_len;
        int16_t *newest = noted(trains, batch, place, name_size);
        Train *train = *newest < 0 ? NULL : &trains->train[*newest];
        if (train == NULL || !train->open || length > train->length || train->count == LONGEST_TRAIN ||
            train->weight + length > HEAVIEST) {
            *newest = (int16_t)count;
            train = &trains->train[count++];
            *train = (Train){.length = length, .first = place, .open = 1};
        }
        train->count++;
        train->weight += (int)length;
        train->open = length == train->length;
        trains->of_place[place] = *newest;
    }
    if (count < used)
        lay_out(trains, batch, used, count, name_size);
    return count;
}

/* One by one what the kernel did not want as a train. */
static void take_apart(Lane *lane, struct msghdr *train) {
    struct iovec *parts = train->msg_iov;
    size_t count = train->msg_iovlen;
    train->msg_control = NULL;
    train->msg_controllen = 0;
    train->msg_iovlen = 1;
    for (size_t at = 0; at < count; at++) {
        train->msg_iov = &parts[at];
        lane->messages++;
        if (sendmsg(lane->descriptor, train, 0) < 0)
            lane->unsent++;
    }
}

void trains_send(Lane *lane, int count) {
    struct mmsghdr *heads = lane->trains->heads;
    for (int at = 0; at < count;) {
        int sent = sendmmsg(lane->descriptor, heads + at, count - at, 0);
        if (sent > 0) {
            lane->messages += sent;
            at += sent;
            continue;
        }
        struct msghdr *refused = &heads[at++].msg_hdr;
        if (refused->msg_iovlen == 1 || errno == EAGAIN || errno == EWOULDBLOCK || errno == ENOBUFS) {
            lane->unsent += (long long)refused->msg_iovlen; /* no room: lost, as datagrams are */
            continue;
        }
        if (errno == EIO || errno == EOPNOTSUPP) /* this port never will; else it is about this one's way */
            lane->alone = 1;
        take_apart(lane, refused);
    }
}
