"""What passes at a tap: recorders outlive their servers, so a byte never changes its meaning."""

from rooms import tap


def test_the_datagrams_are_what_older_processes_read() -> None:
    kinds = (tap.RTP, tap.REPORT, tap.BOUND, tap.KEY, tap.WATCHED, tap.BYE, tap.ALIVE, tap.END)
    assert kinds == (0, 1, 2, 3, 4, 5, 6, 9)
    assert (tap.OPUS, tap.VP8, tap.H264) == (111, 96, 102)
    assert ([*tap.VOICES], tap.STAGE, tap.SHARE) == ([0, 1, 2, 3, 4, 5], 6, 7)
    assert tap.datagram(tap.RTP, 6, b"packet") == b"\0\6packet"
    assert tap.worker_end("/run/t1") == "/run/t1.worker"


def test_who_is_behind_a_slot_is_read_and_noise_is_nobody() -> None:
    said = b"\x83\xa6source\xa3ann\xa4kind\xa6screen\xa5codec\xa3vp8"
    assert tap.bound(said) == tap.Bound("ann", "screen", "vp8")
    assert tap.bound(b"\x81\xa6source\xa0") == tap.Bound("")
    assert tap.bound(b"\xff noise") is None
