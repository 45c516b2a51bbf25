"""RTCP: what is written is read again, and no bytes break the reader."""

from struct import pack

from hypothesis import given
from hypothesis import strategies as st

from rooms.media.packet import rtcp
from rooms.media.packet.rtcp import (
    ASKED,
    Block,
    Bye,
    KeyRequest,
    Nack,
    ReceiverReport,
    Remb,
    SenderReport,
    parse,
)

words = st.integers(0, 0xFFFFFFFF)
blocks = st.builds(
    Block, words, st.integers(0, 255), st.integers(-0x800000, 0x7FFFFF), words, words, words, words
)


@given(words, st.lists(blocks, max_size=70))
def test_report_blocks_come_out_as_they_went_in(ssrc: int, some: list[Block]) -> None:
    said = parse(rtcp.receiver_report(ssrc, some))
    reports = [one for one in said if isinstance(one, ReceiverReport)]
    assert len(reports) == len(said) == max(1, -(-len(some) // 31))
    assert [block for one in reports for block in one.blocks] == some
    assert {one.ssrc for one in reports} == {ssrc}


@given(words, st.floats(0, 1e9), words, words, words)
def test_a_sender_report_comes_out_as_it_went_in(
    ssrc: int, now: float, ts: int, packets: int, octets: int
) -> None:
    [said] = parse(rtcp.sender_report(ssrc, now, ts, packets, octets))
    assert isinstance(said, SenderReport)
    assert (said.ssrc, said.ts, said.packets, said.octets, said.blocks) == (ssrc, ts, packets, octets, ())
    assert abs(said.ntp - rtcp.EPOCH - now) < 1e-5
    assert said.lsr == rtcp.ntp(now) >> 16 & 0xFFFFFFFF


@given(words, words, st.integers(0, 0xFFFF), st.lists(st.integers(1, 40), max_size=60))
def test_what_is_asked_for_comes_out_in_order(ssrc: int, media: int, first: int, steps: list[int]) -> None:
    seqs = [first]
    for step in steps:
        seqs.append(seqs[-1] + step & 0xFFFF)
    assert parse(rtcp.nack(ssrc, media, seqs)) == [Nack(media, seqs)]


@given(words, st.integers(0, (1 << 40)), st.lists(words, max_size=40))
def test_a_bandwidth_comes_out_rounded_down(ssrc: int, bitrate: int, medias: list[int]) -> None:
    [said] = parse(rtcp.remb(ssrc, bitrate, medias))
    assert isinstance(said, Remb)
    assert said.ssrcs == tuple(medias)
    assert bitrate * (1 - 2**-17) <= said.bitrate <= bitrate


def test_key_frames_are_asked_for_in_either_way() -> None:
    fir = pack(">BBHIIIB3x", 0x84, 206, 4, 1, 0, 7, 9)
    assert parse(rtcp.pli(1, 7) + fir) == [KeyRequest(7), KeyRequest(7)]


def test_goodbyes_name_streams() -> None:
    assert parse(rtcp.bye([1, 2, 3])) == [Bye((1, 2, 3))]
    reason = pack(">BBHIB3s", 0x81, 203, 2, 5, 3, b"bye")
    assert parse(reason) == [Bye((5,))]


def test_names_are_whole_words_and_end_with_zero() -> None:
    for name in ("", "a", "ab", "abc", "abcd", "摄像头"):
        data = rtcp.cname([1, 2], name)
        assert len(data) % 4 == 0
        assert data[:2] == bytes((0x82, 202))
        assert int.from_bytes(data[2:4], "big") * 4 + 4 == len(data)
        assert data.count(name.encode() + b"\0") == 2 or not name
        assert parse(data + rtcp.pli(1, 7)) == [KeyRequest(7)]


def test_padding_of_the_last_packet_is_no_sequence_number() -> None:
    plain = rtcp.nack(1, 7, [5])
    padded = bytes((plain[0] | 0x20, plain[1], 0, 4)) + plain[4:] + b"\0\0\0\4"
    assert parse(padded) == [Nack(7, [5])]


def test_after_a_broken_packet_nothing_is_believed() -> None:
    assert parse(rtcp.pli(1, 7) + b"\x81\xce\x00\x09" + rtcp.pli(1, 8)) == [KeyRequest(7)]
    assert parse(b"\x41" + rtcp.pli(1, 7)[1:]) == []


def test_round_trips_are_told_by_what_the_receiver_echoes() -> None:
    lsr = rtcp.ntp(100.0) >> 16 & 0xFFFFFFFF
    trip = rtcp.rtt(Block(1, 0, 0, 0, 0, lsr, 65_536), 101.25)
    assert trip is not None
    assert abs(trip - 0.25) < 1e-4
    assert rtcp.rtt(Block(1, 0, 0, 0, 0, 0, 0), 101.25) is None
    assert rtcp.rtt(Block(1, 0, 0, 0, 0, lsr, 65_536 * 2), 101.25) is None, "before it was sent"


def test_one_datagram_cannot_ask_for_more_than_a_history_holds() -> None:
    word = pack(">HH", 0, 0xFFFF)
    data = pack(">BBHII", 0x81, 205, 302, 1, 7) + word * 300
    said = parse(data * 3)
    assert sum(len(one.seqs) for one in said if isinstance(one, Nack)) <= ASKED


packets = st.one_of(
    st.binary(max_size=80),
    st.builds(
        lambda count, kind, body: (
            pack(">BBH", 0x80 | count, kind, len(body) // 4) + body[: len(body) // 4 * 4]
        ),
        st.integers(0, 63),
        st.sampled_from([200, 201, 202, 203, 204, 205, 206, 207]),
        st.binary(max_size=80),
    ),
)


@given(st.lists(packets, max_size=4))
def test_no_bytes_break_the_reader(parts: list[bytes]) -> None:
    for one in parse(b"".join(parts)):
        if isinstance(one, SenderReport | ReceiverReport):
            assert len(one.blocks) <= 31
            trips = [rtcp.rtt(block, 5.0) for block in one.blocks]
            assert all(trip is None or 0 <= trip < 60 for trip in trips)
        if isinstance(one, Nack):
            assert all(0 <= seq <= 0xFFFF for seq in one.seqs)
