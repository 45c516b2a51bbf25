/* Writing: msgpack values one after the other. */
#include "swift.h"

void ink_begin(struct ink *ink) {
    ink->begin = ink->at = ink->own;
    ink->end = ink->own + sizeof ink->own;
}

void ink_end(struct ink *ink) {
    if (ink->begin != ink->own) PyMem_Free(ink->begin);
}

int ink_room(struct ink *ink, size_t size) {
    size_t used = ink->at - ink->begin, room = ink->end - ink->begin;
    if (room - used >= size) return 0;
    while (room - used < size) room *= 2;
    uint8_t *more = ink->begin == ink->own ? PyMem_Malloc(room) : PyMem_Realloc(ink->begin, room);
    if (!more) {
        PyErr_NoMemory();
        return -1;
    }
    if (ink->begin == ink->own) memcpy(more, ink->own, used);
    ink->begin = more;
    ink->at = more + used;
    ink->end = more + room;
    return 0;
}

int ink_bytes(struct ink *ink, const void *from, size_t size) {
    if (ink_room(ink, size)) return -1;
    memcpy(ink->at, from, size);
    ink->at += size;
    return 0;
}

int ink_object(struct ink *ink, PyObject *bytes) {
    if (!PyBytes_Check(bytes)) {
        PyErr_SetString(PyExc_TypeError, "bytes are expected");
        return -1;
    }
    return ink_bytes(ink, PyBytes_AS_STRING(bytes), PyBytes_GET_SIZE(bytes));
}

static void big_endian(struct ink *ink, uint64_t value, int bytes) {
    while (bytes--) *ink->at++ = value >> (8 * bytes);
}

int ink_uint(struct ink *ink, PyObject *number) {
    unsigned long long value = PyLong_AsUnsignedLongLong(number);
    if (value == (unsigned long long)-1 && PyErr_Occurred()) return -1;
    if (ink_room(ink, 9)) return -1;
    int bytes = value < 0x80 ? 0 : value < 0x100 ? 1 : value < 0x10000 ? 2 : value < 0x100000000 ? 4 : 8;
    static const uint8_t heads[] = {0, 0xcc, 0xcd, 0, 0xce, 0, 0, 0, 0xcf};
    if (bytes) *ink->at++ = heads[bytes];
    big_endian(ink, value, bytes ? bytes : 1);
    return 0;
}

int ink_text(struct ink *ink, PyObject *text) {
    Py_ssize_t size;
    const char *from = PyUnicode_AsUTF8AndSize(text, &size);
    if (!from || ink_room(ink, size + 5)) return -1;
    if (size < 32) *ink->at++ = 0xa0 | size;
    else {
        int bytes = size < 0x100 ? 1 : size < 0x10000 ? 2 : 4;
        *ink->at++ = bytes == 1 ? 0xd9 : bytes == 2 ? 0xda : 0xdb;
        big_endian(ink, size, bytes);
    }
    memcpy(ink->at, from, size);
    ink->at += size;
    return 0;
}

int ink_array(struct ink *ink, size_t count) {
    if (ink_room(ink, 5)) return -1;
    if (count < 16) *ink->at++ = 0x90 | count;
    else {
        *ink->at++ = count < 0x10000 ? 0xdc : 0xdd;
        big_endian(ink, count, count < 0x10000 ? 2 : 4);
    }
    return 0;
}

PyObject *ink_done(struct ink *ink) {
    return PyBytes_FromStringAndSize((char *)ink->begin, ink->at - ink->begin);
}
