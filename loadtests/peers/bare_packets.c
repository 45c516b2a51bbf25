/* bare_packets: the cheapest possible forwarder of datagrams, as the peer to measure against: what the kernel costs.
 *
 * A datagram "R" makes its sender a receiver. Any other goes as it is to every receiver but who sent it: as many as
 * there are with recvmmsg, up to BATCH with one sendmmsg. No encryption, no rewriting, no memory, nothing counted.
 * Prints its port, on 127.0.0.1.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum { COMING = 32, BATCH = 64, LONGEST = 2048, MOST = 1024 };

static int port, receivers, used;
static struct sockaddr_in names[MOST], from[COMING];
static char slab[COMING][LONGEST];
static struct iovec parts[COMING];
static struct mmsghdr coming[COMING], leaving[BATCH];

static void die(const char *what) { perror(what); exit(1); }

static void flush(void) {
    for (int at = 0; at < used;) {
        int sent = sendmmsg(port, leaving + at, used - at, 0);
        at += sent > 0 ? sent : 1;
    }
    used = 0;
}

static void forward(int which) {
    parts[which].iov_len = coming[which].msg_len;
    for (int to = 0; to < receivers; to++) {
        if (names[to].sin_port == from[which].sin_port) continue;
        struct msghdr *head = &leaving[used].msg_hdr;
        head->msg_name = &names[to];
        head->msg_namelen = sizeof names[to];
        head->msg_iov = &parts[which];
        head->msg_iovlen = 1;
        if (++used == BATCH) flush();
    }
}

static int read_some(void) {
    for (int at = 0; at < COMING; at++) {
        parts[at] = (struct iovec){slab[at], LONGEST};
        coming[at].msg_hdr = (struct msghdr){
            .msg_name = &from[at], .msg_namelen = sizeof from[at], .msg_iov = &parts[at], .msg_iovlen = 1};
    }
    int came = recvmmsg(port, coming, COMING, MSG_DONTWAIT, NULL);
    for (int at = 0; at < came; at++) {
        if (coming[at].msg_len != 1) forward(at);
        else if (slab[at][0] == 'R' && receivers < MOST) names[receivers++] = from[at];
    }
    flush();
    return came == COMING;
}

int main(void) {
    int many = 4 << 20;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    port = socket(AF_INET, SOCK_DGRAM, 0);
    setsockopt(port, SOL_SOCKET, SO_RCVBUF, &many, sizeof many);
    setsockopt(port, SOL_SOCKET, SO_SNDBUF, &many, sizeof many);
    if (bind(port, (struct sockaddr *)&address, length)) die("bind");
    getsockname(port, (struct sockaddr *)&address, &length);
    printf("%d\n", ntohs(address.sin_port));
    fflush(stdout);
    for (struct pollfd ready = {.fd = port, .events = POLLIN}; poll(&ready, 1, -1) >= 0;)
        while (read_some()) {}
    return 1;
}
