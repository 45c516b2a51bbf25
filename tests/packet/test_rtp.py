"""RTP headers and their extensions, in and out."""

from hypothesis import given
from hypothesis import strategies as st

from rooms.media.packet.rtp import SILENCE, Names, extensions, is_rtcp, names, scan, stamp, unwrap
from tests.packet.packets import IDS, one_byte, rtp, two_byte


def test_payload_twcc_and_level_are_found_in_either_form_of_extension() -> None:
    values = ((4, b"\x8a"), (5, b"\x12\x34"), (6, b"abc"))
    for extension in (one_byte(*values), two_byte(*values)):
        data = rtp(1, 2, b"payload", extension=extension)
        found = scan(data, IDS)
        assert found is not None
        start, end, twcc, level = found
        assert (data[start:end], twcc, level) == (b"payload", 0x1234, 10)


def test_contributing_sources_and_padding_are_no_payload() -> None:
    data = rtp(1, 2, b"")
    data = bytes((0xA2,)) + data[1:] + b"csrccsrc" + b"payload" + b"\0\0\3"
    assert scan(data, IDS) == (20, 27, -1, SILENCE)


def test_padding_may_be_all_there_is() -> None:
    data = rtp(1, 2, b"\0\0\0\4")
    assert scan(bytes((0xA0,)) + data[1:], IDS) == (12, 12, -1, SILENCE)


def test_extension_id_15_ends_the_extensions() -> None:
    data = rtp(1, 2, b"x", extension=one_byte((15, b"a"), (5, b"\x12\x34")))
    found = scan(data, IDS)
    assert found is not None
    assert found[2] == -1
    assert extensions(data) == []


def test_an_extension_that_was_not_negotiated_is_not_taken_for_padding() -> None:
    data = rtp(1, 2, b"x", extension=one_byte((5, b"\x12\x34")))
    assert scan(data, IDS._replace(twcc=0)) == (20, 21, -1, SILENCE)


def test_first_packets_say_whose_they_are() -> None:
    for form in (one_byte, two_byte):
        data = rtp(1, 2, b"x", extension=form((1, b"0"), (2, b"h")))
        assert names(data, IDS) == Names("0", "h", "")
    data = rtp(1, 2, b"x", extension=one_byte((1, b"0"), (3, b"f")))
    assert names(data, IDS) == Names("0", "", "f")
    assert names(rtp(1, 2, b"x"), IDS) == Names("", "", "")


def test_a_retransmission_is_unwrapped_to_the_original() -> None:
    wrapped = rtp(9, 1234, b"\xff\xfepayload", pt=97, ssrc=78, mark=True, extension=one_byte((5, b"\0\1")))
    found = scan(wrapped, IDS)
    assert found is not None
    original = unwrap(wrapped, found[0], found[1], 77, 96)
    assert original == rtp(0xFFFE, 1234, b"payload", mark=True)


def test_a_retransmission_of_nothing_is_padding() -> None:
    wrapped = rtp(9, 1234, b"\xff\xfe", pt=97)
    assert unwrap(wrapped, 12, 14, 77, 96) is None


def test_rtcp_is_told_from_rtp_by_its_second_byte() -> None:
    assert is_rtcp(bytes((0x80, 200, 0, 0)))
    assert not is_rtcp(rtp(1, 2, b"", pt=63, mark=True))
    assert not is_rtcp(b"\x80")


def test_send_time_wraps_after_64_seconds() -> None:
    assert stamp(0.5) == 1 << 17
    assert stamp(64.5) == stamp(0.5)


@given(st.binary(max_size=120), st.booleans())
def test_no_bytes_break_the_readers(noise: bytes, like_rtp: bool) -> None:
    data = bytes((0x90,)) + noise if like_rtp else noise
    found = scan(data, IDS)
    names(data, IDS)
    extensions(data)
    if found is not None:
        start, end, twcc, level = found
        assert 12 <= start <= end <= len(data)
        assert -1 <= twcc <= 0xFFFF
        assert 0 <= level <= 127
        unwrap(data, start, end, 1, 2)


@given(st.lists(st.tuples(st.integers(1, 14), st.binary(min_size=1, max_size=16)), max_size=6))
def test_extensions_come_out_as_they_went_in(values: list[tuple[int, bytes]]) -> None:
    for form in (one_byte, two_byte):
        assert extensions(rtp(1, 2, b"x", extension=form(*values))) == values
