/* sink: N websocket clients in one process that hear entries, cheap enough not to be the bottleneck.
 *
 *   sink PORT N CONNECTS ACTS [--raw BYTES]
 *
 * CONNECTS and ACTS are files of one packet a line, in hex: the Socket.IO CONNECT packet each client sends (used in
 * turn) and the packets the trigger sends, one per round (used in turn). Client 0 is the trigger and is not counted.
 * Prints "ready" when all are accepted. Then reads lines from stdin:
 *   go ROUNDS    per round: the trigger sends, until every other client has one more "entry". Prints one JSON line:
 *                {"rounds", "deliveries", "seconds", "p50_ms", "p99_ms", "max_ms"} of first send to last delivery.
 *   quit
 * While it waits it keeps reading. --raw: plain TCP, a delivery is BYTES bytes, the trigger sends single bytes.
 * A frame counts as an entry when it holds "entry". What a server compresses (RSV1) is not inflated: the first text is
 * the open packet, further texts are pings, and any binary message after the acceptance counts as an entry.
 */
#include "wire.h"

static struct packets connects, acts;
static long entries;

static struct packet in_turn(int index) { return connects.all[index % connects.count]; }

static void on_binary(struct client *c, int head, const unsigned char *payload, size_t size) {
    if (c != clients && ((head & 0x40) || memmem(payload, size, "\xa5" "entry", 6))) entries++;
}

static void on_raw(struct client *c, size_t size) {
    c->skip += size;
    entries += c->skip / raw_bytes;
    c->skip %= raw_bytes;
}

static void go(int rounds) {
    static int next;
    double *took = malloc(rounds * sizeof *took), began = now_ms();
    long before = entries;
    for (int round = 0; round < rounds; round++) {
        long wanted = entries + n - 1;
        double sent = now_ms();
        struct packet act = acts.all[next++ % acts.count];
        if (raw_bytes) send_all(clients[0].fd, "g", 1);
        else send_frame(clients[0].fd, 2, act.data, act.size);
        while (entries < wanted) {
            serve(1000);
            if (now_ms() - sent > 60000) { fprintf(stderr, "%ld deliveries are missing\n", wanted - entries); exit(1); }
        }
        took[round] = now_ms() - sent;
    }
    double seconds = (now_ms() - began) / 1e3;
    qsort(took, rounds, sizeof *took, ascending);
    printf("{\"rounds\": %d, \"deliveries\": %ld, \"seconds\": %.4f, \"p50_ms\": %.3f, \"p99_ms\": %.3f, \"max_ms\": %.3f}\n",
           rounds, entries - before, seconds, took[rounds / 2], took[(int)(rounds * 0.99)], took[rounds - 1]);
    free(took);
}

static int obey(const char *line) {
    int rounds;
    if (sscanf(line, "go %d", &rounds) != 1) return 0;
    go(rounds);
    return 1;
}

int main(int argc, char **argv) {
    if (argc < 5) { fprintf(stderr, "usage: sink PORT N CONNECTS ACTS [--raw BYTES]\n"); return 2; }
    begin(atoi(argv[1]), atoi(argv[2]));
    connects = read_packets(argv[3]);
    acts = read_packets(argv[4]);
    connect_packet = in_turn;
    if (argc > 6) raw_bytes = strtoul(argv[6], NULL, 10);
    open_up_to(n, BATCH);
    if (raw_bytes) send_all(clients[0].fd, "t", 1);
    return lines(obey);
}
