/* Reads what came for many synthetic peers, counts the media and keeps the rest for Python; see media_ear.py.
 *
 * A packet in Python costs the load as much as it costs a fast server, and both share the machine.
 */
#define _GNU_SOURCE
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

enum { AT_ONCE = 32, LONGEST = 2048, HEAD = 4 };

struct stream {
    uint32_t ssrc; /* 0: none */
    int32_t last;  /* sequence number, -1: nothing yet */
    int64_t came, lost;
    int32_t waits; /* 1: its packets are kept, too */
};

static uint8_t room[AT_ONCE][LONGEST];

static int keep(uint8_t *kept, int used, int whose, const uint8_t *data, int size) {
    kept[used] = whose >> 8;
    kept[used + 1] = whose;
    kept[used + 2] = size >> 8;
    kept[used + 3] = size;
    memcpy(kept + used + HEAD, data, size);
    return used + HEAD + size;
}

/* Whether it is media that needs nobody's attention. */
static int counted(struct stream *streams, int each, const uint8_t *data, int size) {
    if (size < 12 || data[0] < 128 || data[0] > 191 || (data[1] >= 192 && data[1] <= 223))
        return 0;
    uint32_t ssrc = (uint32_t)data[8] << 24 | data[9] << 16 | data[10] << 8 | data[11];
    for (int at = 0; at < each; at++) {
        struct stream *stream = streams + at;
        if (stream->ssrc != ssrc)
            continue;
        int seq = data[2] << 8 | data[3];
        if (stream->last >= 0)
            stream->lost += (int16_t)(uint16_t)(seq - stream->last - 1);
        stream->last = seq;
        stream->came++;
        return !stream->waits;
    }
    return 1; /* a repeat, or nobody's */
}

/* `descriptors` of `peers`, -1: none; `streams`: `each` per peer. Answers the bytes of `kept` used. */
int drain(int peers, const int *descriptors, int each, struct stream *streams, uint8_t *kept, int kept_size) {
    struct iovec parts[AT_ONCE];
    struct mmsghdr heads[AT_ONCE];
    int used = 0;
    memset(heads, 0, sizeof heads);
    for (int at = 0; at < AT_ONCE; at++) {
        parts[at].iov_base = room[at];
        parts[at].iov_len = LONGEST;
        heads[at].msg_hdr.msg_iov = parts + at;
        heads[at].msg_hdr.msg_iovlen = 1;
    }
    for (int whose = 0; whose < peers; whose++) {
        if (descriptors[whose] < 0)
            continue;
        for (;;) {
            if (used + AT_ONCE * (HEAD + LONGEST) > kept_size)
                return used;
            int came = recvmmsg(descriptors[whose], heads, AT_ONCE, MSG_DONTWAIT, NULL);
            for (int at = 0; at < came; at++) {
                int size = heads[at].msg_len;
                if (size && !counted(streams + whose * each, each, room[at], size))
                    used = keep(kept, used, whose, room[at], size);
            }
            if (came < AT_ONCE)
                break;
        }
    }
    return used;
}
