/* Where the classes of the Python rules keep their fields. */
#include "lane.h"
#include <structmember.h>

typedef struct {
    const char *class;
    size_t shape; /* in Lane */
    const char *fields[FIELDS + 1];
} Wanted;

/* In the order of the enums in lane.h. */
static const Wanted wanted[] = {
    {"End", offsetof(Lane, end), {"keys", "name", "budget", "ids", "arrivals", "feeds"}},
    {"Keys", offsetof(Lane, keys), {"rx_at", "tx_at"}},
    {"Feed", offsetof(Lane, feed), {"source", "up", "sound", "slots", "waiting"}},
    {"Source", offsetof(Lane, source), {"open", "barred_at"}},
    {"Slot", offsetof(Lane, slot), {"rewriter", "peer"}},
    {"Up", offsetof(Lane, up),
     {"pt", "rate", "newest", "last", "heard_at", "packets", "octets", "_vp8", "_h264", "_ring", "_jitter",
      "_received"}},
    {"Rewriter", offsetof(Lane, rewriter),
     {"ssrc", "pt", "packets", "octets", "_extension", "_newest", "_seq", "_ts", "_pid", "_tl0", "_last",
      "_limit"}},
    {"Arrivals", offsetof(Lane, arrivals), {"_came"}},
};
enum { SHAPES = sizeof wanted / sizeof wanted[0] };

static Shape *shape_of(Lane *lane, int which) {
    return (Shape *)((char *)lane + wanted[which].shape);
}

static int place_of(PyTypeObject *type, const char *name, Py_ssize_t *place) {
    PyObject *found = PyObject_GetAttrString((PyObject *)type, name);
    if (found == NULL)
        PyErr_Clear();
    PyMemberDef *member = NULL;
    if (found != NULL && Py_TYPE(found) == &PyMemberDescr_Type && PyDescr_TYPE(found) != NULL &&
        PyType_IsSubtype(type, PyDescr_TYPE(found)))
        member = ((PyMemberDescrObject *)found)->d_member;
    Py_XDECREF(found);
    if (member == NULL || member->type != T_OBJECT_EX || member->offset <= 0) {
        PyErr_Format(PyExc_TypeError, "%s.%s is no slot", type->tp_name, name);
        return -1;
    }
    *place = member->offset;
    return 0;
}

int lane_layout(Lane *lane, PyObject *classes) {
    for (int which = 0; which < SHAPES; which++) {
        Shape *shape = shape_of(lane, which);
        PyObject *type = PyDict_GetItemString(classes, wanted[which].class);
        if (type == NULL || !PyType_Check(type)) {
            PyErr_Format(PyExc_TypeError, "%s must be a class", wanted[which].class);
            return -1;
        }
        Py_INCREF(type);
        Py_XSETREF(shape->type, (PyTypeObject *)type);
        for (int at = 0; wanted[which].fields[at] != NULL; at++)
            if (place_of(shape->type, wanted[which].fields[at], &shape->at[at]) < 0)
                return -1;
    }
    return 0;
}

void lane_forget_layout(Lane *lane) {
    for (int which = 0; which < SHAPES; which++)
        Py_CLEAR(shape_of(lane, which)->type);
}

int lane_visit_layout(Lane *lane, visitproc visit, void *arg) {
    for (int which = 0; which < SHAPES; which++)
        Py_VISIT(shape_of(lane, which)->type);
    return 0;
}
