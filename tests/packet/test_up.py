"""A received stream: its order over wraps, its losses, its history, what is reported of it."""

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from rooms.media.packet.clock import Clock
from rooms.media.packet.missing import AGE, MOST, REORDERING, TRIES, Missing
from rooms.media.packet.up import EXT, HEAD, KEY, PID, REST, TID, TL0, Codec, Up
from tests.packet.packets import Sender, rtp, sound, take, taken


def opus(depth: int = 64) -> Up:
    return Up(9, 111, Codec.OPUS, 48_000, Clock(), depth)


def test_numbers_run_on_over_the_wrap() -> None:
    up = opus()
    exts = [packet[EXT] for seq in range(65_530, 65_545) if (packet := sound(up, seq, 0))]
    assert exts == list(range(exts[0], exts[0] + 15))
    assert up.lost == 0


@given(st.integers(0, 0xFFFF), st.integers(0))
def test_order_does_not_change_what_a_packet_is(first: int, seed: int) -> None:
    chance = Random(seed)
    order = list(range(200))
    for at in range(len(order) - 8):  # nothing comes more than a few places late
        other = at + chance.randrange(8)
        order[at], order[other] = order[other], order[at]
    up = opus(256)
    base = None
    for place in order:
        packet = sound(up, first + place, place * 960, bytes((place,)))
        assert packet is not None
        base = packet[EXT] - place if base is None else base
        assert packet[EXT] - base == place
        assert packet[REST] == bytes((place,))
    assert up.newest == (base or 0) + 199


def test_a_duplicate_is_dropped_and_counted_once() -> None:
    up = opus()
    assert sound(up, 5, 0)
    assert sound(up, 6, 0)
    assert sound(up, 5, 0) is None
    assert sound(up, 6, 0) is None
    assert up.packets == 2


def test_another_payload_type_is_not_this_stream() -> None:
    up = opus()
    assert take(up, rtp(1, 0, b"x", pt=110, ssrc=9)) is None
    assert up.newest == -1


def test_what_is_older_than_the_history_is_dropped() -> None:
    up = opus()
    for seq in range(100, 200):
        sound(up, seq, 0)
    assert sound(up, 99, 0) is None
    assert up.get(up.newest - 63) is not None
    assert up.get(up.newest - 64) is None


def test_one_wild_number_is_ignored_two_in_a_row_are_a_new_beginning() -> None:
    up = opus()
    before = sound(up, 100, 0)
    assert sound(up, 30_000, 0) is None
    after = sound(up, 101, 0)
    assert before is not None
    assert after is not None
    assert after[EXT] == before[EXT] + 1
    assert sound(up, 20_000, 0) is None
    again = sound(up, 20_001, 0)
    assert again is not None
    assert again[EXT] > after[EXT]
    assert up.nacks(1.0, 0.1) == ([], False), "nobody sent what lies between"
    assert up.lost == 0


def test_a_descriptor_is_read_and_its_short_picture_id_made_long() -> None:
    sender = Sender(short=True, pid=120)
    up = sender.up()
    pids = [taken(up, sender.frame())[0][PID] for _ in range(20)]
    assert pids == list(range(121, 141)), "does not wrap at 127"
    packet = taken(up, sender.frame(2, key=True, tid=2, sync=True))[0]
    assert packet[KEY]
    assert packet[HEAD] == 0x90F0
    assert packet[TL0] == sender.tl0
    assert packet[TID] == 2 | 0x80


def test_padding_keeps_its_number_and_has_no_payload() -> None:
    up = Sender().up()
    data = bytes((0xA0,)) + rtp(1, 0, b"\0\0\0\4")[1:]
    packet = take(up, data)
    assert packet is not None
    assert packet[REST] == b""
    assert not packet[KEY]


def test_an_h264_key_frame_begins_once() -> None:
    up = Up(1, 96, Codec.H264, 90_000, Clock())
    keys = []
    for seq, (ts, kind) in enumerate([(0, 0x67), (0, 0x68), (0, 0x65), (3000, 0x61), (6000, 0x65)]):
        packet = take(up, rtp(seq, ts, bytes((kind, 1)), ssrc=1))
        assert packet is not None
        keys.append(packet[KEY])
    assert keys == [True, False, False, False, True]


# ── losses ──


def test_a_gap_is_asked_for_until_it_closes() -> None:
    up = opus()
    sound(up, 65_534, 0, now=1.0)
    sound(up, 2, 0, now=1.0)
    assert up.nacks(1.0, 0.1) == ([], False), "reordering closes gaps, too"
    assert up.nacks(1.01, 0.1) == ([65_535, 0, 1], False)
    assert up.nacks(1.05, 0.1) == ([], False), "within a round trip"
    sound(up, 0, 0, now=1.1)
    assert up.nacks(1.2, 0.1) == ([65_535, 1], False)
    assert up.repaired == 1


def test_what_does_not_come_is_given_up_once() -> None:
    up = opus()
    sound(up, 1, 0, now=0.0)
    sound(up, 3, 0, now=0.0)
    asked, gone, now = 0, 0, 0.0
    while now < 3:
        now += 0.02
        seqs, given_up = up.nacks(now, 0.05)
        asked += len(seqs)
        gone += given_up
    assert 0 < asked <= TRIES
    assert gone == 1


def test_a_key_frame_makes_what_was_lost_before_it_unimportant() -> None:
    sender = Sender()
    up = sender.up()
    taken(up, sender.frame(key=True))
    sender.frame()
    taken(up, sender.frame())
    sender.frame()
    taken(up, sender.frame(key=True))
    assert up.nacks(0.1, 0.05) == ([], False)


def test_what_the_room_did_not_let_through_is_not_missing() -> None:
    for away in (2, 500, 30_000, 50_000):
        up = opus()
        sound(up, 65_500, 0)
        up.lull()
        packet = sound(up, 65_500 + away, 0, now=1.0)
        assert packet is not None
        assert up.nacks(2.0, 0.1) == ([], False)
        assert up.lost == 0
        sound(up, 65_503 + away, 0, now=3.0)
        assert len(up.nacks(4.0, 0.1)[0]) == 2, "but what is lost afterwards is"


def test_a_broken_stream_is_not_asked_for_packet_by_packet() -> None:
    missing = Missing()
    missing.gap(0, MOST + 1, 0.0)
    assert len(missing) == 0
    assert missing.due(1.0, 0.1) == ([], True)


@given(st.lists(st.tuples(st.integers(0, 0xFFFF), st.floats(0, 0.2)), max_size=300))
def test_nothing_grows_whatever_numbers_come(steps: list[tuple[int, float]]) -> None:
    up, now = opus(), 0.0
    for seq, passed in steps:
        now += passed
        sound(up, seq, 0, now=now)
        asked, _ = up.nacks(now, 0.1)
        assert len(asked) <= MOST
    assert len(up.nacks(now + REORDERING, AGE)[0]) <= MOST


# ── history ──


def test_a_late_joiner_gets_the_last_key_frame_and_all_since() -> None:
    sender = Sender()
    up = sender.up()
    taken(up, sender.frame(3, key=True), 1.0)
    taken(up, sender.frame(), 1.1)
    started = taken(up, sender.frame(2, key=True), 1.2) + taken(up, sender.frame(), 1.3)
    assert up.key_frame(1.5) == started
    assert up.key_frame(2.3) == [], "too long ago: the burst would be long"


def test_a_key_frame_with_a_hole_begins_nobody() -> None:
    sender = Sender()
    up = sender.up()
    first, second, third = sender.frame(3, key=True)
    taken(up, [first, third], 1.0)
    assert up.key_frame(1.1) == []
    taken(up, [second], 1.2)
    assert len(up.key_frame(1.3)) == 3


def test_a_key_frame_that_left_the_history_begins_nobody() -> None:
    sender = Sender()
    up = sender.up(depth=16)
    taken(up, sender.frame(key=True))
    for _ in range(16):
        taken(up, sender.frame())
    assert up.key_frame(0.0) == []


def test_followers_of_a_late_beginning_are_there() -> None:
    sender = Sender()
    up = sender.up()
    taken(up, sender.frame())
    first, second = sender.frame(2, key=True)
    taken(up, [second])
    packet = taken(up, [first])[0]
    assert [p[EXT] for p in up.since(packet[EXT])] == [packet[EXT], packet[EXT] + 1]


# ── reports ──


def test_loss_is_reported_for_the_interval_and_in_all() -> None:
    up = opus()
    for seq in (10, 11, 13, 14):
        sound(up, seq, 0)
    block = up.block(0.0)
    assert (block.ssrc, block.fraction, block.lost) == (9, 256 // 5, 1)
    assert block.highest == 14
    sound(up, 15, 0)
    block = up.block(1.0)
    assert (block.fraction, block.lost) == (0, 1)
    assert (block.lsr, block.dlsr) == (0, 0), "no sender report yet"


def test_the_highest_number_counts_its_wraps() -> None:
    up = opus()
    sound(up, 65_535, 0)
    sound(up, 0, 0)
    assert up.block(0.0).highest == 0x10000


def test_what_was_repaired_was_lost() -> None:
    up = opus()
    sound(up, 1, 0)
    sound(up, 3, 0)
    data = rtp(2, 0, b"x", pt=111, ssrc=9)
    assert up.receive(data, 12, len(data), 0.1, repaired=True)
    assert up.block(0.1).lost == 1


def test_jitter_is_nothing_on_time_and_grows_with_delay() -> None:
    up = opus()
    for at in range(100):
        sound(up, at, 0xFFFFFF00 + at * 960, now=at * 0.02)
    assert up.block(2.0).jitter <= 1, "also over the wrap of the timestamp"
    for at in range(100, 200):
        sound(up, at, 0xFFFFFF00 + at * 960, now=at * 0.02 + (at % 2) * 0.01)
    assert 400 < up.block(4.0).jitter < 500, "10 ms at 48 kHz"


def test_the_senders_clock_tells_when_a_picture_was_taken() -> None:
    up = opus()
    assert up.captured(0) is None
    up.report(1000.0, 0xFFFFFFFF - 47_999, 5.0)
    assert up.captured(0) == 1001.0
    assert up.at(1002.0) == 48_000
    assert up.timestamp(7.0) == 48_000
    block = up.block(5.5)
    assert (block.lsr, block.dlsr) == (1000 << 16, 1 << 15)


def test_without_reports_the_newest_packet_is_the_clock() -> None:
    up = opus()
    sound(up, 1, 48_000, now=3.0)
    assert up.timestamp(3.5) == 72_000


def test_a_sender_without_a_wall_clock_is_not_taken_at_its_word() -> None:
    up = opus()
    up.report(0.0, 1234, 5.0)
    assert up.captured(1234) is None


def test_bitrate_is_of_the_last_second() -> None:
    up = opus()
    up.tick(1.0)
    sound(up, 1, 0, b"x" * 1000)
    up.tick(2.0)
    assert up.bitrate == 8000
    up.tick(3.0)
    assert up.bitrate == 0


def test_a_clock_follows_the_least_delay_and_forgets_one_that_was_set() -> None:
    clock = Clock()
    for ntp, now in ((100.0, 5.3), (101.0, 6.1), (102.0, 7.4)):
        clock.learn(ntp, now)
    assert clock.offset is not None
    assert abs(clock.offset - (6.1 - 101.0)) < 0.01
    clock.learn(5000.0, 8.0)
    assert clock.offset == 8.0 - 5000.0
    clock.learn(100.0, 9.0)
    assert clock.offset == 9.0 - 100.0
