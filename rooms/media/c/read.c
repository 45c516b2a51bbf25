/* RTP headers and VP8 payload descriptors: `rtp.scan` and `vp8.read`, byte for byte. */
#include "lane.h"

enum { SILENCE = 127 };

/* RFC 8285 section 4.3: two-byte elements. */
static void two_byte(const uint8_t *data, Py_ssize_t at, Py_ssize_t end, int twcc, int level, Found *found) {
    while (at + 1 < end) {
        int tag = data[at];
        if (tag == 0) {
            at++;
            continue;
        }
        int length = data[at + 1];
        at += 2;
        if (at + length > end)
            return;
        if (tag == twcc && length == 2)
            found->twcc = data[at] << 8 | data[at + 1];
        else if (tag == level && length > 0)
            found->level = data[at] & 127;
        at += length;
    }
}

/* RFC 8285 section 4.2: one-byte elements. */
static void one_byte(const uint8_t *data, Py_ssize_t at, Py_ssize_t end, int twcc, int level, Found *found) {
    while (at < end) {
        int byte = data[at];
        if (byte == 0) {
            at++;
            continue;
        }
        int tag = byte >> 4;
        if (tag == 15)
            return;
        if (tag == twcc) {
            if ((byte & 15) == 1 && at + 2 < end)
                found->twcc = data[at + 1] << 8 | data[at + 2];
        } else if (tag == level && at + 1 < end)
            found->level = data[at + 1] & 127;
        at += 2 + (byte & 15);
    }
}

/* 0: it is no RTP packet. */
int read_rtp(const uint8_t *data, Py_ssize_t size, int want_twcc, int want_level, Found *found) {
    if (size < 12 || (data[0] & 0xC0) != 0x80)
        return 0;
    Py_ssize_t start = 12 + (data[0] & 15) * 4, end = size;
    found->twcc = -1;
    found->level = SILENCE;
    if (data[0] & 0x20) {
        if (data[size - 1] == 0)
            return 0;
        end -= data[size - 1];
    }
    if (data[0] & 0x10) {
        if (start + 4 > end)
            return 0;
        int profile = data[start] << 8 | data[start + 1];
        Py_ssize_t at = start + 4;
        start = at + (data[start + 2] << 8 | data[start + 3]) * 4;
        if (start > end)
            return 0;
        if (profile == 0xBEDE)
            one_byte(data, at, start, want_twcc, want_level, found);
        else if ((profile & 0xFFF0) == 0x1000)
            two_byte(data, at, start, want_twcc, want_level, found);
    }
    found->start = start;
    found->end = end;
    return start <= end;
}

/* RFC 7741 section 4.2. `size`: of `data`, which may be longer than `end`. */
void read_vp8(const uint8_t *data, Py_ssize_t size, Py_ssize_t start, Py_ssize_t end, Descriptor *found) {
    const Descriptor plain = {-1, 0, 0, -1, 0, 0, start};
    *found = plain;
    if (start >= size)
        return;
    int first = data[start], starts = (first & 0x17) == 0x10;
    if (!(first & 0x80)) {
        found->key = starts && start + 1 < end && !(data[start + 1] & 1);
        return;
    }
    if (start + 1 >= size)
        return;
    int flags = data[start + 1], pid = -1, is_short = 0, tl0 = -1, tid = 0;
    Py_ssize_t cut = start + 2;
    if (flags & 0x80) {
        if (cut >= size)
            return;
        pid = data[cut++];
        if (pid & 0x80) {
            if (cut >= size)
                return;
            pid = (pid & 0x7F) << 8 | data[cut++];
        } else
            is_short = 1;
    }
    Py_ssize_t at = cut;
    if (flags & 0x40) {
        if (cut >= size)
            return;
        tl0 = data[cut++];
        at = cut;
    }
    if (flags & 0x30) {
        if (flags & 0x20) {
            if (cut >= size)
                return;
            tid = data[cut] >> 6 | (data[cut] & 0x20) << 2;
        }
        cut++;
    }
    if (cut >= end) /* no byte of the picture itself */
        return;
    found->key = starts && !(data[cut] & 1);
    if (pid < 0)
        return;
    found->head = first << 8 | flags;
    found->pid = pid;
    found->is_short = is_short;
    found->tl0 = tl0;
    found->tid = tid;
    found->at = at;
}
