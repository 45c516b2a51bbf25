/* sink: N websocket clients in one process, cheap enough not to be the bottleneck.
 *
 *   sink PORT N CONNECTS ACTS [--raw BYTES]
 *
 * CONNECTS and ACTS are files of one packet a line, in hex: the Socket.IO CONNECT packet each client sends (used in
 * turn) and the packets the trigger sends, one per round (used in turn). Client 0 is the trigger and is not counted.
 * Each client upgrades as a browser does, permessage-deflate offered, and answers Engine.IO pings.
 * Prints "ready" when all are accepted. Then reads lines from stdin:
 *   go ROUNDS    per round: the trigger sends, until every other client has one more "entry". Prints one JSON line:
 *                {"rounds", "deliveries", "seconds", "p50_ms", "p99_ms", "max_ms"} of first send to last delivery.
 *   quit
 * While it waits it keeps reading. --raw: plain TCP, a delivery is BYTES bytes, the trigger sends single bytes.
 * A frame counts as an entry when it holds "entry". What a server compresses (RSV1) is not inflated: the first text is
 * the open packet, further texts are pings, and any binary message after the acceptance counts as an entry.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define RAW_KEY "\x01\x02\x03\x04"
#define BATCH 64

enum { HANDSHAKE, OPENED, ASKED, LIVE };
struct client { int fd, state; size_t held, skip; unsigned char *buffer; };
struct packets { unsigned char **data; size_t *size; int count; };

static struct client *clients;
static int n, epoll_fd, accepted;
static size_t raw_bytes;
static long entries;
static unsigned char *input;
static const size_t INPUT = 1 << 20;

static void die(const char *what) { perror(what); exit(1); }

static double now_ms(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1e3 + t.tv_nsec / 1e6;
}

static struct packets read_packets(const char *path) {
    struct packets found = {0};
    FILE *file = fopen(path, "r");
    char *line = NULL;
    size_t room = 0;
    ssize_t length;
    if (!file) die(path);
    while ((length = getline(&line, &room, file)) > 1) {
        size_t size = length / 2;
        unsigned char *bytes = malloc(size ? size : 1);
        for (size_t i = 0; i < size; i++) sscanf(line + 2 * i, "%2hhx", &bytes[i]);
        found.data = realloc(found.data, (found.count + 1) * sizeof *found.data);
        found.size = realloc(found.size, (found.count + 1) * sizeof *found.size);
        found.data[found.count] = bytes;
        found.size[found.count++] = size;
    }
    free(line);
    fclose(file);
    return found;
}

static void send_all(int fd, const void *data, size_t size) {
    const char *at = data;
    while (size) {
        ssize_t sent = send(fd, at, size, MSG_NOSIGNAL);
        if (sent < 0 && errno == EAGAIN) { usleep(100); continue; }
        if (sent < 0) die("send");
        at += sent;
        size -= sent;
    }
}

static void send_frame(int fd, int opcode, const unsigned char *payload, size_t size) {
    unsigned char *frame = malloc(size + 14), *at = frame;
    *at++ = 0x80 | opcode;
    if (size < 126) *at++ = 0x80 | size;
    else { *at++ = 0x80 | 126; *at++ = size >> 8; *at++ = size; }
    memcpy(at, RAW_KEY, 4);
    at += 4;
    for (size_t i = 0; i < size; i++) *at++ = payload[i] ^ RAW_KEY[i & 3];
    send_all(fd, frame, at - frame);
    free(frame);
}

static void open_client(int index, int port) {
    struct client *c = &clients[index];
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int one = 1;
    c->fd = socket(AF_INET, SOCK_STREAM, 0);
    if (c->fd < 0 || connect(c->fd, (struct sockaddr *)&to, sizeof to)) die("connect");
    setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = index};
    if (epoll_ctl(epoll_fd, EPOLL_CTL_ADD, c->fd, &event)) die("epoll_ctl");
    if (raw_bytes) { c->state = LIVE; accepted++; return; }
    char request[512];
    int size = snprintf(request, sizeof request,
        "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nUpgrade: websocket\r\n"
        "Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n\r\n", port);
    send_all(c->fd, request, size);
}

static void on_frame(struct client *c, int head, const unsigned char *payload, size_t size, struct packets connects) {
    int opcode = head & 0x0f, index = c - clients;
    if (opcode == 8) { fprintf(stderr, "client %d was closed\n", index); exit(1); }
    if (opcode == 1 && c->state == OPENED) {
        int which = index % connects.count;
        send_frame(c->fd, 2, connects.data[which], connects.size[which]);
        c->state = ASKED;
    } else if (opcode == 1) {
        send_frame(c->fd, 1, (const unsigned char *)"3", 1);
    } else if (c->state == ASKED) {
        if (memmem(payload, size, "message", 7)) { fprintf(stderr, "client %d was refused\n", index); exit(1); }
        c->state = LIVE;
        accepted++;
    } else if (index && ((head & 0x40) || memmem(payload, size, "\xa5" "entry", 6))) {
        entries++;
    }
}

/* Returns the bytes used; the rest is an incomplete frame. */
static size_t frames(struct client *c, unsigned char *data, size_t size, struct packets connects) {
    size_t at = 0;
    while (size - at >= 2) {
        size_t length = data[at + 1] & 0x7f, head = 2;
        if (length == 126) {
            if (size - at < 4) break;
            length = data[at + 2] << 8 | data[at + 3];
            head = 4;
        } else if (length == 127) {
            if (size - at < 10) break;
            length = 0;
            for (int i = 2; i < 10; i++) length = length << 8 | data[at + i];
            head = 10;
        }
        if (size - at < head + length) break;
        on_frame(c, data[at], data + at + head, length, connects);
        at += head + length;
    }
    return at;
}

static void on_readable(struct client *c, struct packets connects) {
    if (c->held) memcpy(input, c->buffer, c->held);
    ssize_t got = recv(c->fd, input + c->held, INPUT - c->held, 0);
    if (got <= 0) { fprintf(stderr, "client %ld was hung up on\n", (long)(c - clients)); exit(1); }
    if (raw_bytes) {
        c->skip += got;
        entries += c->skip / raw_bytes;
        c->skip %= raw_bytes;
        return;
    }
    size_t size = c->held + got, used = 0;
    if (c->state == HANDSHAKE) {
        unsigned char *end = memmem(input, size, "\r\n\r\n", 4);
        if (end) {
            if (memcmp(input, "HTTP/1.1 101", 12)) { fprintf(stderr, "%.*s\n", (int)size, input); exit(1); }
            used = end + 4 - input;
            c->state = OPENED;
        }
    }
    if (c->state != HANDSHAKE) used += frames(c, input + used, size - used, connects);
    c->held = size - used;
    if (c->held) {
        c->buffer = realloc(c->buffer, c->held);
        memcpy(c->buffer, input + used, c->held);
    } else {
        free(c->buffer);
        c->buffer = NULL;
    }
}

/* Waits for input of the clients; true when stdin has a line. */
static int serve(int timeout, struct packets connects) {
    struct epoll_event events[512];
    int command = 0, ready = epoll_wait(epoll_fd, events, 512, timeout);
    for (int i = 0; i < ready; i++)
        if (events[i].data.u32 == UINT32_MAX) command = 1;
        else on_readable(&clients[events[i].data.u32], connects);
    return command;
}

static int ascending(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void go(int rounds, struct packets connects, struct packets acts) {
    static int next;
    double *took = malloc(rounds * sizeof *took), began = now_ms();
    long before = entries;
    for (int round = 0; round < rounds; round++) {
        long wanted = entries + n - 1;
        double sent = now_ms();
        if (raw_bytes) send_all(clients[0].fd, "g", 1);
        else send_frame(clients[0].fd, 2, acts.data[next % acts.count], acts.size[next % acts.count]);
        next++;
        while (entries < wanted) {
            serve(1000, connects);
            if (now_ms() - sent > 60000) { fprintf(stderr, "%ld deliveries are missing\n", wanted - entries); exit(1); }
        }
        took[round] = now_ms() - sent;
    }
    double seconds = (now_ms() - began) / 1e3;
    qsort(took, rounds, sizeof *took, ascending);
    printf("{\"rounds\": %d, \"deliveries\": %ld, \"seconds\": %.4f, \"p50_ms\": %.3f, \"p99_ms\": %.3f, \"max_ms\": %.3f}\n",
           rounds, entries - before, seconds, took[rounds / 2], took[(int)(rounds * 0.99)], took[rounds - 1]);
    fflush(stdout);
    free(took);
}

int main(int argc, char **argv) {
    if (argc < 5) { fprintf(stderr, "usage: sink PORT N CONNECTS ACTS [--raw BYTES]\n"); return 2; }
    int port = atoi(argv[1]), asked;
    n = atoi(argv[2]);
    struct packets connects = read_packets(argv[3]), acts = read_packets(argv[4]);
    if (argc > 6) raw_bytes = strtoul(argv[6], NULL, 10);
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    clients = calloc(n, sizeof *clients);
    input = malloc(INPUT);
    epoll_fd = epoll_create1(0);
    for (int opened = 0; opened < n;) {
        int until = opened + BATCH < n ? opened + BATCH : n;
        for (; opened < until; opened++) open_client(opened, port);
        while (accepted < opened) serve(1000, connects);
    }
    if (raw_bytes) send_all(clients[0].fd, "t", 1);
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = UINT32_MAX};
    if (epoll_ctl(epoll_fd, EPOLL_CTL_ADD, 0, &event)) die("stdin");
    printf("ready\n");
    fflush(stdout);
    char line[128];
    for (;;) {
        if (!serve(1000, connects)) continue;
        ssize_t size = read(0, line, sizeof line - 1);
        if (size <= 0) return 0;
        line[size] = 0;
        if (sscanf(line, "go %d", &asked) == 1) go(asked, connects, acts);
        else return 0;
    }
}
