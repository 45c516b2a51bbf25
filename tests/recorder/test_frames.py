"""Frames out of packets: in order, whole, from key frames on; and the time they belong to."""

import itertools
import random
import struct

from hypothesis import given
from hypothesis import strategies as st

from rooms.media.recorder.frames import Clock, Frame, pictures, size, sounds, unwrapped

KEY = bytes((0x10, 0, 0, 0x9D, 0x01, 0x2A, 0x80, 0x02, 0x68, 0x01))  # 640 × 360


def rtp(seq: int, ts: int, payload: bytes, marker: bool = False) -> bytes:
    head = struct.pack("!BBHII", 0x80, 96 | marker << 7, seq & 0xFFFF, ts & 0xFFFFFFFF, 1)
    return head + payload


def film(frames: int, first_seq: int, first_ts: int, parts: int = 3, key_every: int = 10) -> list[bytes]:
    """VP8 frames of some packets each; the data of frame n ends with n."""
    out = []
    seq = first_seq
    for n in range(frames):
        key = n % key_every == 0
        body = (KEY if key else b"\x11") + bytes((n,))
        for part in range(parts):
            descriptor = b"\x90\x80\x81\x01" if part == 0 else b"\x80\x80\x81\x01"
            out.append(
                rtp(seq, first_ts + n * 3000, descriptor + (body if part == 0 else b"-"), part == parts - 1)
            )
            seq += 1
    return out


def frames_of(packets: list[bytes]) -> list[Frame]:
    return list(pictures(unwrapped([(n * 1000, p) for n, p in enumerate(packets)])))


@given(st.integers(0, 0xFFFF), st.integers(0, 0xFFFFFFFF), st.integers(0, 1 << 30))
def test_order_and_repeats_of_the_network_do_not_matter(seq: int, ts: int, seed: int) -> None:
    sent = film(20, seq, ts)
    chance = random.Random(seed)
    arrived = sorted(range(len(sent)), key=lambda n: n + chance.random() * 6)
    mixed = [sent[n] for n in arrived] + [sent[-1]]
    found = frames_of(mixed)
    assert [frame.data for frame in found] == [frame.data for frame in frames_of(sent)]
    assert len(found) == 20
    assert [b.ts - a.ts for a, b in itertools.pairwise(found)] == [3000] * 19


@given(st.integers(0, 59))
def test_a_lost_packet_costs_pictures_up_to_the_next_key_frame(lost: int) -> None:
    sent = film(20, 65_500, 5)
    shown = [frame.data.rstrip(b"-")[-1] for frame in frames_of(sent[:lost] + sent[lost + 1 :])]
    hurt = lost // 3
    until = 10 if hurt < 10 else 20
    assert shown == [n for n in range(20) if n < hurt or n >= until]


def test_a_film_that_begins_between_key_frames_begins_at_the_next() -> None:
    found = frames_of(film(20, 0, 0)[9:])
    assert found[0].key
    assert size(found[0].data) == (640, 360)
    assert len(found) == 10


@given(st.lists(st.binary(max_size=40), max_size=30))
def test_any_packets_lead_to_no_exception(packets: list[bytes]) -> None:
    frames = frames_of(packets)
    assert len(frames) <= len(packets)
    assert all(frame.data for frame in sounds(unwrapped([(0, p) for p in packets])))


def test_time_follows_the_sender_not_the_jitter_of_the_network() -> None:
    clock = Clock(90_000, began=0)
    chance = random.Random(4)
    told = [
        clock.at(Frame(n * 3000, n * 33_333 + 50_000 + chance.randrange(30_000), b"x", True))
        for n in range(200)
    ]
    steps = [b - a for a, b in itertools.pairwise(told[50:])]
    assert 32 <= min(steps) <= max(steps) <= 34


def test_time_goes_on_with_the_arrivals_when_a_source_was_away() -> None:
    clock = Clock(48_000, began=0)
    assert clock.at(Frame(0, 0, b"x", True)) == 0
    assert clock.at(Frame(960, 10_000_000, b"x", True)) == 10_000


def test_time_never_runs_back() -> None:
    clock = Clock(90_000, began=0)
    times = [clock.at(Frame(ts, at, b"x", True)) for ts, at in ((0, 500_000), (3000, 400_000), (6000, 1000))]
    assert times == sorted(set(times))
