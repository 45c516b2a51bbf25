/* A datagram of a known address: decrypted, read once, remembered: `Path.packet` and the ordinary case of
 * `Up.receive`. The ordinary case: the packet after the newest one, of a stream that is known. */
#include "lane.h"

static PyObject *tuple_of(long long ext, uint32_t ts, int mark, const Descriptor *vp8, const uint8_t *rest,
                          Py_ssize_t size) {
    PyObject *parts[9] = {
        PyLong_FromLongLong(ext),      PyLong_FromUnsignedLong(ts),  PyLong_FromLong(mark),
        PyLong_FromLong(vp8->head),    PyLong_FromLong(vp8->pid),    PyLong_FromLong(vp8->tl0),
        PyLong_FromLong(vp8->tid),     PyBool_FromLong(vp8->key),
        PyBytes_FromStringAndSize((const char *)rest, size),
    };
    PyObject *made = PyTuple_New(9);
    int whole = made != NULL;
    for (int at = 0; at < 9; at++) {
        whole = whole && parts[at] != NULL;
        if (made != NULL)
            PyTuple_SET_ITEM(made, at, parts[at]);
        else
            Py_XDECREF(parts[at]);
    }
    if (!whole)
        Py_CLEAR(made);
    return made;
}

/* RFC 3550 appendix A.8, as `Up.receive` has it. */
static int jitter(const Shape *shape, PyObject *up, uint32_t ts, long long rate, double now) {
    PyObject *last = field(shape, up, UP_LAST), *before = field(shape, up, UP_JITTER);
    PyObject *heard_at = field(shape, up, UP_HEARD_AT);
    long long last_ts;
    if (last == NULL || !PyTuple_Check(last) || PyTuple_GET_SIZE(last) != 9 ||
        !number(PyTuple_GET_ITEM(last, 1), &last_ts) || (uint32_t)last_ts == ts)
        return 0;
    double seconds = heard_at != NULL ? PyFloat_AsDouble(heard_at) : 0.0;
    double value = before != NULL ? PyFloat_AsDouble(before) : 0.0;
    if (PyErr_Occurred())
        return -1;
    double late = (now - seconds) * (double)rate - (double)(int32_t)(ts - (uint32_t)last_ts);
    value += ((late < 0 ? -late : late) - value) / 16;
    PyObject *made = PyFloat_FromDouble(value);
    if (made == NULL)
        return -1;
    put_field(shape, up, UP_JITTER, made);
    return 0;
}

/* The packet in order: a new tuple. NULL without an exception: not the ordinary case, or none (`*none`). */
static PyObject *receive(Lane *lane, PyObject *up, const uint8_t *data, Py_ssize_t size, const Found *found,
                         PyObject *now, double at, int *none) {
    const Shape *shape = &lane->up;
    long long pt, newest, rate, packets, octets, received;
    PyObject *ring = field(shape, up, UP_RING);
    *none = 0;
    if (!number_in(shape, up, UP_PT, &pt) || !number_in(shape, up, UP_NEWEST, &newest))
        return NULL;
    if ((data[1] & 0x7F) != pt) {
        *none = 1;
        return NULL;
    }
    int seq = data[2] << 8 | data[3];
    if (newest < 0 || ((newest + 1) & 0xFFFF) != seq)
        return NULL;
    if (truth(field(shape, up, UP_H264)) || !number_in(shape, up, UP_RATE, &rate) ||
        !number_in(shape, up, UP_PACKETS, &packets) || !number_in(shape, up, UP_OCTETS, &octets) ||
        !number_in(shape, up, UP_RECEIVED, &received) || ring == NULL || !PyList_CheckExact(ring))
        return NULL;
    Py_ssize_t depth = PyList_GET_SIZE(ring);
    if (depth < 1 || (depth & (depth - 1)))
        return NULL;
    Descriptor vp8 = {-1, 0, 0, -1, 0, 0, found->start};
    if (truth(field(shape, up, UP_VP8)))
        read_vp8(data, size, found->start, found->end, &vp8);
    if (vp8.is_short)
        return NULL;
    uint32_t ts = (uint32_t)data[4] << 24 | data[5] << 16 | data[6] << 8 | data[7];
    long long ext = newest + 1;
    /* A descriptor that runs into the padding leaves nothing (`data[at:end]` with at > end). */
    Py_ssize_t length = found->end > vp8.at ? found->end - vp8.at : 0;
    Py_INCREF(ring);
    PyObject *packet = tuple_of(ext, ts, data[1] & 0x80, &vp8, data + vp8.at, length);
    if (packet == NULL) {
        Py_DECREF(ring);
        return NULL;
    }
    if (jitter(shape, up, ts, rate, at) < 0)
        goto failed;
    Py_INCREF(packet);
    if (PyList_SetItem(ring, (Py_ssize_t)(ext & (depth - 1)), packet) < 0)
        goto failed;
    Py_INCREF(packet);
    put_field(shape, up, UP_LAST, packet);
    Py_INCREF(now);
    put_field(shape, up, UP_HEARD_AT, now);
    Py_INCREF(PyTuple_GET_ITEM(packet, 0));
    put_field(shape, up, UP_NEWEST, PyTuple_GET_ITEM(packet, 0));
    if (put_number(shape, up, UP_PACKETS, packets + 1) < 0 ||
        put_number(shape, up, UP_OCTETS, octets + (found->end - found->start)) < 0 ||
        put_number(shape, up, UP_RECEIVED, received + 1) < 0)
        goto failed;
    if (vp8.key) {
        PyObject *done = PyObject_CallMethod(up, "_begin_key", "OkO", PyTuple_GET_ITEM(packet, 0),
                                             (unsigned long)ts, now);
        if (done == NULL)
            goto failed;
        Py_DECREF(done);
    }
    Py_DECREF(ring);
    return packet;
failed:
    Py_DECREF(ring);
    Py_DECREF(packet);
    return NULL;
}

/* One packet of a feed that is let through. */
static int through(Lane *lane, PyObject *end, PyObject *feed, PyObject *up, const uint8_t *data, int size,
                   const Found *found, PyObject *now, double at) {
    int none, result = 0;
    PyObject *whole = receive(lane, up, data, size, found, now, at, &none);
    if (whole == NULL && PyErr_Occurred())
        return -1;
    if (whole == NULL && !none) {
        whole = PyObject_CallMethod(up, "receive", "y#nnO", (const char *)data, (Py_ssize_t)size, found->start,
                                    found->end, now);
        if (whole == NULL)
            return -1;
        if (whole == Py_None)
            Py_CLEAR(whole);
    }
    if (truth(field(&lane->feed, feed, FEED_SOUND))) {
        PyObject *done = PyObject_CallMethod(end, "hear", "iO", found->level, now);
        if (done == NULL)
            result = -1;
        Py_XDECREF(done);
    }
    Packet packet;
    if (whole != NULL && result == 0)
        result = packet_open(whole, &packet) < 0 ? -1 : lane_forward(lane, feed, up, &packet, now, at);
    Py_XDECREF(whole);
    return result;
}

/* When it came, for the sender's own estimator. */
static int note(Lane *lane, PyObject *end, int twcc, PyObject *now) {
    PyObject *arrivals = field(&lane->end, end, END_ARRIVALS), *came;
    if (!is(&lane->arrivals, arrivals))
        return 0;
    came = field(&lane->arrivals, arrivals, ARRIVALS_CAME);
    PyObject *seq = PyLong_FromLong(twcc);
    int result = seq == NULL || came == NULL || !PyDict_Check(came) ||
                         PyDict_SetDefault(came, seq, now) == NULL
                     ? -1
                     : 0;
    Py_XDECREF(seq);
    return result;
}

/* Streams nobody knows yet, retransmissions: the rule's. */
static int by_rule(Lane *lane, PyObject *end, const uint8_t *data, int size, const Found *found, PyObject *now) {
    PyObject *done = PyObject_CallFunction(lane->arrived, "Oy#nniO", end, (const char *)data, (Py_ssize_t)size,
                                           found->start, found->end, found->level, now);
    if (done == NULL)
        return -1;
    Py_DECREF(done);
    return 0;
}

static int extension_id(PyObject *ids, int which) {
    long long value = 0;
    if (ids == NULL || !PyTuple_Check(ids) || PyTuple_GET_SIZE(ids) < 6)
        return 0;
    return number(PyTuple_GET_ITEM(ids, which), &value) && value >= 0 && value < 256 ? (int)value : 0;
}

static int media(Lane *lane, PyObject *end, const uint8_t *data, int size, PyObject *now, double at) {
    PyObject *ids = field(&lane->end, end, END_IDS), *feeds = field(&lane->end, end, END_FEEDS);
    Found found;
    if (!read_rtp(data, size, extension_id(ids, 4), extension_id(ids, 3), &found)) {
        lane->refused++;
        return 0;
    }
    if (found.twcc >= 0 && note(lane, end, found.twcc, now) < 0)
        return -1;
    PyObject *ssrc =
        PyLong_FromUnsignedLong((unsigned long)data[8] << 24 | data[9] << 16 | data[10] << 8 | data[11]);
    if (ssrc == NULL)
        return -1;
    PyObject *feed = feeds != NULL && PyDict_Check(feeds) ? PyDict_GetItemWithError(feeds, ssrc) : NULL;
    Py_DECREF(ssrc);
    if (PyErr_Occurred())
        return -1;
    if (!is(&lane->feed, feed))
        return by_rule(lane, end, data, size, &found, now);
    PyObject *source = field(&lane->feed, feed, FEED_SOURCE), *up = field(&lane->feed, feed, FEED_UP);
    if (!is(&lane->source, source)) {
        PyErr_SetString(PyExc_TypeError, "a feed of nobody");
        return -1;
    }
    if (!truth(field(&lane->source, source, SOURCE_OPEN))) {
        lane->barred++;
        Py_INCREF(now);
        put_field(&lane->source, source, SOURCE_BARRED_AT, now);
        return 0;
    }
    if (!is(&lane->up, up))
        return 0;
    Py_INCREF(feed);
    Py_INCREF(up);
    int result = through(lane, end, feed, up, data, size, &found, now, at);
    Py_DECREF(up);
    Py_DECREF(feed);
    return result;
}

/* An SRTP or SRTCP datagram, decrypted where it lies. The caller keeps `end` alive, and gives the time. */
int lane_take(Lane *lane, PyObject *end, uint8_t *data, int size, double at) {
    PyObject *keys = field(&lane->end, end, END_KEYS);
    long long context, budget;
    if (!is(&lane->keys, keys) || !number_in(&lane->keys, keys, KEYS_RX, &context) || context == 0 ||
        size < 12 || size > LONGEST)
        return 0;
    lane->packets_in++;
    if (!number_in(&lane->end, end, END_BUDGET, &budget))
        budget = 0;
    if (put_number(&lane->end, end, END_BUDGET, budget - size) < 0)
        return -1;
    if (budget - size < 0) {
        lane->barred++;
        return 0;
    }
    int control = data[1] >= 192 && data[1] <= 223;
    if ((control ? lane->unprotect_control : lane->unprotect)((void *)(intptr_t)context, data, &size)) {
        lane->refused++;
        return 0;
    }
    PyObject *now = PyFloat_FromDouble(at);
    if (now == NULL)
        return -1;
    int result;
    if (control) {
        PyObject *done =
            PyObject_CallFunction(lane->control, "Oy#O", end, (const char *)data, (Py_ssize_t)size, now);
        result = done == NULL ? -1 : 0;
        Py_XDECREF(done);
    } else
        result = media(lane, end, data, size, now, at);
    Py_DECREF(now);
    return result;
}
