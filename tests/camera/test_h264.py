"""Packetising H.264: what goes in comes out whole, in order, in packets that fit."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rooms.media.camera.h264 import AUD, IDR, LARGEST, PPS, SPS, Packetizer, Unreadable, parameter_sets

SPS_NAL = bytes((0x67, 0x42, 0xE0, 0x1F, 0x96, 0x54))
PPS_NAL = bytes((0x68, 0xCE, 0x3C, 0x80))


def nal(type: int, size: int) -> bytes:
    """A NAL unit without a start code inside and without a trailing zero."""
    return bytes((0x60 | type,)) + bytes(1 + n % 250 for n in range(size - 1))


def record(*nals: bytes) -> bytes:
    """An AVCDecoderConfigurationRecord with 4-byte lengths."""
    sps = [n for n in nals if n[0] & 0x1F == SPS]
    pps = [n for n in nals if n[0] & 0x1F == PPS]
    parts = [bytes((1, 0x42, 0xE0, 0x1F, 0xFF, 0xE0 | len(sps)))]
    parts += [len(n).to_bytes(2, "big") + n for n in sps]
    parts += [bytes((len(pps),))] + [len(n).to_bytes(2, "big") + n for n in pps]
    return b"".join(parts)


def depacketised(payloads: list[bytes]) -> list[bytes]:
    """A receiver after RFC 6184: the NAL units of some payloads."""
    found: list[bytes] = []
    open_fragment: bytearray | None = None
    for payload in payloads:
        type = payload[0] & 0x1F
        if type == 24:
            at = 1
            while at < len(payload):
                size = int.from_bytes(payload[at : at + 2], "big")
                found.append(payload[at + 2 : at + 2 + size])
                at += 2 + size
        elif type == 28:
            if payload[1] & 0x80:
                open_fragment = bytearray(((payload[0] & 0xE0) | (payload[1] & 0x1F),))
            assert open_fragment is not None, "a fragment without its first"
            open_fragment += payload[2:]
            if payload[1] & 0x40:
                found.append(bytes(open_fragment))
                open_fragment = None
        else:
            found.append(payload)
    assert open_fragment is None, "a fragment without its last"
    return found


NALS = st.lists(
    st.tuples(st.sampled_from([1, 5, 6]), st.integers(min_value=2, max_value=5_000)).map(lambda t: nal(*t)),
    min_size=1,
    max_size=8,
)


@given(NALS)
def test_what_goes_in_comes_out_in_order_and_fits(nals: list[bytes]) -> None:
    unit = b"".join(b"\x00\x00\x00\x01" + n for n in nals)
    payloads, key = Packetizer().payloads(unit)
    assert depacketised(payloads) == nals
    assert max(map(len, payloads)) <= LARGEST
    assert key == any(n[0] & 0x1F == IDR for n in nals)


@given(NALS)
def test_both_forms_of_a_container_give_the_same_packets(nals: list[bytes]) -> None:
    with_starts = b"".join(b"\x00\x00\x01" + n for n in nals)
    with_lengths = b"".join(len(n).to_bytes(4, "big") + n for n in nals)
    plain = Packetizer(b"\x00\x00\x01" + SPS_NAL + b"\x00\x00\x01" + PPS_NAL).payloads(with_starts)
    assert Packetizer(record(SPS_NAL, PPS_NAL)).payloads(with_lengths) == plain


def test_every_key_frame_brings_its_parameter_sets() -> None:
    packets = Packetizer(record(SPS_NAL, PPS_NAL))
    idr = nal(IDR, 100)
    payloads, key = packets.payloads(len(idr).to_bytes(4, "big") + idr)
    assert key
    assert depacketised(payloads) == [SPS_NAL, PPS_NAL, idr]


def test_parameter_sets_in_the_stream_replace_those_before() -> None:
    packets = Packetizer(b"\x00\x00\x01" + SPS_NAL + b"\x00\x00\x01" + PPS_NAL)
    newer = SPS_NAL + b"\x07"
    idr = nal(IDR, 50)
    payloads, _ = packets.payloads(b"\x00\x00\x01" + newer + b"\x00\x00\x01" + idr)
    assert depacketised(payloads) == [newer, PPS_NAL, idr]


def test_delimiters_are_left_out() -> None:
    slice = nal(1, 40)
    payloads, _ = Packetizer().payloads(b"\x00\x00\x01" + bytes((AUD, 0xF0)) + b"\x00\x00\x01" + slice)
    assert depacketised(payloads) == [slice]


@given(st.binary(max_size=200), st.binary(max_size=600))
def test_no_bytes_lead_to_another_exception(extradata: bytes, unit: bytes) -> None:
    try:
        payloads, _ = Packetizer(extradata).payloads(unit)
    except Unreadable:
        return
    assert all(0 < len(p) <= LARGEST for p in payloads)


def test_a_cut_record_is_refused() -> None:
    whole = record(SPS_NAL, PPS_NAL)
    with pytest.raises(Unreadable):
        parameter_sets(whole[:-2])
