/* crowd: N websocket clients in one process that answer, drop and come back.
 *
 *   crowd PORT N CONNECTS RETURNS ACTS
 *
 * Files of one packet a line, in hex, used in turn by client: what a client sends to come in, to come back, and as its
 * action. Client 0 is the trigger. In a packet "@round" becomes six digits; the msgpack strings "@epoch", "@scope",
 * "@seq", "@pid" and "@offset" become what the client heard last (welcome and entries; npm's recovery).
 * Prints "ready" when all are accepted. Each line of stdin is answered with one JSON line:
 *   tell ROUND     the trigger acts; until it has its reply and all others that are connected one more entry
 *   acks ROUND     all others act at once; until each has its reply: {"replies", "refused", "seconds", "p50_ms", …}
 *   cascade ROUND  the trigger acts, each of the others at its entry; until the trigger has a receipt of each:
 *                  {"told_ms" (the last has the entry), "back_ms" (the last receipt), "p50_ms", "p99_ms"}
 *   drop           all but the trigger hang up
 *   back ENTRIES   they come back at once; until each has so many entries: {"seconds", "resets", …}
 * Frames that a server compresses (RSV1) count as entries and as replies.
 */
#include "wire.h"

struct heard { char epoch[48], scope[48], pid[48], offset[48]; long seq; double at, sent, replied; int entries, resets; };

static struct heard *heard;
static struct packets connects, returns, acts;
static long entries, replies, refused, resets, receipts, synced;
static int round_now, cascading, returning, wanted_entries;

static size_t uint_at(const unsigned char *at, long *value) {
    if (*at < 0x80) { *value = *at; return 1; }
    int bytes = *at == 0xcc ? 1 : *at == 0xcd ? 2 : *at == 0xce ? 4 : *at == 0xcf ? 8 : 0;
    *value = 0;
    for (int i = 1; i <= bytes; i++) *value = *value << 8 | at[i];
    return bytes + 1;
}

/* Where the value of a key of some map begins, or NULL; keys here are shorter than 32 bytes. */
static const unsigned char *value_of(const unsigned char *data, size_t size, const char *key) {
    char packed[40] = {0xa0 | strlen(key)};
    strcpy(packed + 1, key);
    const unsigned char *at = memmem(data, size, packed, strlen(packed));
    return at ? at + strlen(packed) : NULL;
}

static void keep(char *into, const unsigned char *at) {
    size_t length = 0;
    if (at && (*at & 0xe0) == 0xa0) length = *at++ & 0x1f;
    else if (at && *at == 0xd9) { length = at[1]; at += 2; }
    if (length && length < 48) { memcpy(into, at, length); into[length] = 0; }
}

/* The short string that ends the data of an event: npm's server appends its offset there; "nsp" may follow. */
static void keep_offset(struct heard *h, const unsigned char *payload, size_t size) {
    if (size > 6 && !memcmp(payload + size - 6, "\xa3nsp\xa1/", 6)) size -= 6;
    for (size_t length = 7; length < 16 && length + 1 < size; length++)
        if (payload[size - length - 1] == (0xa0 | length)) { keep(h->offset, payload + size - length - 1); return; }
}

static size_t put_string(unsigned char *to, const char *text) {
    size_t length = strlen(text);
    if (length < 32) *to = 0xa0 | length;
    else { *to++ = 0xd9; *to = length; }
    memcpy(to + 1, text, length);
    return length + (length < 32 ? 1 : 2);
}

static size_t put_place(unsigned char *to, const struct heard *h, const unsigned char *at, size_t left, size_t *used) {
    static const char *names[] = {"\xa6@epoch", "\xa6@scope", "\xa4@pid", "\xa7@offset", "\xa4@seq"};
    const char *values[] = {h->epoch, h->scope, h->pid, h->offset};
    for (int i = 0; i < 5; i++) {
        *used = strlen(names[i]);
        if (left < *used || memcmp(at, names[i], *used)) continue;
        if (i < 4) return put_string(to, values[i]);
        *to = 0xce;
        for (int byte = 0; byte < 4; byte++) to[1 + byte] = h->seq >> (24 - 8 * byte);
        return 5;
    }
    if (left >= 6 && !memcmp(at, "@round", 6)) {
        char digits[16];
        snprintf(digits, sizeof digits, "%06d", round_now);
        memcpy(to, digits, *used = 6);
        return 6;
    }
    *used = 1;
    *to = *at;
    return 1;
}

/* The packet with its places filled in; the bytes stay until the next call. */
static struct packet filled(struct packet form, int index) {
    static unsigned char *room;
    static size_t rooms;
    if (rooms < form.size * 8 + 64) room = realloc(room, rooms = form.size * 8 + 64);
    size_t size = 0, used;
    for (size_t at = 0; at < form.size; at += used)
        size += put_place(room + size, &heard[index], form.data + at, form.size - at, &used);
    return (struct packet){room, size};
}

static struct packet coming(int index) {
    struct packets from = returning ? returns : connects;
    return filled(from.all[index % from.count], index);
}

static void act(int index) {
    struct packet packet = filled(acts.all[index % acts.count], index);
    heard[index].sent = now_ms();
    send_frame(clients[index].fd, 2, packet.data, packet.size);
}

static void on_entry(struct client *c, const unsigned char *payload, size_t size) {
    int index = c - clients;
    struct heard *h = &heard[index];
    const unsigned char *seq = value_of(payload, size, "seq");
    if (seq) uint_at(seq, &h->seq);
    if (!index) {
        if (cascading && memmem(payload, size, "CommandAcknowledged", 19)) receipts++;
        return;
    }
    keep_offset(h, payload, size);
    entries++;
    if (++h->entries == wanted_entries) { synced++; h->at = now_ms(); }
    if (cascading && !h->at) { h->at = now_ms(); act(index); }
}

static void on_binary(struct client *c, int head, const unsigned char *payload, size_t size) {
    struct heard *h = &heard[c - clients];
    size_t start = size < 48 ? size : 48;
    if (head & 0x40) { on_entry(c, payload, size); replies++; h->replied = now_ms(); return; }
    if (memmem(payload, start, "\xa4type\x03", 6)) {
        replies++;
        h->replied = now_ms();
        if (memmem(payload, size, "\xa5" "error", 6)) {
            if (!refused++) fprintf(stderr, "client %ld was refused: %.*s\n", (long)(c - clients), (int)size, payload);
        }
    } else if (memmem(payload, start, "\xa5" "entry", 6)) {
        on_entry(c, payload, size);
    } else if (memmem(payload, start, "\xa4type\x00", 6)) {
        keep(h->pid, value_of(payload, size, "pid"));
    } else if (memmem(payload, start, "\xa7welcome", 8)) {
        const unsigned char *seq = value_of(payload, size, "seq");
        keep(h->epoch, value_of(payload, size, "epoch"));
        keep(h->scope, value_of(payload, size, "scope"));
        if (seq && !returning) uint_at(seq, &h->seq);
    } else if (memmem(payload, start, "\xa5reset", 6)) {
        resets++;
        if (h->entries < wanted_entries) { h->entries = wanted_entries; synced++; h->at = now_ms(); }
    }
}

static void on_raw(struct client *c, size_t size) { (void)c; (void)size; }

static void until(long *count, long wanted, const char *what) {
    double began = now_ms();
    while (*count < wanted) {
        serve(1000);
        if (now_ms() - began > 90000) { fprintf(stderr, "%ld %s are missing\n", wanted - *count, what); exit(1); }
    }
}

/* p50, p99 and max of what `took` gives for all clients but the trigger. */
static void print_spread(double (*took)(const struct heard *h)) {
    double *all = malloc(n * sizeof *all);
    for (int i = 1; i < n; i++) all[i - 1] = took(&heard[i]);
    qsort(all, n - 1, sizeof *all, ascending);
    printf("\"p50_ms\": %.3f, \"p99_ms\": %.3f, \"max_ms\": %.3f}\n", all[(n - 1) / 2], all[(int)((n - 1) * 0.99)], all[n - 2]);
    free(all);
}

static double began;
static double reply_time(const struct heard *h) { return h->replied - h->sent; }
static double told_time(const struct heard *h) { return h->at - began; }

static void forget(void) {
    for (int i = 0; i < n; i++) heard[i].at = heard[i].entries = 0;
    entries = replies = refused = resets = receipts = synced = wanted_entries = 0;
    began = now_ms();
}

static void tell(void) {
    forget();
    wanted_entries = 1;
    act(0);
    until(&synced, accepted - 1, "entries");
    double told = now_ms() - began;
    while (heard[0].replied < began) serve(1000);
    printf("{\"told_ms\": %.3f, \"refused\": %ld, ", told, refused);
    print_spread(told_time);
}

static void ask(void) {
    forget();
    for (int i = 1; i < n; i++) {
        act(i);
        if (i % BATCH == 0) serve(0);
    }
    until(&replies, n - 1, "replies");
    printf("{\"replies\": %ld, \"refused\": %ld, \"seconds\": %.4f, ", replies, refused, (now_ms() - began) / 1e3);
    print_spread(reply_time);
}

static void cascade(void) {
    forget();
    cascading = 1;
    act(0);
    until(&entries, n - 1, "entries");
    double told = 0;
    for (int i = 1; i < n; i++) if (heard[i].at - began > told) told = heard[i].at - began;
    until(&receipts, n - 1, "receipts");
    double back = now_ms() - began;
    until(&replies, n, "replies");
    cascading = 0;
    printf("{\"told_ms\": %.3f, \"back_ms\": %.3f, \"refused\": %ld, ", told, back, refused);
    print_spread(told_time);
}

static void drop(void) {
    for (int i = 1; i < n; i++) {
        close(clients[i].fd);
        free(clients[i].buffer);
        clients[i] = (struct client){.fd = -1};
    }
    accepted = 1;
    printf("{}\n");
}

static void back(int missed) {
    forget();
    returning = 1;
    wanted_entries = missed;
    for (int i = 1; i < n; i++) {
        open_client(i);
        if (i % BATCH == 0) serve(0);
    }
    double asked = now_ms() - began;
    until(&synced, n - 1, "clients");
    printf("{\"seconds\": %.4f, \"asked_ms\": %.1f, \"resets\": %ld, ", (now_ms() - began) / 1e3, asked, resets);
    print_spread(told_time);
    returning = 0;
}

static int obey(const char *line) {
    int number;
    char verb[16];
    int words = sscanf(line, "%15s %d", verb, &number);
    if (words == 2) round_now = number;
    if (!strcmp(verb, "tell")) tell();
    else if (!strcmp(verb, "acks")) ask();
    else if (!strcmp(verb, "cascade")) cascade();
    else if (!strcmp(verb, "drop")) drop();
    else if (!strcmp(verb, "back")) back(number);
    else return 0;
    return 1;
}

int main(int argc, char **argv) {
    if (argc < 6) { fprintf(stderr, "usage: crowd PORT N CONNECTS RETURNS ACTS\n"); return 2; }
    begin(atoi(argv[1]), atoi(argv[2]));
    heard = calloc(n, sizeof *heard);
    connects = read_packets(argv[3]);
    returns = read_packets(argv[4]);
    acts = read_packets(argv[5]);
    connect_packet = coming;
    open_up_to(n, BATCH);
    return lines(obey);
}
