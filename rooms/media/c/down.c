/* One packet of a feed to every slot that shows it: `Path.forward` and the ordinary case of `Rewriter.forward`. */
#include "lane.h"
#include <string.h>

/* Reads the tuple; the caller keeps it alive. */
int packet_open(PyObject *whole, Packet *packet) {
    long long ext, ts, mark, head, pid, tl0, tid;
    if (!PyTuple_Check(whole) || PyTuple_GET_SIZE(whole) != 9 || !PyBytes_Check(PyTuple_GET_ITEM(whole, 8)) ||
        !number(PyTuple_GET_ITEM(whole, 0), &ext) || !number(PyTuple_GET_ITEM(whole, 1), &ts) ||
        !number(PyTuple_GET_ITEM(whole, 2), &mark) || !number(PyTuple_GET_ITEM(whole, 3), &head) ||
        !number(PyTuple_GET_ITEM(whole, 4), &pid) || !number(PyTuple_GET_ITEM(whole, 5), &tl0) ||
        !number(PyTuple_GET_ITEM(whole, 6), &tid)) {
        PyErr_SetString(PyExc_TypeError, "this is no packet");
        return -1;
    }
    packet->whole = whole;
    packet->ext = ext;
    packet->ts = (uint32_t)ts;
    packet->mark = (int)mark;
    packet->head = (int)head;
    packet->pid = (int)pid;
    packet->tl0 = (int)tl0;
    packet->tid = (int)tid;
    packet->key = truth(PyTuple_GET_ITEM(whole, 7));
    packet->rest = (const uint8_t *)PyBytes_AS_STRING(PyTuple_GET_ITEM(whole, 8));
    packet->size = PyBytes_GET_SIZE(PyTuple_GET_ITEM(whole, 8));
    return 0;
}

static inline uint8_t *put16(uint8_t *to, uint32_t value) {
    to[0] = value >> 8;
    to[1] = value;
    return to + 2;
}

static inline uint8_t *put32(uint8_t *to, uint32_t value) {
    return put16(put16(to, value >> 16), value);
}

/* Writes the packet as this receiver gets it. Its length; 0: not the ordinary case, ask the rule; -1: an error.
 * The ordinary case: the packet after the newest one, of a temporal layer that is wanted. */
int lane_rewrite(Lane *lane, PyObject *rewriter, const Packet *packet, uint32_t stamp, uint8_t *to) {
    const Shape *shape = &lane->rewriter;
    long long newest, limit, seq, ts, pid, tl0, extension, ssrc, pt, packets, octets;
    if (!number_in(shape, rewriter, RW_NEWEST, &newest) || packet->ext - newest != 1 ||
        !number_in(shape, rewriter, RW_LIMIT, &limit) || packet->tid > limit ||
        !number_in(shape, rewriter, RW_SEQ, &seq) || !number_in(shape, rewriter, RW_TS, &ts) ||
        !number_in(shape, rewriter, RW_PID, &pid) || !number_in(shape, rewriter, RW_TL0, &tl0) ||
        !number_in(shape, rewriter, RW_EXTENSION, &extension) || !number_in(shape, rewriter, RW_SSRC, &ssrc) ||
        !number_in(shape, rewriter, RW_PT, &pt) || !number_in(shape, rewriter, RW_PACKETS, &packets) ||
        !number_in(shape, rewriter, RW_OCTETS, &octets) || packet->size > LONGEST)
        return 0;
    PyObject *ext = PyTuple_GET_ITEM(packet->whole, 0);
    Py_INCREF(ext);
    put_field(shape, rewriter, RW_NEWEST, ext);
    if (packet->size) {
        Py_INCREF(packet->whole);
        put_field(shape, rewriter, RW_LAST, packet->whole);
    }
    if (put_number(shape, rewriter, RW_PACKETS, packets + 1) < 0 ||
        put_number(shape, rewriter, RW_OCTETS, octets + packet->size) < 0)
        return -1;
    uint8_t *at = to;
    *at++ = extension ? 0x90 : 0x80;
    *at++ = packet->mark | (int)pt;
    at = put16(at, (uint32_t)((uint64_t)packet->ext + (uint64_t)seq));
    at = put32(at, packet->ts + (uint32_t)ts);
    at = put32(at, (uint32_t)ssrc);
    if (extension) {
        at = put32(at, 0xBEDE0001);
        at = put32(at, (uint32_t)extension | stamp);
    }
    if (packet->head >= 0) {
        at = put16(at, packet->head);
        at = put16(at, (packet->pid + (uint32_t)pid) | 0x8000);
        if (packet->tl0 >= 0)
            *at++ = packet->tl0 + (uint32_t)tl0;
    }
    memcpy(at, packet->rest, packet->size);
    return (int)(at - to + packet->size);
}

/* What the Python rule makes of it: a datagram, or None. */
static int forward_by_rule(Lane *lane, PyObject *slot, PyObject *rewriter, PyObject *peer, const Packet *packet,
                           uint32_t stamp) {
    PyObject *data = PyObject_CallMethod(rewriter, "forward", "Ok", packet->whole, (unsigned long)stamp);
    int result = 0;
    if (data == NULL)
        return -1;
    if (data != Py_None && PyBytes_Check(data)) {
        PyObject *keys = field(&lane->end, peer, END_KEYS);
        if (keys == Py_None) {
            PyObject *taken = PyObject_CallMethod(peer, "take", "OO", slot, data);
            result = taken == NULL ? -1 : 0;
            Py_XDECREF(taken);
        } else
            result = lane_put(lane, keys, field(&lane->end, peer, END_NAME),
                              (const uint8_t *)PyBytes_AS_STRING(data), PyBytes_GET_SIZE(data), 0);
    }
    Py_DECREF(data);
    return result;
}

static int forward_to(Lane *lane, PyObject *slot, const Packet *packet, uint32_t stamp) {
    if (!is(&lane->slot, slot)) {
        PyErr_SetString(PyExc_TypeError, "this is no slot");
        return -1;
    }
    PyObject *rewriter = field(&lane->slot, slot, SLOT_REWRITER), *peer = field(&lane->slot, slot, SLOT_PEER);
    if (!is(&lane->rewriter, rewriter) || !is(&lane->end, peer)) {
        PyErr_SetString(PyExc_TypeError, "this slot is nobody's");
        return -1;
    }
    Py_INCREF(rewriter);
    Py_INCREF(peer);
    int size = 0, result = 0;
    if (field(&lane->end, peer, END_KEYS) != Py_None)
        size = lane_rewrite(lane, rewriter, packet, stamp, lane->out.parts[lane->used].iov_base);
    if (size > 0)
        result = lane_seal(lane, lane->protect, peer, size);
    else
        result = size < 0 ? -1 : forward_by_rule(lane, slot, rewriter, peer, packet, stamp);
    Py_DECREF(rewriter);
    Py_DECREF(peer);
    return result;
}

/* Those who waited begin, and a key frame is noted: rules, but for every packet asked whether there is any. */
static int begins(Lane *lane, PyObject *feed, PyObject *up, const Packet *packet, PyObject *now, uint32_t stamp) {
    PyObject *waiting = field(&lane->feed, feed, FEED_WAITING), *done = NULL;
    int sound = truth(field(&lane->feed, feed, FEED_SOUND));
    if (waiting != NULL && PyList_Check(waiting) && PyList_GET_SIZE(waiting) && (packet->key || sound))
        done = PyObject_CallFunction(lane->begin, "OOOOk", feed, up, packet->whole, now, (unsigned long)stamp);
    else if (packet->key)
        done = PyObject_CallMethod(feed, "begin", "OO", packet->whole, now);
    else
        return 0;
    if (done == NULL)
        return -1;
    Py_DECREF(done);
    return 0;
}

int lane_forward(Lane *lane, PyObject *feed, PyObject *up, const Packet *packet, PyObject *now, double at) {
    uint32_t stamp = at >= 0 && at < 1e12 ? (uint32_t)((long long)(at * 262144.0) & 0xFFFFFF) : 0;
    if (begins(lane, feed, up, packet, now, stamp) < 0)
        return -1;
    PyObject *slots = field(&lane->feed, feed, FEED_SLOTS);
    if (slots == NULL || !PyList_Check(slots)) {
        PyErr_SetString(PyExc_TypeError, "a feed without slots");
        return -1;
    }
    Py_INCREF(slots);
    int result = 0;
    for (Py_ssize_t which = 0; result == 0 && which < PyList_GET_SIZE(slots); which++) {
        PyObject *slot = PyList_GET_ITEM(slots, which);
        Py_INCREF(slot);
        result = forward_to(lane, slot, packet, stamp);
        Py_DECREF(slot);
    }
    Py_DECREF(slots);
    return result;
}
