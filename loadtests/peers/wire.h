/* wire.h: what the load clients share: sockets by the thousand, websocket frames, packets from files, one epoll.
 *
 * A program defines `on_binary` and calls `begin`, `open_up_to` and `serve`. Each client upgrades as a browser does,
 * permessage-deflate offered, sends its CONNECT packet and answers Engine.IO pings. Client 0 is the trigger. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
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
#define STDIN_MARK UINT32_MAX

enum { CLOSED, CONNECTING, HANDSHAKE, OPENED, ASKED, LIVE };
struct client { int fd, state; size_t held, skip; unsigned char *buffer; };
struct packet { unsigned char *data; size_t size; };
struct packets { struct packet *all; int count; };

static struct client *clients;
static int n, port, epoll_fd, accepted;
static size_t raw_bytes;
static unsigned char *input;
static const size_t INPUT = 1 << 26;
static struct packet (*connect_packet)(int index);

/* A binary message of the connection; `head` is its first byte (0x40: compressed). */
static void on_binary(struct client *c, int head, const unsigned char *payload, size_t size);
/* So many bytes came on a raw connection. */
static void on_raw(struct client *c, size_t size);

static void die(const char *what) { perror(what); exit(1); }

static double now_ms(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1e3 + t.tv_nsec / 1e6;
}

static int ascending(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
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
        found.all = realloc(found.all, (found.count + 1) * sizeof *found.all);
        found.all[found.count++] = (struct packet){bytes, size};
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

static void watch(int index, uint32_t events, int how) {
    struct epoll_event event = {.events = events, .data.u32 = index};
    if (epoll_ctl(epoll_fd, how, clients[index].fd, &event)) die("epoll_ctl");
}

static void open_client(int index) {
    struct client *c = &clients[index];
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int one = 1;
    c->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    if (c->fd < 0 || (connect(c->fd, (struct sockaddr *)&to, sizeof to) && errno != EINPROGRESS)) die("connect");
    setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    c->state = CONNECTING;
    watch(index, EPOLLOUT, EPOLL_CTL_ADD);
}

static void upgrade(int index) {
    struct client *c = &clients[index];
    int error = 0;
    socklen_t length = sizeof error;
    getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &error, &length);
    if (error) { errno = error; die("connect"); }
    watch(index, EPOLLIN, EPOLL_CTL_MOD);
    if (raw_bytes) { c->state = LIVE; accepted++; return; }
    char request[512];
    int size = snprintf(request, sizeof request,
        "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nUpgrade: websocket\r\n"
        "Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n\r\n", port);
    send_all(c->fd, request, size);
    c->state = HANDSHAKE;
}

static void on_frame(struct client *c, int head, const unsigned char *payload, size_t size) {
    int opcode = head & 0x0f, index = c - clients;
    if (opcode == 8) { fprintf(stderr, "client %d was closed: %.*s\n", index, (int)size - 2, payload + 2); exit(1); }
    if (opcode == 1 && c->state == OPENED) {
        struct packet packet = connect_packet(index);
        send_frame(c->fd, 2, packet.data, packet.size);
        c->state = ASKED;
    } else if (opcode == 1) {
        send_frame(c->fd, 1, (const unsigned char *)"3", 1);
    } else {
        if (c->state == ASKED) {
            if (memmem(payload, size, "message", 7)) {
                fprintf(stderr, "client %d was refused: %.*s\n", index, (int)size, payload);
                exit(1);
            }
            c->state = LIVE;
            accepted++;
        }
        on_binary(c, head, payload, size);
    }
}

/* Returns the bytes used; the rest is an incomplete frame. */
static size_t frames(struct client *c, unsigned char *data, size_t size) {
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
        on_frame(c, data[at], data + at + head, length);
        at += head + length;
    }
    return at;
}

static void on_readable(struct client *c) {
    if (c->held) memcpy(input, c->buffer, c->held);
    ssize_t got = recv(c->fd, input + c->held, INPUT - c->held, 0);
    if (got < 0 && errno == EAGAIN) return;
    if (got <= 0) { fprintf(stderr, "client %ld was hung up on\n", (long)(c - clients)); exit(1); }
    if (raw_bytes) { on_raw(c, got); return; }
    size_t size = c->held + got, used = 0;
    if (c->state == HANDSHAKE) {
        unsigned char *end = memmem(input, size, "\r\n\r\n", 4);
        if (end) {
            if (memcmp(input, "HTTP/1.1 101", 12)) { fprintf(stderr, "%.*s\n", (int)size, input); exit(1); }
            used = end + 4 - input;
            c->state = OPENED;
        }
    }
    if (c->state != HANDSHAKE) used += frames(c, input + used, size - used);
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
static int serve(int timeout) {
    struct epoll_event events[512];
    int command = 0, ready = epoll_wait(epoll_fd, events, 512, timeout);
    for (int i = 0; i < ready; i++) {
        uint32_t index = events[i].data.u32;
        if (index == STDIN_MARK) command = 1;
        else if (clients[index].state == CONNECTING) upgrade(index);
        else if (clients[index].state) on_readable(&clients[index]);
    }
    return command;
}

static void open_up_to(int last, int at_once) {
    for (int opened = accepted; opened < last;) {
        int until = opened + at_once < last ? opened + at_once : last;
        for (; opened < until; opened++) open_client(opened);
        while (accepted < opened) serve(1000);
    }
}

static void begin(int to_port, int count) {
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    port = to_port;
    n = count;
    clients = calloc(n, sizeof *clients);
    input = malloc(INPUT);
    epoll_fd = epoll_create1(0);
}

/* Says "ready" and hands each line of stdin to `obey`, reading for the clients meanwhile; false: end. */
static int lines(int (*obey)(const char *line)) {
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = STDIN_MARK};
    if (epoll_ctl(epoll_fd, EPOLL_CTL_ADD, 0, &event)) die("stdin");
    printf("ready\n");
    fflush(stdout);
    char line[128];
    for (;;) {
        if (!serve(1000)) continue;
        ssize_t size = read(0, line, sizeof line - 1);
        if (size <= 0) return 0;
        line[size] = 0;
        if (!obey(line)) return 0;
        fflush(stdout);
    }
}
