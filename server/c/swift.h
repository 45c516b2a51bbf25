/* What a receipt passes through most often, compiled (docs/adr/0013). No state: bytes and objects in, bytes out. */
#pragma once
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <stdint.h>
#include <string.h>

/* A growing run of bytes; begins on the stack of whoever writes. */
struct ink {
    uint8_t *at, *end, *begin;
    uint8_t own[1024];
};

void ink_begin(struct ink *ink);
void ink_end(struct ink *ink);
int ink_room(struct ink *ink, size_t size); /* 0, or -1 with MemoryError */
int ink_bytes(struct ink *ink, const void *from, size_t size);
int ink_object(struct ink *ink, PyObject *bytes);
/* msgpack, as msgspec writes it */
int ink_uint(struct ink *ink, PyObject *number);
int ink_text(struct ink *ink, PyObject *text);
int ink_array(struct ink *ink, size_t count);
PyObject *ink_done(struct ink *ink);
/* the same as one frame of the websocket */
void frame_begin(struct ink *ink);
PyObject *frame_done(struct ink *ink);

PyObject *swift_event(PyObject *self, PyObject *const *args, Py_ssize_t count);
PyObject *swift_act(PyObject *self, PyObject *const *args, Py_ssize_t count);
PyObject *swift_entry(PyObject *self, PyObject *const *args, Py_ssize_t count);
PyObject *swift_ack(PyObject *self, PyObject *const *args, Py_ssize_t count);
PyObject *swift_hold(PyObject *self, PyObject *const *args, Py_ssize_t count);
PyObject *swift_release(PyObject *self, PyObject *const *args, Py_ssize_t count);
PyObject *swift_send(PyObject *self, PyObject *const *args, Py_ssize_t count);
PyObject *swift_groups(PyObject *self, PyObject *const *args, Py_ssize_t count);
PyObject *swift_deliver(PyObject *self, PyObject *const *args, Py_ssize_t count);
PyObject *swift_chain(PyObject *self, PyObject *const *args, Py_ssize_t count);

int chain_ready(void);
int send_ready(void);
