"""VP8 descriptors of every shape, and key frames of both codecs."""

from hypothesis import given
from hypothesis import strategies as st

from rooms.media.packet.h264 import starts_key
from rooms.media.packet.vp8 import SYNC, read

KEY, DELTA = b"\x10\x02\x00", b"\x11\x02\x00"


def test_the_long_form_is_read() -> None:
    data = bytes((0x90, 0xF0, 0x92, 0x34, 7, 2 << 6 | 0x20)) + DELTA
    head, pid, short, tl0, tid, key, at = read(data, 0, len(data))
    assert (head, pid, short, tl0, tid, key) == (0x90F0, 0x1234, False, 7, 2 | SYNC, False)
    assert data[at:] == data[5:], "the byte of temporal layer and key index goes on as it is"


def test_the_short_form_is_read() -> None:
    data = bytes((0x90, 0x80, 0x34)) + KEY
    assert read(data, 0, len(data)) == (0x9080, 0x34, True, -1, 0, True, 3)


def test_without_picture_id_nothing_is_rewritten() -> None:
    assert read(b"\x10" + KEY, 0, 4) == (-1, 0, False, -1, 0, True, 0)
    assert read(b"\x00" + KEY, 0, 4)[5] is False, "not the first packet"
    data = bytes((0x90, 0x20, 1 << 6)) + KEY
    assert read(data, 0, len(data)) == (-1, 0, False, -1, 0, True, 0)


def test_only_the_first_partition_begins_a_key_frame() -> None:
    for first, begins in ((0x10, True), (0x11, False), (0x00, False), (0x30, True)):
        data = bytes((first,)) + KEY
        assert read(data, 0, len(data))[5] is begins


def test_a_descriptor_that_is_cut_off_is_plain() -> None:
    whole = bytes((0x90, 0xF0, 0x92, 0x34, 7, 2 << 6)) + KEY
    for size in range(7):
        assert read(whole[:size], 0, size)[0] == -1
        assert read(whole, 0, size)[0] == -1, "what follows is not this packet's"


@given(st.binary(max_size=24), st.integers(0, 4), st.integers(0, 24))
def test_no_bytes_break_the_reader(data: bytes, start: int, end: int) -> None:
    end = min(end, len(data))
    start = min(start, end)
    head, pid, _, tl0, tid, _, at = read(data, start, end)
    assert -1 <= head <= 0xFFFF
    assert 0 <= pid <= 0x7FFF
    assert -1 <= tl0 <= 0xFF
    assert tid & ~(SYNC | 3) == 0
    assert start <= at <= end
    starts_key(data, start, end)


def test_h264_begins_at_parameter_sets_or_a_picture_without_them() -> None:
    def starts(*data: int) -> bool:
        return starts_key(bytes(data), 0, len(data))

    assert starts(0x67)
    assert starts(0x65)
    assert not starts(0x61)
    assert starts(0x78, 0, 1, 0x67, 0, 1, 0x68), "aggregated"
    assert not starts(0x78, 0, 1, 0x61, 0, 1, 0x41)
    assert starts(0x7C, 0x85), "first fragment"
    assert not starts(0x7C, 0x05)
    assert not starts(0x7C, 0x81)
    assert not starts()
