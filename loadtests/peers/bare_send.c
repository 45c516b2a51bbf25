/* bare_send: the cheapest possible fan-out, as the peer to measure against.
 *
 * Accepts raw TCP connections (sink --raw). The first byte ever received on a connection makes it the trigger; each
 * further byte received there means: send one message of BYTES bytes to every other connection with one send() each.
 * No framing, no protocol, no queues. Usage: bare_send BYTES; prints the port.
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
#include <unistd.h>

static int fds[100000], count;

static void die(const char *what) { perror(what); exit(1); }

static void accept_all(int listener, int epoll) {
    for (;;) {
        int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
        if (fd < 0) return;
        int one = 1;
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
        if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event)) die("epoll_ctl");
        fds[count++] = fd;
    }
}

static void fan_out(int trigger, const char *message, size_t size) {
    for (int i = 0; i < count; i++)
        if (fds[i] != trigger && send(fds[i], message, size, MSG_NOSIGNAL) != (ssize_t)size)
            fprintf(stderr, "short send: %s\n", strerror(errno));
}

int main(int argc, char **argv) {
    size_t size = argc > 1 ? strtoul(argv[1], NULL, 10) : 200;
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    char *message = malloc(size);
    memset(message, 'x', size);
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    if (bind(listener, (struct sockaddr *)&address, length) || listen(listener, 4096)) die("listen");
    getsockname(listener, (struct sockaddr *)&address, &length);
    printf("%d\n", ntohs(address.sin_port));
    fflush(stdout);
    int epoll = epoll_create1(0), trigger = -1;
    struct epoll_event event = {.events = EPOLLIN, .data.fd = listener};
    epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event);
    for (;;) {
        struct epoll_event events[256];
        int ready = epoll_wait(epoll, events, 256, -1);
        for (int i = 0; i < ready; i++) {
            int fd = events[i].data.fd;
            char bytes[256];
            if (fd == listener) { accept_all(listener, epoll); continue; }
            ssize_t got = recv(fd, bytes, sizeof bytes, 0);
            if (got == 0 || (got < 0 && errno != EAGAIN)) return 0;
            if (got > 0 && trigger < 0) { trigger = fd; continue; }
            for (ssize_t n = 0; n < got; n++) fan_out(trigger, message, size);
        }
    }
}
