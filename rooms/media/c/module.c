/* The compiled packet path: one `Lane` per port. What it does is told in lane.h, why in ADR 0012.
 *
 * No state but a lane's own; everything runs with the interpreter's lock held, in the thread of the worker.
 */
#include "lane.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <structmember.h>
#include <time.h>

static double monotonic(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static int lane_init(Lane *lane, PyObject *args, PyObject *words) {
    static char *names[] = {"descriptor", "name_size", "ciphers", "classes", "control", "arrived", "begin", NULL};
    int descriptor, name_size;
    unsigned long long ciphers[4];
    PyObject *classes, *control, *arrived, *begin;
    if (!PyArg_ParseTupleAndKeywords(args, words, "ii(KKKK)O!OOO:Lane", names, &descriptor, &name_size, &ciphers[0],
                                     &ciphers[1], &ciphers[2], &ciphers[3], &PyDict_Type, &classes, &control,
                                     &arrived, &begin))
        return -1;
    if (lane->out.slab != NULL || name_size < 1 || (size_t)name_size > sizeof(struct sockaddr_in6) || !ciphers[0] ||
        !ciphers[1] || !ciphers[2] || !ciphers[3]) {
        PyErr_SetString(PyExc_ValueError, "a lane is made once, with the size of an address and four ciphers");
        return -1;
    }
    if (lane_layout(lane, classes) < 0)
        return -1;
    lane->descriptor = descriptor;
    lane->name_size = name_size;
    lane->protect = (Cipher)(intptr_t)ciphers[0];
    lane->unprotect = (Cipher)(intptr_t)ciphers[1];
    lane->protect_control = (Cipher)(intptr_t)ciphers[2];
    lane->unprotect_control = (Cipher)(intptr_t)ciphers[3];
    lane->control = Py_NewRef(control);
    lane->arrived = Py_NewRef(arrived);
    lane->begin = Py_NewRef(begin);
    lane->alone = !trains_known(descriptor);
    lane->trains = trains_make();
    if (lane->trains == NULL || batch_make(&lane->out, PLACES, ROOM, name_size) < 0)
        return -1;
    return batch_make(&lane->in, COMING, LONGEST, name_size);
}

static int lane_traverse(Lane *lane, visitproc visit, void *arg) {
    Py_VISIT(Py_TYPE(lane));
    Py_VISIT(lane->control);
    Py_VISIT(lane->arrived);
    Py_VISIT(lane->begin);
    return lane_visit_layout(lane, visit, arg);
}

static int lane_clear(Lane *lane) {
    Py_CLEAR(lane->control);
    Py_CLEAR(lane->arrived);
    Py_CLEAR(lane->begin);
    return 0;
}

static void lane_free(Lane *lane) {
    PyTypeObject *type = Py_TYPE(lane);
    PyObject_GC_UnTrack(lane);
    lane_clear(lane);
    lane_forget_layout(lane);
    free(lane->out.slab);
    free(lane->in.slab);
    free(lane->trains);
    type->tp_free((PyObject *)lane);
    Py_DECREF(type);
}

/* Whether it can be used: made, and not being taken down. */
static int usable(Lane *lane) {
    if (lane->in.slab != NULL && lane->begin != NULL)
        return 1;
    PyErr_SetString(PyExc_RuntimeError, "this lane is closed");
    return 0;
}

static PyObject *lane_packet(Lane *lane, PyObject *args) {
    _Alignas(16) uint8_t data[ROOM];
    PyObject *end;
    Py_buffer given;
    double now;
    int result = 0;
    if (!usable(lane) || !PyArg_ParseTuple(args, "O!y*d:packet", lane->end.type, &end, &given, &now))
        return NULL;
    if (given.len <= LONGEST) {
        memcpy(data, given.buf, given.len);
        result = lane_take(lane, end, data, (int)given.len, now);
    }
    PyBuffer_Release(&given);
    return result < 0 ? NULL : Py_NewRef(Py_None);
}

static PyObject *forward(Lane *lane, PyObject *args) {
    PyObject *feed, *up, *whole, *now;
    Packet packet;
    if (!usable(lane) || !PyArg_ParseTuple(args, "O!O!OO:forward", lane->feed.type, &feed, lane->up.type, &up, &whole,
                                           &now))
        return NULL;
    double at = PyFloat_AsDouble(now);
    if ((at == -1.0 && PyErr_Occurred()) || packet_open(whole, &packet) < 0 ||
        lane_forward(lane, feed, up, &packet, now, at) < 0)
        return NULL;
    Py_RETURN_NONE;
}

static PyObject *put(Lane *lane, PyObject *args) {
    PyObject *keys, *name;
    Py_buffer data;
    int control;
    if (!usable(lane) || !PyArg_ParseTuple(args, "OOy*p:put", &keys, &name, &data, &control))
        return NULL;
    int result = lane_put(lane, keys, name, data.buf, data.len, control);
    PyBuffer_Release(&data);
    return result < 0 ? NULL : Py_NewRef(Py_None);
}

static PyObject *flush(Lane *lane, PyObject *unused) {
    if (!usable(lane))
        return NULL;
    lane_flush(lane);
    Py_RETURN_NONE;
}

/* One datagram as it came. */
static int sort(Lane *lane, int which, int size, PyObject *ends, PyObject *other) {
    uint8_t *data = lane->in.parts[which].iov_base;
    struct sockaddr_in6 *from = &lane->in.names[which];
    if (size < 1 || lane->in.heads[which].msg_hdr.msg_namelen != lane->name_size)
        return 0;
    if (lane->name_size == sizeof *from)
        from->sin6_flowinfo = 0;
    PyObject *name = PyBytes_FromStringAndSize((const char *)from, lane->name_size);
    if (name == NULL)
        return -1;
    int result = 0;
    PyObject *end = PyDict_GetItemWithError(ends, name);
    if (end == NULL && PyErr_Occurred())
        result = -1;
    else if (data[0] > 127 && data[0] < 192) {
        if (is(&lane->end, end)) {
            Py_INCREF(end);
            result = lane_take(lane, end, data, size, monotonic());
            Py_DECREF(end);
        }
    } else {
        PyObject *done = PyObject_CallFunction(other, "y#O", (const char *)data, (Py_ssize_t)size, name);
        result = done == NULL ? -1 : 0;
        Py_XDECREF(done);
    }
    Py_DECREF(name);
    return result;
}

/* Everything there is, or a turn of it. One datagram's exception does not lose the others: it is raised last. */
static int drain(Lane *lane, PyObject *ends, PyObject *other) {
    PyObject *type = NULL, *value = NULL, *trace = NULL;
    for (int round = 0; round < TURN / COMING; round++) {
        for (int at = 0; at < COMING; at++)
            lane->in.heads[at].msg_hdr.msg_namelen = lane->name_size;
        int came = recvmmsg(lane->descriptor, lane->in.heads, COMING, MSG_DONTWAIT, NULL);
        if (came < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EBADF))
            break;
        for (int at = 0; at < came; at++) {
            if (sort(lane, at, (int)lane->in.heads[at].msg_len, ends, other) == 0)
                continue;
            if (type == NULL)
                PyErr_Fetch(&type, &value, &trace);
            else
                PyErr_Clear();
        }
        if (came >= 0 && came < COMING)
            break;
    }
    lane_flush(lane);
    if (type == NULL)
        return 0;
    PyErr_Restore(type, value, trace);
    return -1;
}

static PyObject *lane_read(Lane *lane, PyObject *args) {
    PyObject *ends, *other;
    if (!usable(lane) || !PyArg_ParseTuple(args, "O!O:read", &PyDict_Type, &ends, &other))
        return NULL;
    if (lane->draining) {
        PyErr_SetString(PyExc_RuntimeError, "the port is being read already");
        return NULL;
    }
    lane->draining = 1;
    int result = drain(lane, ends, other);
    lane->draining = 0;
    return result < 0 ? NULL : Py_NewRef(Py_None);
}

/* ── for tests: what a packet is read as ── */

static PyObject *scan(PyObject *module, PyObject *args) {
    Py_buffer data;
    int twcc, level;
    Found found;
    if (!PyArg_ParseTuple(args, "y*ii:scan", &data, &twcc, &level))
        return NULL;
    int there = read_rtp(data.buf, data.len, twcc, level, &found);
    PyBuffer_Release(&data);
    if (!there)
        Py_RETURN_NONE;
    return Py_BuildValue("nnii", found.start, found.end, found.twcc, found.level);
}

static PyObject *vp8(PyObject *module, PyObject *args) {
    Py_buffer data;
    Py_ssize_t start, end;
    Descriptor found = {0};
    if (!PyArg_ParseTuple(args, "y*nn:vp8", &data, &start, &end))
        return NULL;
    int fits = start >= 0 && start <= end && end <= data.len;
    if (fits)
        read_vp8(data.buf, data.len, start, end, &found);
    PyBuffer_Release(&data);
    if (!fits) {
        PyErr_SetString(PyExc_ValueError, "start and end are not within the data");
        return NULL;
    }
    return Py_BuildValue("iiOiiOn", found.head, found.pid, found.is_short ? Py_True : Py_False, found.tl0, found.tid,
                         found.key ? Py_True : Py_False, found.at);
}

static PyMethodDef methods[] = {
    {"packet", (PyCFunction)lane_packet, METH_VARARGS, NULL},
    {"forward", (PyCFunction)forward, METH_VARARGS, NULL},
    {"put", (PyCFunction)put, METH_VARARGS, NULL},
    {"flush", (PyCFunction)flush, METH_NOARGS, NULL},
    {"read", (PyCFunction)lane_read, METH_VARARGS, NULL},
    {NULL},
};

static PyMemberDef members[] = {
    {"packets_in", T_LONGLONG, offsetof(Lane, packets_in), READONLY, NULL},
    {"packets_out", T_LONGLONG, offsetof(Lane, packets_out), READONLY, NULL},
    {"refused", T_LONGLONG, offsetof(Lane, refused), 0, NULL},
    {"barred", T_LONGLONG, offsetof(Lane, barred), 0, NULL},
    {"unsent", T_LONGLONG, offsetof(Lane, unsent), READONLY, NULL},
    {"messages", T_LONGLONG, offsetof(Lane, messages), READONLY, NULL},
    {"alone", T_INT, offsetof(Lane, alone), 0, NULL},
    {"used", T_INT, offsetof(Lane, used), READONLY, NULL},
    {NULL},
};

static PyType_Slot slots[] = {
    {Py_tp_new, PyType_GenericNew},
    {Py_tp_init, lane_init},
    {Py_tp_dealloc, lane_free},
    {Py_tp_traverse, lane_traverse},
    {Py_tp_clear, lane_clear},
    {Py_tp_methods, methods},
    {Py_tp_members, members},
    {0, NULL},
};

static PyType_Spec spec = {"rooms.media._swift.Lane", sizeof(Lane), 0, Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC, slots};

static PyMethodDef functions[] = {{"scan", scan, METH_VARARGS, NULL}, {"vp8", vp8, METH_VARARGS, NULL}, {NULL}};

static int made(PyObject *module) {
    PyObject *type = PyType_FromSpec(&spec);
    int result = type == NULL ? -1 : PyModule_AddObjectRef(module, "Lane", type);
    Py_XDECREF(type);
    return result;
}

static PyModuleDef_Slot module_slots[] = {{Py_mod_exec, made}, {0, NULL}};

static PyModuleDef module = {
    PyModuleDef_HEAD_INIT, "_swift", "See lane.h.", 0, functions, module_slots, NULL, NULL, NULL,
};

PyMODINIT_FUNC PyInit__swift(void) { return PyModuleDef_Init(&module); }
