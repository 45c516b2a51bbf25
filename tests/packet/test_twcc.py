"""Transport-wide feedback, read back as a browser reads it."""

from struct import unpack_from

from hypothesis import given
from hypothesis import strategies as st

from rooms.media.packet.twcc import Arrivals


def read(data: bytes) -> tuple[dict[int, float], int]:
    """Arrival in seconds by 16-bit number, and the feedback's own count."""
    assert len(data) % 4 == 0
    first, kind, size, _, _, base, count = unpack_from(">BBHIIHH", data)
    assert (first & 0xDF, kind, size * 4 + 4) == (0x8F, 205, len(data))
    reference = int.from_bytes(data[16:19], "big", signed=True)
    end = len(data) - data[-1] if first & 0x20 else len(data)
    at = 20
    symbols: list[int] = []
    while len(symbols) < count:
        chunk = unpack_from(">H", data, at)[0]
        at += 2
        if not chunk & 0x8000:
            symbols += [chunk >> 13 & 3] * (chunk & 0x1FFF)
        elif chunk & 0x4000:
            symbols += [chunk >> shift & 3 for shift in range(12, -1, -2)]
        else:
            symbols += [chunk >> shift & 1 for shift in range(13, -1, -1)]
    came: dict[int, float] = {}
    time = reference * 256
    for place, symbol in enumerate(symbols[:count]):
        if symbol == 1:
            time += data[at]
            at += 1
        elif symbol == 2:
            time += unpack_from(">h", data, at)[0]
            at += 2
        if symbol:
            came[base + place & 0xFFFF] = time / 4000
    assert at == end
    return came, data[19]


def test_a_feedback_as_the_draft_lays_it_out() -> None:
    arrivals = Arrivals()
    arrivals.note(65_535, 6.4)
    arrivals.note(1, 6.401)
    [data] = arrivals.feedback(1, 2)
    head = "8fcd00050000000100000002"
    # From number 65535 three; 100 x 64 ms; a vector: came, lost, came; 0 and 4 ticks later.
    assert data.hex() == head + "ffff000300006400a8000004"


def test_losses_between_two_feedbacks_are_in_the_second() -> None:
    arrivals = Arrivals()
    arrivals.note(10, 1.0)
    arrivals.feedback(1, 2)
    arrivals.note(13, 1.1)
    [data] = arrivals.feedback(1, 2)
    assert unpack_from(">HH", data, 12) == (11, 3)
    assert list(read(data)[0]) == [13]


def test_what_comes_late_is_reported_late() -> None:
    arrivals = Arrivals()
    for seq in (10, 12):
        arrivals.note(seq, 1.0)
    arrivals.feedback(1, 2)
    arrivals.note(11, 1.1)
    arrivals.note(13, 1.1)
    [data] = arrivals.feedback(1, 2)
    assert list(read(data)[0]) == [11, 13]
    arrivals.note(14, 1.2)
    [data] = arrivals.feedback(1, 2)
    assert unpack_from(">HH", data, 12) == (14, 1)


def test_silence_is_not_reported() -> None:
    assert Arrivals().feedback(1, 2) == []


def test_a_repeated_number_counts_once_as_of_its_first_arrival() -> None:
    arrivals = Arrivals()
    arrivals.note(1, 1.0)
    arrivals.note(1, 2.0)
    [data] = arrivals.feedback(1, 2)
    assert read(data)[0] == {1: 1.0}


steps = st.lists(
    st.tuples(
        st.one_of(st.integers(1, 3), st.integers(1, 2000), st.integers(-5, -1)),
        st.one_of(st.floats(0, 0.05), st.floats(0, 20)),
        st.booleans(),
    ),
    max_size=300,
)


@given(st.integers(0, 0xFFFF), st.floats(0, 1e6), steps)
def test_every_arrival_is_told_within_a_tick(
    first: int, start: float, steps: list[tuple[int, float, bool]]
) -> None:
    arrivals, seq, now = Arrivals(), first, start
    came: dict[int, float] = {}
    told: dict[int, float] = {}
    counts = []
    fresh: set[int] = set()

    def report() -> None:
        fresh.clear()
        for data in arrivals.feedback(1, 2):
            assert len(data) < 1200
            got, count = read(data)
            told.update(got)
            counts.append(count)

    for step, passed, flush in steps:
        seq, now = seq + step & 0xFFFF, now + passed
        if seq not in fresh:
            came[seq] = now
        fresh.add(seq)
        arrivals.note(seq, now)
        if flush:
            report()
    report()
    assert told.keys() == came.keys()
    for number, at in came.items():
        # 24 bits of 64 ms: the time wraps, differences count
        wrap = 0.064 * (1 << 24)
        apart = abs(told[number] - at) % wrap
        assert min(apart, wrap - apart) < 0.0003
    assert counts == [n & 0xFF for n in range(len(counts))]


class WorkedOut(Arrivals):
    """Without the short way."""

    def _ordinary(self, ssrc: int, media: int, came: dict[int, float]) -> bytes | None:
        return None


runs = st.lists(
    st.tuples(
        st.integers(1, 40),
        st.sampled_from([0.0, 0.0001, 0.001, 0.02, 0.06, 0.07]),
        st.sampled_from([1, 1, 1, 1, 2, -1]),
    ),
    max_size=12,
)


@given(st.integers(0xFF00, 0xFFFF), st.floats(0, 1e6), runs)
def test_the_short_way_writes_the_same_bytes(
    first: int, start: float, runs: list[tuple[int, float, int]]
) -> None:
    short, long = Arrivals(), WorkedOut()
    seq, now = first, start
    for many, apart, step in runs:
        seq += step
        for _ in range(many):
            for arrivals in (short, long):
                arrivals.note(seq & 0xFFFF, now)
            seq, now = seq + 1, now + apart
        seq -= 1
        assert short.feedback(1, 2) == long.feedback(1, 2)


def test_the_ordinary_report_goes_the_short_way() -> None:
    arrivals = Arrivals()
    for report in range(3):
        came = {100 + report * 30 + at: 1.0 + report + at / 1000 for at in range(30)}
        assert arrivals._ordinary(1, 2, came) is not None
