"""What a receiver is sent: one stream without seams, whatever is behind it."""

from itertools import pairwise
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from rooms.media.packet.clock import Clock
from rooms.media.packet.rtcp import SenderReport, parse
from rooms.media.packet.rtp import Ids, extensions, scan, unwrap
from rooms.media.packet.up import EXT, PID, Codec, Packet, Up
from tests.packet.packets import SEND_TIME, Sender, Sent, forward, read, rtp, slot, sound, take, taken


def begun(sender: Sender, up: Up, now: float = 0.0, **changed: int):  # type: ignore[no-untyped-def]
    """A slot that has been sent the sender's next key frame, and what it was sent."""
    rewriter = slot(**changed)
    packets = taken(up, sender.frame(2, key=True), now)
    rewriter.begin(up, packets[0], now)
    return rewriter, forward(rewriter, packets)


def test_a_packet_leaves_with_the_slots_numbers_and_its_own_content() -> None:
    sender = Sender()
    up = sender.up()
    rewriter, sent = begun(sender, up)
    first, second = map(read, sent)
    assert (first.pt, first.ssrc, first.seq, first.ts) == (100, 5000, 32_000, 0xFFFFFF00)
    assert (second.seq, second.ts, second.mark, first.mark) == (32_001, first.ts, True, False)
    assert [sender.made[one.picture] for one in (first, second)] == [1, 1]
    assert extensions(sent[0]) == [(SEND_TIME, b"\x12\x34\x56")]
    assert (rewriter.packets, rewriter.octets) == (2, 2 * len(b"p" + first.picture))


def test_without_send_time_no_extension_is_written() -> None:
    sender = Sender()
    _, sent = begun(sender, sender.up(), sent_id=0)
    assert sent[0][0] == 0x80
    assert sender.made[read(sent[0]).picture] == 1


def test_before_the_beginning_nothing_is_sent() -> None:
    sender = Sender()
    up = sender.up()
    early = taken(up, sender.frame())
    rewriter = slot()
    assert forward(rewriter, early) == []
    missed = sender.frame()
    packets = taken(up, sender.frame(key=True))
    rewriter.begin(up, packets[0], 0.0)
    assert len(forward(rewriter, packets)) == 1
    assert forward(rewriter, taken(up, missed)) == [], "it came late and has no number here"


def test_the_same_packet_is_not_sent_twice() -> None:
    sender = Sender()
    up = sender.up()
    rewriter, _ = begun(sender, up)
    packets = taken(up, sender.frame())
    assert len(forward(rewriter, packets * 2)) == 1


def test_a_gap_stays_a_gap_so_that_it_can_be_asked_for() -> None:
    sender = Sender()
    up = sender.up()
    rewriter, _ = begun(sender, up)
    lost = sender.frame()
    after = forward(rewriter, taken(up, sender.frame()))
    late = forward(rewriter, taken(up, lost))
    assert [read(data).seq for data in after + late] == [32_003, 32_002]
    assert read(late[0]).ts < read(after[0]).ts


def test_a_slot_moves_between_senders_without_a_seam() -> None:
    one, other = Sender(ssrc=1, seq=65_500), Sender(ssrc=2, seq=20, ts=5_000_000, pid=9, tl0=7)
    ups = {sender.ssrc: sender.up() for sender in (one, other)}
    rewriter = slot()
    sent: list[Sent] = []
    now = 0.0
    for turn in range(20):
        sender = (one, other)[turn % 2]
        up = ups[sender.ssrc]
        for at in range(5):
            now += 1 / 30
            packets = taken(up, sender.frame(2, key=at == 0), now)
            if at == 0:
                rewriter.begin(up, packets[0], now)
            sent += map(read, forward(rewriter, packets))
    seamless(sent)
    assert sent[0].seq == 32_000
    assert len(sent) == 200
    lasted = (sent[-1].ts - sent[0].ts) & 0xFFFFFFFF
    assert abs(lasted - 99 * 3000) < 100, "timestamps went on as time did"


def seamless(sent: list[Sent]) -> None:
    """In the order sent: every number is the one after, and every picture later than the one before."""
    for before, after in pairwise(sent):
        assert after.seq == before.seq + 1 & 0xFFFF
        same = after.ts == before.ts
        assert same or 0 < (after.ts - before.ts) & 0xFFFFFFFF < 0x80000000
        assert (after.pid == before.pid) is same, "two pictures are never one"
        assert after.pid == before.pid + (not same) & 0x7FFF
        assert after.tl0 == before.tl0 + (not same and after.tid == 0) & 0xFF


def layered(lead: int) -> tuple[Sender, Sender, Up, Up]:
    """Two layers of one camera; their timestamps start elsewhere and are `lead` ticks apart."""
    clock = Clock()
    low, high = Sender(ssrc=1, ts=0), Sender(ssrc=2, ts=0xFFFFFFFF - 1000, pid=5, tl0=5)
    lower, higher = low.up(clock), high.up(clock)
    lower.report(100.0, low.ts, 0.0)
    higher.report(100.0, high.ts + lead & 0xFFFFFFFF, 0.0)
    return low, high, lower, higher


def test_layers_are_aligned_by_the_senders_clock_not_by_arrival() -> None:
    low, high, lower, higher = layered(0)
    rewriter, sent = begun(low, lower, 0.1)
    start = read(sent[0]).ts
    sent = forward(rewriter, taken(lower, low.frame(), 0.14))
    high.ts = high.ts + 2 * 3000 & 0xFFFFFFFF
    packets = taken(higher, high.frame(key=True), 0.9)  # captured 33 ms later, a slow way
    rewriter.begin(higher, packets[0], 0.9)
    after = read(forward(rewriter, packets)[0])
    assert after.ts - start & 0xFFFFFFFF == 2 * 3000
    assert after.seq == read(sent[0]).seq + 1


def test_a_picture_taken_before_the_last_one_sent_still_comes_after_it() -> None:
    low, high, lower, higher = layered(3000)
    rewriter, sent = begun(low, lower, 0.1)
    packets = taken(higher, high.frame(key=True), 0.2)
    rewriter.begin(higher, packets[0], 0.2)
    after = forward(rewriter, packets)
    seamless(list(map(read, sent + after)))


def test_a_sender_report_that_cannot_be_does_not_move_a_slot_by_hours() -> None:
    low, high, lower, higher = layered(0)
    rewriter, sent = begun(low, lower, 0.1)
    higher.report(900_000.0, 5, 0.1)
    packets = taken(higher, high.frame(key=True), 0.2)
    rewriter.begin(higher, packets[0], 0.2)
    moved = read(forward(rewriter, packets)[0]).ts - read(sent[-1]).ts & 0xFFFFFFFF
    assert 0 < moved < 20 * 90_000


def test_a_late_joiner_catches_up_in_a_moment_and_is_then_on_time() -> None:
    sender = Sender()
    up = sender.up()
    rewriter, before = begun(sender, up, 1.0)
    rewriter.pause()
    for at in range(20):
        taken(up, sender.frame(2, key=at == 0), 1.5 + at / 30)
    caught = list(map(read, rewriter.catch_up(up, up.key_frame(2.2), 2.2, 0)))
    after = [read(data) for data in forward(rewriter, taken(up, sender.frame(), 2.2))]
    seamless([*map(read, before), *caught, *after])
    assert len(caught) == 40
    assert caught[-1].ts - caught[0].ts & 0xFFFFFFFF == 19 * 90, "a millisecond for each picture"
    assert after[0].ts - caught[-1].ts & 0xFFFFFFFF == 3000
    assert caught[-1].ts - read(before[-1]).ts & 0xFFFFFFFF == 20 * 3000, "the newest is when it was taken"
    for one in caught:
        again = repeated(rewriter, one.seq)
        assert again is not None
        assert read(again) == one


def test_the_first_slot_of_a_late_joiner_begins_with_its_first_number() -> None:
    sender = Sender()
    up = sender.up()
    taken(up, sender.frame(3, key=True) + sender.frame(), 1.0)
    caught = list(map(read, slot().catch_up(up, up.key_frame(1.0), 1.0, 0)))
    assert caught[0].seq == 32_000
    seamless(caught)


def test_an_extension_id_that_does_not_fit_is_not_written() -> None:
    sender = Sender()
    _, sent = begun(sender, sender.up(), sent_id=200)
    assert extensions(sent[0]) == []


def test_a_paused_slot_goes_on_where_it_was() -> None:
    sender = Sender()
    up = sender.up()
    rewriter, sent = begun(sender, up, 1.0)
    rewriter.pause()
    assert forward(rewriter, taken(up, sender.frame(), 1.1)) == []
    assert rewriter.sender_report(1.1) is None
    packets = taken(up, sender.frame(key=True), 1.2)
    rewriter.begin(up, packets[0], 1.2)
    after = forward(rewriter, packets)
    everything = list(map(read, sent + after))
    assert everything[-1].ts - everything[-2].ts & 0xFFFFFFFF == 6000
    assert [one.seq for one in everything] == [32_000, 32_001, 32_002]
    assert everything[-1].pid == everything[-2].pid + 1 & 0x7FFF


def test_padding_in_between_does_not_break_picture_ids() -> None:
    sender = Sender()
    up = sender.up()
    rewriter, sent = begun(sender, up, 1.0)
    sender.seq += 1
    padding = take(up, bytes((0xA0,)) + rtp(sender.seq, sender.ts, b"\0\0\0\4")[1:], 1.0)
    assert padding is not None
    empty = forward(rewriter, [padding])
    assert read(empty[0]).picture == b""
    other = Sender(ssrc=3, pid=77)
    theirs = other.up()
    packets = taken(theirs, other.frame(key=True), 1.1)
    rewriter.begin(theirs, packets[0], 1.1)
    after = read(forward(rewriter, packets)[0])
    assert after.pid == read(sent[-1]).pid + 1 & 0x7FFF
    assert after.seq == read(empty[0]).seq + 1


def test_a_sender_that_begins_anew_leaves_no_gap() -> None:
    sender = Sender()
    up = sender.up()
    rewriter, sent = begun(sender, up)
    sender.seq += 30_000
    assert take(up, sender.frame()[0]) is None
    after = forward(rewriter, taken(up, sender.frame()))
    assert read(after[0]).seq == read(sent[-1]).seq + 1


def test_sound_is_numbered_and_nothing_else() -> None:
    up = Up(9, 111, Codec.OPUS, 48_000, Clock(), 64)
    rewriter = slot(pt=109, rate=48_000)
    packets = [packet for seq in (65_535, 0, 1) if (packet := sound(up, seq, seq, b"sound"))]
    rewriter.begin(up, packets[0], 0.0)
    sent = [read(data, vp8=False) for data in forward(rewriter, packets)]
    assert [one.seq for one in sent] == [32_000, 32_001, 32_002]
    assert {one.picture for one in sent} == {b"sound"}


# ── repeats ──


def repeated(rewriter, seq: int, now: float = 1.0) -> bytes | None:  # type: ignore[no-untyped-def]
    """The packet inside the retransmission, as the receiver reads it."""
    data = rewriter.repeat(seq, now, 0.1, 0)
    if data is None:
        return None
    found = scan(data, Ids())
    assert found is not None
    assert (data[1] & 127, int.from_bytes(data[8:12], "big")) == (101, 5001)
    return unwrap(data, found[0], found[1], 5000, 100)


def test_a_repeat_is_the_packet_as_it_was_sent() -> None:
    sender = Sender()
    up = sender.up()
    rewriter, sent = begun(sender, up)
    for data in sent:
        again = repeated(rewriter, read(data).seq)
        assert again is not None
        assert read(again) == read(data)
    assert rewriter.repeats == 2


def test_repeats_have_numbers_of_their_own() -> None:
    sender = Sender()
    rewriter, _ = begun(sender, sender.up())
    seqs = [rewriter.repeat(seq, 1.0, 0.1, 0)[2:4] for seq in (32_000, 32_001)]
    assert int.from_bytes(seqs[1], "big") == int.from_bytes(seqs[0], "big") + 1


def test_a_repeat_is_not_repeated_within_a_round_trip() -> None:
    sender = Sender()
    rewriter, _ = begun(sender, sender.up())
    assert repeated(rewriter, 32_000, 1.0)
    assert repeated(rewriter, 32_000, 1.05) is None
    assert repeated(rewriter, 32_000, 1.2)


def test_what_was_never_sent_is_not_repeated() -> None:
    sender = Sender()
    rewriter, _ = begun(sender, sender.up())
    for seq in (31_999, 32_002, 0, 65_535):
        assert repeated(rewriter, seq) is None
    assert repeated(slot(), 32_000) is None


def test_a_repeat_after_a_switch_comes_from_the_source_before() -> None:
    one, other = Sender(ssrc=1), Sender(ssrc=2, pid=3, tl0=3)
    up, next_up = one.up(), other.up()
    rewriter, sent = begun(one, up)
    packets = taken(next_up, other.frame(key=True), 0.1)
    rewriter.begin(next_up, packets[0], 0.1)
    sent += forward(rewriter, packets)
    rewriter.pause()
    for data in sent:
        again = repeated(rewriter, read(data).seq)
        assert again is not None
        assert read(again) == read(data)


def test_without_rtx_a_repeat_equals_the_original_to_the_bit_or_is_none() -> None:
    sender = Sender()
    rewriter, sent = begun(sender, sender.up(), rtx_ssrc=0, rtx_pt=0, sent_id=0)
    assert rewriter.repeat(32_000, 1.0, 0.1, 99) == sent[0]
    rewriter, _ = begun(sender, sender.up(), rtx_ssrc=0, rtx_pt=0)
    assert rewriter.repeat(32_000, 1.0, 0.1, 99) is None


# ── temporal layers ──


def test_fewer_temporal_layers_leave_no_seam() -> None:
    sender = Sender(pid=32_760)
    up = sender.up()
    rewriter, sent = begun(sender, up)
    everything = list(map(read, sent))
    for at in range(40):
        if at == 10:
            rewriter.limit(0)
        if at == 30:
            rewriter.limit(3)
        tid = (0, 2, 1, 2)[at % 4]
        packets = taken(up, sender.frame(2, tid=tid, sync=at % 4 == 2))
        everything += map(read, forward(rewriter, packets))
    seamless(everything)
    shown = [sender.made[one.picture] for one in everything]
    assert shown[:22] == [1, 1] + [n for n in range(2, 12) for _ in range(2)]
    assert shown[22:].count(14) == 2, "layer 0 goes on"
    assert {tid for one, n in zip(everything, shown, strict=True) if 11 < n < 32 for tid in [one.tid]} == {0}
    assert {one.tid for one in everything[-8:]} == {0, 1, 2}


def test_a_picture_that_was_begun_is_finished() -> None:
    sender = Sender()
    up = sender.up()
    rewriter, _ = begun(sender, up)
    first, second = taken(up, sender.frame(2, tid=2))
    assert rewriter.forward(first, 0)
    rewriter.limit(0)
    assert rewriter.forward(second, 0)
    assert rewriter.forward(taken(up, sender.frame(tid=2))[0], 0) is None


# ── reports ──


def test_a_report_ties_the_slots_timestamps_to_the_senders_clock() -> None:
    sender = Sender(ts=0)
    up = sender.up()
    up.report(500.0, 0, 10.0)
    rewriter, sent = begun(sender, up, 10.0)
    data = rewriter.sender_report(11.0)
    assert data is not None
    [said] = parse(data)
    assert isinstance(said, SenderReport)
    assert (said.ssrc, said.packets) == (5000, 2)
    assert said.ts - read(sent[0]).ts & 0xFFFFFFFF == 90_000 - 3000, "the key frame was taken at tick 3000"


# ── laws, under loss, reordering and switches ──


@settings(max_examples=40, deadline=None)
@given(
    st.integers(0),
    st.integers(0, 0xFFFF),
    st.integers(0, 0xFFFFFFFF),
    st.integers(0, 0x7FFF),
    st.booleans(),
)
def test_whatever_the_network_does_a_number_stands_for_one_packet(
    seed: int, seq: int, ts: int, pid: int, short: bool
) -> None:
    chance = Random(seed)
    senders = [Sender(ssrc=n + 1, seq=seq + n * 999 & 0xFFFF, ts=ts, pid=pid, short=short) for n in range(3)]
    ups = [sender.up() for sender in senders]
    rewriter, current, now = slot(), 0, 0.0
    sent: dict[int, bytes] = {}
    pictures: dict[int, tuple[int, int]] = {}  # PictureID as sent → (source, its frame)
    order: list[Sent] = []
    waiting: list[bytes] = []
    switching = True

    def keep(one: Sent, data: bytes) -> None:
        assert one.seq not in sent, "a number is used once"
        sent[one.seq] = data
        frame = (current, senders[current].made[one.picture])
        assert pictures.setdefault(one.pid, frame) == frame, "a PictureID is one picture's"
        order.append(one)

    for _ in range(120):
        now += 0.033
        if chance.random() < 0.1:
            current, switching, waiting = chance.randrange(3), True, []
        if chance.random() < 0.1:
            rewriter.limit(chance.randrange(4))
        sender, up = senders[current], ups[current]
        if switching and chance.random() < 0.4:  # from what is remembered
            taken(up, [data for at in range(4) for data in sender.frame(2, key=at == 0)], now)
            for data in rewriter.catch_up(up, up.key_frame(now), now, 0):
                keep(read(data), data)
            switching = False
        tid = 0 if switching else chance.randrange(3)
        waiting += sender.frame(chance.randrange(1, 4), key=switching, tid=tid, sync=chance.random() < 0.2)
        if chance.random() < 0.2 and not switching:
            chance.shuffle(waiting)
            waiting = [data for data in waiting if chance.random() < 0.8]
        held = waiting[:1] if chance.random() < 0.2 and not switching else []
        for data in waiting[len(held) :] + waiting[:1] * (chance.random() < 0.1):
            packet: Packet | None = take(up, data, now)
            if packet is None:
                continue
            if switching:
                rewriter.begin(up, packet, now)
                switching = False
            out = rewriter.forward(packet, 0)
            if out is None:
                continue
            keep(read(out), out)
        waiting = held
    highest = max((one.seq for one in order), default=0)
    for one_seq, data in list(sent.items())[-100:]:
        if highest - one_seq > 400:
            continue
        again = repeated(rewriter, one_seq, now + 10)
        if again is not None:  # gone is allowed, different is not
            assert read(again) == read(data)


def test_spans_do_not_grow() -> None:
    sender = Sender()
    up = sender.up()
    rewriter, _ = begun(sender, up)
    rewriter.limit(0)
    for at in range(1000):
        forward(rewriter, taken(up, sender.frame(tid=at % 2 * 2)))
    assert repeated(rewriter, 32_000) is None
    assert up.last is not None
    assert up.last[EXT] > 1000
    assert up.last[PID] == sender.pid
