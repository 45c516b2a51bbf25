/* Datagrams on their way out: encrypted where they lie, handed to the kernel many at a time.
 *
 * A place's address is copied into it, so no batch ever points to somebody who is gone.
 */
#include "lane.h"
#include <stdlib.h>
#include <string.h>

int batch_make(Batch *batch, int places, int room, socklen_t name_size) {
    batch->slab = aligned_alloc(64, (size_t)places * room);
    if (batch->slab == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    memset(batch->slab, 0, (size_t)places * room);
    for (int at = 0; at < places; at++) {
        struct msghdr *head = &batch->heads[at].msg_hdr;
        batch->parts[at].iov_base = batch->slab + (size_t)at * room;
        batch->parts[at].iov_len = room;
        head->msg_iov = &batch->parts[at];
        head->msg_iovlen = 1;
        head->msg_name = &batch->names[at];
        head->msg_namelen = name_size;
    }
    return 0;
}

/* Everything goes out now. What the kernel does not take is lost, as datagrams are. */
void lane_flush(Lane *lane) {
    int at = 0, used = lane->used, count;
    lane->used = 0;
    lane->packets_out += used;
    if (used > 1 && !lane->alone) {
        count = trains_form(lane->trains, &lane->out, used, lane->name_size);
        if (count < used) {
            trains_send(lane, count);
            return;
        }
    }
    lane->messages += used;
    while (at < used) {
        int sent = sendmmsg(lane->descriptor, lane->out.heads + at, used - at, 0);
        if (sent <= 0) { /* the first of them was refused: the others may still go */
            lane->unsent++;
            sent = 1;
        }
        at += sent;
    }
}

/* The next place holds `size` bytes: encrypt them for somebody whose `keys` and `name` these are. */
static int seal(Lane *lane, Cipher cipher, PyObject *keys, PyObject *name, Py_ssize_t size) {
    long long context;
    int used = lane->used, length = (int)size;
    if (!is(&lane->keys, keys) || name == NULL || !PyBytes_Check(name) ||
        PyBytes_GET_SIZE(name) != (Py_ssize_t)lane->name_size)
        return 0; /* it has no keys or no address yet */
    if (!number_in(&lane->keys, keys, KEYS_TX, &context) || context == 0)
        return 0;
    if (cipher((void *)(intptr_t)context, lane->out.parts[used].iov_base, &length))
        return 0;
    lane->out.parts[used].iov_len = length;
    memcpy(&lane->out.names[used], PyBytes_AS_STRING(name), lane->name_size);
    lane->used = used + 1;
    if (lane->used == PLACES)
        lane_flush(lane);
    return 0;
}

int lane_seal(Lane *lane, Cipher cipher, PyObject *end, int size) {
    return seal(lane, cipher, field(&lane->end, end, END_KEYS), field(&lane->end, end, END_NAME), size);
}

int lane_put(Lane *lane, PyObject *keys, PyObject *name, const uint8_t *data, Py_ssize_t size, int control) {
    if (size > LONGEST)
        return 0;
    memcpy(lane->out.parts[lane->used].iov_base, data, size);
    return seal(lane, control ? lane->protect_control : lane->protect, keys, name, size);
}
