"""The frame parser keeps the law of RFC 6455 wherever the bytes are cut."""

from __future__ import annotations

from contextlib import suppress
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.wire.sockets import frames
from tests.wire.sockets.peer import masked

LIMIT = 70_000

keys = st.binary(min_size=4, max_size=4)
binaries = st.binary(max_size=300) | st.integers(0, LIMIT).map(bytes)
texts = st.text(max_size=100).map(str.encode)
controls = st.tuples(st.sampled_from([frames.PING, frames.PONG]), st.binary(max_size=125))
messages = st.lists(
    st.tuples(st.just(frames.BINARY), binaries) | st.tuples(st.just(frames.TEXT), texts) | controls,
    max_size=6,
)


def parse(stream: bytes, cuts: list[int]) -> list[tuple[int, bytes]]:
    parser = frames.FrameParser(LIMIT)
    found: list[tuple[int, bytes]] = []
    edges = [0, *sorted(cut % (len(stream) + 1) for cut in cuts), len(stream)]
    for begin, end in pairwise(edges):
        found += parser.feed(stream[begin:end])
    assert parser.pending == 0
    return found


@given(messages, keys, st.lists(st.integers(0, 2**20), max_size=12))
def test_a_stream_cut_anywhere_gives_the_same_messages(
    sent: list[tuple[int, bytes]], key: bytes, cuts: list[int]
) -> None:
    stream = b"".join(masked(opcode, payload, key=key) for opcode, payload in sent)
    assert parse(stream, cuts) == sent


@given(
    st.binary(max_size=200),
    st.lists(st.integers(0, 200), max_size=5),
    controls,
    st.lists(st.integers(0, 2000), max_size=8),
)
def test_fragments_are_joined_and_control_frames_pass_between_them(
    payload: bytes, splits: list[int], control: tuple[int, bytes], cuts: list[int]
) -> None:
    edges = [0, *sorted(min(split, len(payload)) for split in splits), len(payload)]
    parts = [payload[begin:end] for begin, end in pairwise(edges)]
    stream = masked(frames.BINARY, parts[0], final=len(parts) == 1)
    for index, part in enumerate(parts[1:], start=2):
        stream += masked(*control) + masked(frames.CONTINUATION, part, final=index == len(parts))
    assert parse(stream, cuts) == [control] * (len(parts) - 1) + [(frames.BINARY, payload)]


@given(st.binary(max_size=400), st.integers(1, 50))
def test_random_bytes_end_in_messages_or_a_frame_error(stream: bytes, step: int) -> None:
    parser = frames.FrameParser(100)
    pending = []
    with suppress(frames.FrameError):
        for begin in range(0, len(stream), step):
            parser.feed(stream[begin : begin + step])
            pending.append(parser.pending)
    assert max(pending, default=0) <= 2 * (100 + 14)


@pytest.mark.parametrize(
    ("stream", "code"),
    [
        (b"\x82\x00", frames.PROTOCOL_ERROR),
        (b"\xc2\x80", frames.PROTOCOL_ERROR),
        (b"\x83\x80", frames.PROTOCOL_ERROR),
        (b"\x09\x80", frames.PROTOCOL_ERROR),
        (b"\x89\xfe", frames.PROTOCOL_ERROR),
        (b"\x80\x80", frames.PROTOCOL_ERROR),
        (masked(2, b"a", final=False) + masked(2, b"b"), frames.PROTOCOL_ERROR),
        (b"\x82\xfe\x00\x7d", frames.PROTOCOL_ERROR),
        (b"\x82\xff" + (65535).to_bytes(8, "big"), frames.PROTOCOL_ERROR),
        (b"\x82\xff" + b"\xff" * 8, frames.PROTOCOL_ERROR),
        (b"\x82\xff" + (LIMIT + 1).to_bytes(8, "big"), frames.TOO_BIG),
        (masked(2, bytes(LIMIT), final=False) + masked(0, b"x"), frames.TOO_BIG),
        (masked(1, b"\xff\xfe"), frames.INVALID_TEXT),
        (masked(8, b"\x03"), frames.PROTOCOL_ERROR),
        (masked(8, (1005).to_bytes(2, "big")), frames.PROTOCOL_ERROR),
        (masked(8, (1000).to_bytes(2, "big") + b"\xff"), frames.INVALID_TEXT),
    ],
)
def test_a_frame_against_the_rules_is_refused_with_its_close_code(stream: bytes, code: int) -> None:
    with pytest.raises(frames.FrameError) as caught:
        frames.FrameParser(LIMIT).feed(stream)
    assert caught.value.code == code


@pytest.mark.parametrize("size", [0, 125, 126, 65535, 65536])
def test_what_the_server_frames_carries_its_length(size: int) -> None:
    frame = frames.encode(frames.BINARY, bytes(size))
    head = 2 if size < 126 else 4 if size < 65536 else 10
    assert len(frame) == head + size
    assert frame[1] == (size if size < 126 else 126 if size < 65536 else 127)
