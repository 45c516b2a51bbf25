/* Telling: who sees which events of one entry, and the frame that each of them gets. The same as `plain.groups`.
 *
 * A topic gathers the places of its events once, however many connections it has; a connection of several topics gets
 * what any of them sees. What is looked up by the thousand is found by its address, in a table of our own. */
#include "swift.h"

struct plan { int *places; int count, room; };               /* of events, ascending */
struct topic { PyObject *members; int plan; };               /* a set of connections */
struct seat { PyObject *connection; int plan; };
struct pair { int one, other, both; };
struct group { int plan; PyObject *connections; };

static const char ENTRY[] = "\x83\xa4type\x02\xa3nsp\xa1/\xa4" "data\x92\xa5" "entry";

struct index { uint32_t *slots; uint32_t mask; };            /* open addressing: 1 + the place of an item */

struct telling {
    struct plan *plans; int plan_count, plan_room;
    struct topic *topics; int topic_count, topic_room;
    struct seat *seats; int seat_count, seat_room;
    struct pair *pairs; int pair_count, pair_room;
    struct index by_set, by_connection, by_pair;
};

static uint32_t mixed(uint64_t key) { return (key ^ key >> 33) * 0x9e3779b97f4a7c15ull >> 32; }

static uint64_t of_pair(int one, int other) { return (uint64_t)(uint32_t)one << 32 | (uint32_t)other; }

/* The array with room for one more; NULL and MemoryError. */
static void *roomy(void *array, int count, int *room, size_t size) {
    if (count < *room) return array;
    int wanted = *room ? *room * 2 : 16;
    void *more = PyMem_Realloc(array, wanted * size);
    if (!more) { PyErr_NoMemory(); return NULL; }
    *room = wanted;
    return more;
}

#define GROW(array, count, room) \
    do { void *more_ = roomy(array, count, &(room), sizeof *(array)); if (!more_) return -1; (array) = more_; } while (0)

static int widened(struct index *index, int count, uint64_t (*key)(const struct telling *, int), const struct telling *t) {
    if (index->slots && (uint32_t)count * 2 <= index->mask) return 0;
    uint32_t size = index->slots ? (index->mask + 1) * 4 : 64;
    uint32_t *slots = PyMem_Calloc(size, sizeof *slots);
    if (!slots) { PyErr_NoMemory(); return -1; }
    for (int i = 0; i < count; i++) {
        uint32_t at = mixed(key(t, i)) & (size - 1);
        while (slots[at]) at = (at + 1) & (size - 1);
        slots[at] = i + 1;
    }
    PyMem_Free(index->slots);
    *index = (struct index){slots, size - 1};
    return 0;
}

static uint64_t topic_key(const struct telling *t, int i) { return (uintptr_t)t->topics[i].members; }
static uint64_t seat_key(const struct telling *t, int i) { return (uintptr_t)t->seats[i].connection; }
static uint64_t pair_key(const struct telling *t, int i) { return of_pair(t->pairs[i].one, t->pairs[i].other); }

/* Where the item with this key is, or -1 and its free slot. */
static int found(const struct index *index, uint64_t wanted, uint64_t (*key)(const struct telling *, int),
                 const struct telling *t, uint32_t *slot) {
    uint32_t at = mixed(wanted) & index->mask;
    for (; index->slots[at]; at = (at + 1) & index->mask)
        if (key(t, index->slots[at] - 1) == wanted) return index->slots[at] - 1;
    *slot = at;
    return -1;
}

static int new_plan(struct telling *t) {
    GROW(t->plans, t->plan_count, t->plan_room);
    t->plans[t->plan_count] = (struct plan){NULL, 0, 0};
    return t->plan_count++;
}

static int add_place(struct plan *plan, int place) {
    if (plan->count && plan->places[plan->count - 1] == place) return 0;
    GROW(plan->places, plan->count, plan->room);
    plan->places[plan->count++] = place;
    return 0;
}

/* An event at this place is for these connections. */
static int note_topic(struct telling *t, PyObject *members, int place) {
    uint32_t slot = 0;
    if (widened(&t->by_set, t->topic_count, topic_key, t)) return -1;
    int at = found(&t->by_set, (uintptr_t)members, topic_key, t, &slot);
    if (at < 0) {
        int plan = new_plan(t);
        if (plan < 0) return -1;
        GROW(t->topics, t->topic_count, t->topic_room);
        at = t->topic_count++;
        t->topics[at] = (struct topic){Py_NewRef(members), plan};
        t->by_set.slots[slot] = at + 1;
    }
    return add_place(&t->plans[t->topics[at].plan], place);
}

static int note_event(struct telling *t, PyObject *members, PyObject *topics, int place) {
    PyObject *all = PySequence_Fast(topics, "an event's topics are a collection");
    for (Py_ssize_t i = 0; all && i < PySequence_Fast_GET_SIZE(all); i++) {
        PyObject *set = PyDict_GetItemWithError(members, PySequence_Fast_GET_ITEM(all, i));
        if (set ? note_topic(t, set, place) : PyErr_Occurred() != NULL) Py_CLEAR(all);
    }
    Py_XDECREF(all);
    return all ? 0 : -1;
}

static int same(const struct plan *one, const struct plan *other) {
    return one->count == other->count && !memcmp(one->places, other->places, one->count * sizeof *one->places);
}

static int merge(struct telling *t, int plan, const int one, const int other) {
    int a = 0, b = 0;
    const struct plan x = t->plans[one], y = t->plans[other];
    while (a < x.count || b < y.count) {
        int next = b == y.count || (a < x.count && x.places[a] <= y.places[b]) ? x.places[a++] : y.places[b++];
        if (add_place(&t->plans[plan], next)) return -1;
    }
    return 0;
}

/* The plan of who has both topics: made once per pair of plans. */
static int both(struct telling *t, int one, int other) {
    uint32_t slot = 0;
    if (one == other || same(&t->plans[one], &t->plans[other])) return one;
    if (widened(&t->by_pair, t->pair_count, pair_key, t)) return -1;
    int at = found(&t->by_pair, of_pair(one, other), pair_key, t, &slot);
    if (at >= 0) return t->pairs[at].both;
    int plan = new_plan(t);
    if (plan < 0 || merge(t, plan, one, other)) return -1;
    GROW(t->pairs, t->pair_count, t->pair_room);
    t->pairs[t->pair_count] = (struct pair){one, other, plan};
    t->by_pair.slots[slot] = ++t->pair_count;
    return plan;
}

static int note_seat(struct telling *t, PyObject *connection, int plan) {
    uint32_t slot = 0;
    if (widened(&t->by_connection, t->seat_count, seat_key, t)) return -1;
    int at = found(&t->by_connection, (uintptr_t)connection, seat_key, t, &slot);
    if (at >= 0) return (t->seats[at].plan = both(t, t->seats[at].plan, plan)) < 0 ? -1 : 0;
    GROW(t->seats, t->seat_count, t->seat_room);
    t->seats[t->seat_count] = (struct seat){Py_NewRef(connection), plan};
    t->by_connection.slots[slot] = ++t->seat_count;
    return 0;
}

static int note_seats(struct telling *t, const struct topic topic) {
    PyObject *each = PyObject_GetIter(topic.members), *connection;
    while (each && (connection = PyIter_Next(each))) {
        int failed = note_seat(t, connection, topic.plan);
        Py_DECREF(connection);
        if (failed) break;
    }
    Py_XDECREF(each);
    return PyErr_Occurred() ? -1 : 0;
}

/* (connections, frame) of a plan. */
static PyObject *group(const struct plan *plan, PyObject *head, PyObject *events, PyObject *connections) {
    struct ink ink;
    PyObject *frame = NULL;
    frame_begin(&ink);
    int failed = ink_bytes(&ink, ENTRY, sizeof ENTRY - 1) || ink_object(&ink, head) || ink_array(&ink, plan->count);
    for (int i = 0; !failed && i < plan->count; i++) failed = ink_object(&ink, PyList_GET_ITEM(events, plan->places[i]));
    if (!failed) frame = frame_done(&ink);
    ink_end(&ink);
    PyObject *made = frame ? PyTuple_Pack(2, connections, frame) : NULL;
    Py_XDECREF(frame);
    return made;
}

static PyObject *grouped(struct telling *t, PyObject *head, PyObject *events) {
    PyObject *groups = PyList_New(0);
    PyObject **lists = PyMem_Calloc(t->plan_count + 1, sizeof *lists); /* connections by plan */
    if (groups && !lists) PyErr_NoMemory();
    for (int i = 0; lists && i < t->seat_count && !PyErr_Occurred(); i++) {
        PyObject **list = &lists[t->seats[i].plan];
        if (*list || (*list = PyList_New(0))) PyList_Append(*list, t->seats[i].connection);
    }
    for (int i = 0; lists && i < t->plan_count; i++) {
        PyObject *made = lists[i] && !PyErr_Occurred() ? group(&t->plans[i], head, events, lists[i]) : NULL;
        if (made) PyList_Append(groups, made);
        Py_XDECREF(made);
        Py_XDECREF(lists[i]);
    }
    PyMem_Free(lists);
    if (PyErr_Occurred()) Py_CLEAR(groups);
    return groups;
}

static void forget(struct telling *t) {
    for (int i = 0; i < t->plan_count; i++) PyMem_Free(t->plans[i].places);
    for (int i = 0; i < t->topic_count; i++) Py_DECREF(t->topics[i].members);
    for (int i = 0; i < t->seat_count; i++) Py_DECREF(t->seats[i].connection);
    PyMem_Free(t->plans);
    PyMem_Free(t->topics);
    PyMem_Free(t->seats);
    PyMem_Free(t->pairs);
    PyMem_Free(t->by_set.slots);
    PyMem_Free(t->by_connection.slots);
    PyMem_Free(t->by_pair.slots);
}

/* groups(members, audiences, head of the entry, events) → [([connection, …], frame)] */
PyObject *swift_groups(PyObject *self, PyObject *const *args, Py_ssize_t count) {
    if (count != 4 || !PyDict_Check(args[0]) || !PyBytes_Check(args[2])) {
        PyErr_SetString(PyExc_TypeError, "groups(members: dict, audiences, head: bytes, events)");
        return NULL;
    }
    struct telling t = {0};
    PyObject *audiences = PySequence_List(args[1]), *events = audiences ? PySequence_List(args[3]) : NULL, *made = NULL;
    if (events && PyList_GET_SIZE(events) < PyList_GET_SIZE(audiences))
        PyErr_SetString(PyExc_ValueError, "an event for each audience");
    for (int i = 0; events && i < PyList_GET_SIZE(audiences) && !PyErr_Occurred(); i++)
        note_event(&t, args[0], PyList_GET_ITEM(audiences, i), i);
    for (int i = 0; events && i < t.topic_count && !PyErr_Occurred(); i++) note_seats(&t, t.topics[i]);
    if (events && !PyErr_Occurred()) made = grouped(&t, args[2], events);
    forget(&t);
    Py_XDECREF(audiences);
    Py_XDECREF(events);
    return made;
}

/* deliver(groups) → (connections, bytes, [(connection, data, sent)] that are not done) */
PyObject *swift_deliver(PyObject *self, PyObject *const *args, Py_ssize_t count) {
    if (count != 1 || !PyList_Check(args[0])) {
        PyErr_SetString(PyExc_TypeError, "deliver(groups: list)");
        return NULL;
    }
    PyObject *left = PyList_New(0);
    Py_ssize_t told = 0, bytes = 0;
    for (Py_ssize_t i = 0; left && i < PyList_GET_SIZE(args[0]); i++) {
        PyObject *item = Py_NewRef(PyList_GET_ITEM(args[0], i)), *connections, *frame, *these = NULL;
        if (PyArg_ParseTuple(item, "OS", &connections, &frame)) {
            Py_ssize_t size = PyObject_Size(connections);
            PyObject *given[] = {connections, frame};
            if (size >= 0) these = swift_send(self, given, 2);
            told += size;
            bytes += size * PyBytes_GET_SIZE(frame);
        }
        if (!these || PyList_SetSlice(left, PyList_GET_SIZE(left), PyList_GET_SIZE(left), these)) Py_CLEAR(left);
        Py_XDECREF(these);
        Py_DECREF(item);
    }
    return left ? Py_BuildValue("(nnN)", told, bytes, left) : NULL;
}
