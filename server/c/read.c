/* Reading the ordinary message: one whole masked binary frame with one Socket.IO event of the default namespace in it.
 * Anything else is None, and Python finds out what it is. Lengths are checked before a byte is looked at. */
#include "swift.h"

#define MOST 2048 /* larger ones are not ordinary */
#define DEEPEST 64

struct text { const uint8_t *at, *end; };

static uint64_t number_at(const uint8_t *at, int bytes) {
    uint64_t value = 0;
    while (bytes--) value = value << 8 | *at++;
    return value;
}

static int past(struct text *text, uint64_t size) {
    if ((uint64_t)(text->end - text->at) < size) return -1;
    text->at += size;
    return 0;
}

static int skip(struct text *text, int depth);

static int skip_all(struct text *text, uint64_t count, int depth) {
    if (depth > DEEPEST || count > MOST) return -1;
    while (count--)
        if (skip(text, depth + 1)) return -1;
    return 0;
}

/* Past one msgpack value; -1 when it is not whole, nested too deep or no msgpack. */
static int skip(struct text *text, int depth) {
    if (text->at >= text->end) return -1;
    uint8_t head = *text->at++;
    if (head < 0x80 || head >= 0xe0) return 0;
    if (head < 0x90) return skip_all(text, 2 * (head & 0x0f), depth);
    if (head < 0xa0) return skip_all(text, head & 0x0f, depth);
    if (head < 0xc0) return past(text, head & 0x1f);
    /* c0 nil … df map 32: bytes of a length that follows, and of what follows anyway */
    static const struct { int8_t length, fixed; } kinds[] = {
        {0, 0}, {-1, 0}, {0, 0}, {0, 0}, {1, 0}, {2, 0}, {4, 0}, {1, 1}, {2, 1}, {4, 1}, {0, 4}, {0, 8},
        {0, 1}, {0, 2}, {0, 4}, {0, 8}, {0, 1}, {0, 2}, {0, 4}, {0, 8}, {0, 2}, {0, 3}, {0, 5}, {0, 9},
        {0, 17}, {1, 0}, {2, 0}, {4, 0}, {2, 0}, {4, 0}, {2, 0}, {4, 0}};
    int length = kinds[head - 0xc0].length, fixed = kinds[head - 0xc0].fixed;
    if (length < 0 || text->end - text->at < length) return -1;
    uint64_t size = number_at(text->at, length);
    text->at += length;
    if (head >= 0xdc) return skip_all(text, head >= 0xde ? 2 * size : size, depth);
    return past(text, size + fixed);
}

/* The short string at the place, without its head; NULL when there is none. */
static const uint8_t *short_text(struct text *text, int *size) {
    if (text->at >= text->end || (*text->at & 0xe0) != 0xa0) return NULL;
    *size = *text->at++ & 0x1f;
    const uint8_t *found = text->at;
    return past(text, *size) ? NULL : found;
}

/* An unsigned number up to 2^53, or nil (-1). -2: neither. */
static int64_t ack_id(struct text *text) {
    if (text->at >= text->end) return -2;
    uint8_t head = *text->at++;
    if (head < 0x80) return head;
    if (head == 0xc0) return -1;
    if (head < 0xcc || head > 0xcf) return -2;
    int bytes = 1 << (head - 0xcc);
    const uint8_t *at = text->at;
    if (past(text, bytes)) return -2;
    uint64_t value = number_at(at, bytes);
    return value > (uint64_t)1 << 53 ? -2 : (int64_t)value;
}

struct event { struct text name, raw; int64_t ack; };

/* The [name, argument] of an event. */
static int arguments(struct text *text, struct event *event) {
    int size;
    if (text->at >= text->end || *text->at++ != 0x92) return -1;
    const uint8_t *name = short_text(text, &size);
    if (!name || !size) return -1;
    for (int i = 0; i < size; i++)
        if (name[i] & 0x80) return -1;
    event->name = (struct text){name, name + size};
    event->raw.at = text->at;
    if (skip(text, 0)) return -1;
    event->raw.end = text->at;
    return 0;
}

static int packet(struct text text, struct event *event) {
    enum { TYPE = 1, NAMESPACE = 2, DATA = 4, ID = 8 };
    int seen = 0, size;
    event->ack = -1;
    if (text.at >= text.end || (*text.at & 0xf0) != 0x80) return -1;
    for (int left = *text.at++ & 0x0f; left; left--) {
        const uint8_t *key = short_text(&text, &size);
        int which = 0;
        if (!key) return -1;
        if (size == 4 && !memcmp(key, "type", 4)) which = TYPE;
        else if (size == 3 && !memcmp(key, "nsp", 3)) which = NAMESPACE;
        else if (size == 4 && !memcmp(key, "data", 4)) which = DATA;
        else if (size == 2 && !memcmp(key, "id", 2)) which = ID;
        if (seen & which) return -1;
        seen |= which;
        if (which == TYPE && (text.at >= text.end || *text.at++ != 2)) return -1;
        if (which == NAMESPACE) {
            const uint8_t *name = short_text(&text, &size);
            if (!name || size != 1 || *name != '/') return -1;
        }
        if (which == DATA && arguments(&text, event)) return -1;
        if (which == ID && (event->ack = ack_id(&text)) == -2) return -1;
        if (!which && skip(&text, 0)) return -1; /* npm's client adds `options` */
    }
    return text.at == text.end && (seen & (TYPE | DATA)) == (TYPE | DATA) ? 0 : -1;
}

/* event(data, limit) → (name, argument, ack id or None), or None */
PyObject *swift_event(PyObject *self, PyObject *const *args, Py_ssize_t count) {
    if (count != 2 || !PyBytes_Check(args[0])) {
        PyErr_SetString(PyExc_TypeError, "event(data: bytes, limit: int)");
        return NULL;
    }
    const uint8_t *data = (uint8_t *)PyBytes_AS_STRING(args[0]);
    Py_ssize_t whole = PyBytes_GET_SIZE(args[0]), size = whole - 6, head = 6;
    Py_ssize_t limit = PyLong_AsSsize_t(args[1]);
    if (limit == -1 && PyErr_Occurred()) return NULL;
    if (size < 0 || data[0] != 0x82 || !(data[1] & 0x80)) Py_RETURN_NONE;
    if (size >= 126) {
        head = 8;
        size -= 2;
        if (size < 126 || size > MOST || data[1] != 0xfe || (data[2] << 8 | data[3]) != size) Py_RETURN_NONE;
    } else if (data[1] != (0x80 | size)) Py_RETURN_NONE;
    if (size > limit) Py_RETURN_NONE;
    uint8_t plain[MOST + 8];
    uint64_t keys, eight;
    memcpy(&keys, data + head - 4, 4);
    memcpy((uint8_t *)&keys + 4, data + head - 4, 4);
    Py_ssize_t at = 0;
    for (; at + 8 <= size; at += 8) {
        memcpy(&eight, data + head + at, 8);
        eight ^= keys;
        memcpy(plain + at, &eight, 8);
    }
    for (; at < size; at++) plain[at] = data[head + at] ^ data[head - 4 + (at & 3)];
    struct event event = {0};
    if (packet((struct text){plain, plain + size}, &event)) Py_RETURN_NONE;
    const char *name = (const char *)event.name.at, *raw = (const char *)event.raw.at;
    PyObject *ack = event.ack < 0 ? Py_NewRef(Py_None) : PyLong_FromLongLong(event.ack);
    return Py_BuildValue("(s#y#N)", name, (Py_ssize_t)(event.name.end - event.name.at), raw,
                         (Py_ssize_t)(event.raw.end - event.raw.at), ack);
}
