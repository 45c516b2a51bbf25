/* Sending: what is held back for a connection, and one write for it. The sockets do not block, so the interpreter's lock
 * is kept. What the kernel does not take at once is handed back: the slow path is Python's. */
#include "swift.h"
#include <errno.h>
#include <sys/uio.h>
#include <unistd.h>

#define TOGETHER 16 /* frames that go in one call of the kernel without being joined */

static PyObject *turn, *fd, *nothing, *join;

static int descriptor(PyObject *connection) {
    PyObject *found = PyObject_GetAttr(connection, fd);
    long number = found ? PyLong_AsLong(found) : -1;
    Py_XDECREF(found);
    return number < 0 || number > INT_MAX ? -1 : (int)number;
}

/* As the slow path wants it: 0 when the kernel would block, -1 when it refuses for good. */
static Py_ssize_t told(ssize_t sent) {
    return sent >= 0 ? sent : errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR ? 0 : -1;
}

static int leave(PyObject *left, PyObject *connection, PyObject *data, Py_ssize_t sent) {
    PyObject *item = Py_BuildValue("(OOn)", connection, data, sent);
    int failed = !item || PyList_Append(left, item);
    Py_XDECREF(item);
    return failed;
}

/* One write, when the connection takes writes; 1: all is with the kernel, 0: it is noted in `left`, -1: an error. */
static int write_one(PyObject *connection, PyObject *data, PyObject *left) {
    int to = descriptor(connection);
    Py_ssize_t sent = 0;
    if (to < 0 && PyErr_Occurred()) return -1;
    if (to >= 0) {
        sent = told(write(to, PyBytes_AS_STRING(data), PyBytes_GET_SIZE(data)));
        if (sent == PyBytes_GET_SIZE(data)) return 1;
    }
    return leave(left, connection, data, sent) ? -1 : 0;
}

/* send(connections, data) → [(connection, data, sent)] that are not done */
PyObject *swift_send(PyObject *self, PyObject *const *args, Py_ssize_t count) {
    if (count != 2 || !PyBytes_Check(args[1])) {
        PyErr_SetString(PyExc_TypeError, "send(connections, data: bytes)");
        return NULL;
    }
    PyObject *left = PyList_New(0), *each = left ? PyObject_GetIter(args[0]) : NULL, *connection;
    while (each && (connection = PyIter_Next(each))) {
        int done = write_one(connection, args[1], left);
        Py_DECREF(connection);
        if (done < 0) break;
    }
    Py_XDECREF(each);
    if (PyErr_Occurred()) Py_CLEAR(left);
    return left;
}

/* The frame waits at one connection; 1 when it did not wait there yet, -1: an error. */
static int wait_at(PyObject *connection, PyObject *frame, PyObject *waiting) {
    PyObject *held = PyObject_GetAttr(connection, turn);
    int found = -1;
    if (held == Py_None) {
        PyObject *first = PyList_New(1);
        if (first) {
            PyList_SET_ITEM(first, 0, Py_NewRef(frame));
            if (!PyObject_SetAttr(connection, turn, first) && !PyList_Append(waiting, connection)) found = 1;
            Py_DECREF(first);
        }
    } else if (held && PyList_Check(held)) {
        Py_ssize_t size = PyList_GET_SIZE(held);
        if (size && PyList_GET_ITEM(held, size - 1) == frame) found = 0;
        else if (!PyList_Append(held, frame)) found = 1;
    } else if (held) PyErr_SetString(PyExc_TypeError, "a turn is a list or None");
    Py_XDECREF(held);
    return found;
}

/* hold(sets of connections, frame, waiting) → at how many it waits from now on */
PyObject *swift_hold(PyObject *self, PyObject *const *args, Py_ssize_t count) {
    if (count != 3 || !PyList_Check(args[0]) || !PyBytes_Check(args[1]) || !PyList_Check(args[2])) {
        PyErr_SetString(PyExc_TypeError, "hold(sets: list, frame: bytes, waiting: list)");
        return NULL;
    }
    Py_ssize_t added = 0;
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(args[0]); i++) {
        PyObject *each = PyObject_GetIter(PyList_GET_ITEM(args[0], i)), *connection;
        while (each && (connection = PyIter_Next(each))) {
            int found = wait_at(connection, args[1], args[2]);
            Py_DECREF(connection);
            if (found < 0) break;
            added += found;
        }
        Py_XDECREF(each);
        if (PyErr_Occurred()) return NULL;
    }
    return PyLong_FromSsize_t(added);
}

static int same_run(PyObject *a, PyObject *b) {
    if (!b || PyList_GET_SIZE(a) != PyList_GET_SIZE(b)) return 0;
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(a); i++)
        if (PyList_GET_ITEM(a, i) != PyList_GET_ITEM(b, i)) return 0;
    return 1;
}

struct runs { PyObject *last, *joined; }; /* those who wait for the same share the bytes */

/* The frames of a turn in one piece, a new reference. */
static PyObject *joined(struct runs *runs, PyObject *frames) {
    if (PyList_GET_SIZE(frames) == 1) return Py_NewRef(PyList_GET_ITEM(frames, 0));
    if (!same_run(frames, runs->last)) {
        PyObject *made = PyObject_CallMethodOneArg(nothing, join, frames);
        if (!made) return NULL;
        Py_XSETREF(runs->joined, made);
        Py_XSETREF(runs->last, Py_NewRef(frames));
    }
    return Py_NewRef(runs->joined);
}

/* Several short frames in one call; as write_one, or 2 when they are better joined. `size`: of all of them. */
static int write_few(PyObject *connection, PyObject *frames, Py_ssize_t *size, struct runs *runs, PyObject *left) {
    struct iovec parts[TOGETHER];
    Py_ssize_t count = PyList_GET_SIZE(frames);
    int to = descriptor(connection);
    if (to < 0) return PyErr_Occurred() ? -1 : 2;
    if (count > TOGETHER) return 2;
    *size = 0;
    for (Py_ssize_t i = 0; i < count; i++) {
        PyObject *frame = PyList_GET_ITEM(frames, i);
        if (!PyBytes_Check(frame)) return 2;
        parts[i] = (struct iovec){PyBytes_AS_STRING(frame), PyBytes_GET_SIZE(frame)};
        *size += PyBytes_GET_SIZE(frame);
    }
    Py_ssize_t sent = told(writev(to, parts, count));
    if (sent == *size) return 1;
    PyObject *data = joined(runs, frames);
    int failed = !data || leave(left, connection, data, sent);
    Py_XDECREF(data);
    return failed ? -1 : 0;
}

static Py_ssize_t let_go(PyObject *connection, struct runs *runs, PyObject *left) {
    PyObject *frames = PyObject_GetAttr(connection, turn);
    Py_ssize_t size = -1;
    if (frames == Py_None) size = 0; /* it was cut, or has gone */
    else if (frames && !PyList_Check(frames)) PyErr_SetString(PyExc_TypeError, "a turn is a list or None");
    else if (frames && !PyObject_SetAttr(connection, turn, Py_None)) {
        int done = write_few(connection, frames, &size, runs, left);
        if (done == 2) {
            PyObject *data = joined(runs, frames);
            if (data && !PyBytes_Check(data)) PyErr_SetString(PyExc_TypeError, "a turn holds bytes");
            else if (data && write_one(connection, data, left) >= 0) size = PyBytes_GET_SIZE(data);
            Py_XDECREF(data);
        }
        if (done < 0 || PyErr_Occurred()) size = -1;
    }
    Py_XDECREF(frames);
    return size;
}

/* release(waiting) → (bytes, [(connection, data, sent)] that are not done) */
PyObject *swift_release(PyObject *self, PyObject *const *args, Py_ssize_t count) {
    if (count != 1 || !PyList_Check(args[0])) {
        PyErr_SetString(PyExc_TypeError, "release(waiting: list)");
        return NULL;
    }
    PyObject *left = PyList_New(0);
    struct runs runs = {NULL, NULL};
    Py_ssize_t all = 0;
    for (Py_ssize_t i = 0; left && i < PyList_GET_SIZE(args[0]); i++) {
        Py_ssize_t size = let_go(PyList_GET_ITEM(args[0], i), &runs, left);
        if (size < 0) Py_CLEAR(left);
        else all += size;
    }
    Py_XDECREF(runs.last);
    Py_XDECREF(runs.joined);
    return left ? Py_BuildValue("(nN)", all, left) : NULL;
}

int send_ready(void) {
    turn = PyUnicode_InternFromString("turn");
    fd = PyUnicode_InternFromString("fd");
    nothing = PyBytes_FromStringAndSize("", 0);
    join = PyUnicode_InternFromString("join");
    return turn && fd && nothing && join ? 0 : -1;
}
