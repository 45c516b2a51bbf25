/* server._swift: what each function does stands in Python in
 * server/wire/sockets/plain.py, server/wire/asked.py and server/engine/chain.py. */
#include "swift.h"

#define FAST(name) {#name, (PyCFunction)(void (*)(void))swift_##name, METH_FASTCALL, NULL}

static PyMethodDef methods[] = {
    FAST(event), FAST(act), FAST(entry), FAST(ack), FAST(hold), FAST(release), FAST(send),
    FAST(groups), FAST(deliver), FAST(chain), {NULL, NULL, 0, NULL}};

static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "server._swift", NULL, -1, methods, NULL, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit__swift(void) {
    if (chain_ready() || send_ready()) return NULL;
    return PyModule_Create(&module);
}
