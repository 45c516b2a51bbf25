/* Reading the ordinary action: {"id", "do": {"type", …}} whose fields are all short names in plain ASCII, by the plan of
 * its class: which fields there are, and how long each may be. Anything else is None: msgspec sees to it. */
#include "swift.h"

#define FIELDS 8
#define LONGEST_ID 56

struct text { const uint8_t *at, *end; };
struct name { const uint8_t *at; int size; };

/* Letters, digits, ".", "_" and "-": what every kind of id may hold. */
static int plain(uint8_t c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
}

static int name_at(struct text *text, struct name *name) {
    if (text->at >= text->end) return -1;
    uint8_t head = *text->at++;
    if ((head & 0xe0) == 0xa0) name->size = head & 0x1f;
    else if (head == 0xd9 && text->at < text->end) name->size = *text->at++;
    else return -1;
    if (!name->size || text->end - text->at < name->size) return -1;
    name->at = text->at;
    for (int i = 0; i < name->size; i++)
        if (!plain(name->at[i])) return -1;
    text->at += name->size;
    return 0;
}

static int map_at(struct text *text) {
    return text->at < text->end && (*text->at & 0xf0) == 0x80 ? *text->at++ & 0x0f : -1;
}

static int is(struct name name, const char *word) {
    return (size_t)name.size == strlen(word) && !memcmp(name.at, word, name.size);
}

static PyObject *text_of(struct name name) {
    PyObject *made = PyUnicode_New(name.size, 127);
    if (made) memcpy(PyUnicode_1BYTE_DATA(made), name.at, name.size);
    return made;
}

struct said { struct name id, type, keys[FIELDS], values[FIELDS]; int fields; };

static int deed(struct text *text, struct said *said) {
    int left = map_at(text);
    if (left < 1) return -1;
    while (left--) {
        struct name key, value;
        if (name_at(text, &key) || name_at(text, &value)) return -1;
        if (is(key, "type")) {
            if (said->type.at) return -1;
            said->type = value;
        } else {
            if (said->fields == FIELDS) return -1;
            said->keys[said->fields] = key;
            said->values[said->fields++] = value;
        }
    }
    return said->type.at ? 0 : -1;
}

static int whole_of(struct text text, struct said *said) {
    if (map_at(&text) != 2) return -1;
    int done = 0;
    for (int left = 2; left; left--) {
        struct name key;
        if (name_at(&text, &key)) return -1;
        if (is(key, "id") && !said->id.at) {
            if (name_at(&text, &said->id) || said->id.size > LONGEST_ID) return -1;
        } else if (is(key, "do") && !done++) {
            if (deed(&text, said)) return -1;
        } else return -1;
    }
    return text.at == text.end && said->id.at && done ? 0 : -1;
}

/* The place of a field in the plan, or -1 when it is none or too long. */
static int place_of(struct name key, struct name value, PyObject *names, PyObject *sizes) {
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(names); i++) {
        Py_ssize_t size;
        const char *name = PyUnicode_AsUTF8AndSize(PyTuple_GET_ITEM(names, i), &size);
        if (!name) return -1;
        if (size == key.size && !memcmp(name, key.at, size))
            return value.size <= PyLong_AsLong(PyTuple_GET_ITEM(sizes, i)) ? (int)i : -1;
    }
    return -1;
}

/* The action, made of the class with its fields in their order; NULL without an error: not ordinary after all. */
static PyObject *made_of(PyObject *plan, struct said *said) {
    PyObject *class, *names, *sizes, *values[FIELDS] = {NULL}, *made = NULL;
    if (!PyArg_ParseTuple(plan, "OO!O!", &class, &PyTuple_Type, &names, &PyTuple_Type, &sizes)) return NULL;
    Py_ssize_t count = PyTuple_GET_SIZE(names);
    if (count != said->fields || PyTuple_GET_SIZE(sizes) != count) return NULL;
    int whole = 1;
    for (int i = 0; whole && i < said->fields; i++) {
        int place = place_of(said->keys[i], said->values[i], names, sizes);
        whole = place >= 0 && !values[place] && (values[place] = text_of(said->values[i]));
    }
    if (whole && !PyErr_Occurred()) made = PyObject_Vectorcall(class, values, count, NULL);
    for (int i = 0; i < FIELDS; i++) Py_XDECREF(values[i]);
    return made;
}

/* act(raw, {type: (class, field names, longest)}) → (id, action), or None */
PyObject *swift_act(PyObject *self, PyObject *const *args, Py_ssize_t count) {
    Py_buffer raw;
    struct said said = {0};
    if (count != 2 || !PyDict_Check(args[1])) {
        PyErr_SetString(PyExc_TypeError, "act(raw, plans: dict)");
        return NULL;
    }
    if (PyObject_GetBuffer(args[0], &raw, PyBUF_SIMPLE)) return NULL;
    struct text text = {raw.buf, (const uint8_t *)raw.buf + raw.len};
    PyObject *made = NULL;
    if (!whole_of(text, &said)) {
        PyObject *type = text_of(said.type), *plan = type ? PyDict_GetItemWithError(args[1], type) : NULL;
        PyObject *action = plan ? made_of(plan, &said) : NULL;
        PyObject *id = action ? text_of(said.id) : NULL;
        if (id) made = PyTuple_Pack(2, id, action);
        Py_XDECREF(type);
        Py_XDECREF(action);
        Py_XDECREF(id);
    }
    PyBuffer_Release(&raw);
    if (!made && !PyErr_Occurred()) Py_RETURN_NONE;
    return made;
}
