"""What a receiver's network carries, and who gets it."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from rooms.media.packet.allocate import (
    AGAIN_FIRST,
    PAUSED,
    TRIAL,
    VOICE,
    Allocator,
    Layer,
    Want,
    usual,
)
from rooms.media.packet.bandwidth import LEAST, Downlink
from rooms.media.packet.rtcp import Block, ntp

CAMERA = (Layer(180, 120_000), Layer(360, 450_000), Layer(720, 1_700_000))
SCREEN = (Layer(1080, 800_000),)
SPENT = 1e9  # a time at which the first trial has been and failed


def settled(now: float = SPENT) -> Allocator:
    """An allocator that will try nothing for a while."""
    allocator = Allocator()
    allocator.choose([Want("x", 0, 720, CAMERA)], 100_000, 0, 0.0, now - 1)
    allocator.choose([Want("x", 0, 720, CAMERA)], 100_000, 0, 0.5, now - 1)
    assert not allocator.trying
    return allocator


def test_the_layer_fits_the_height_it_is_drawn_at() -> None:
    for height, layer in ((90, 0), (200, 0), (240, 1), (440, 1), (500, 2), (2000, 2)):
        assert Allocator().choose([Want("a", 0, height, CAMERA)], 10**7, 0, 0.0, 0.0) == {"a": layer}


def test_a_window_dragged_a_little_smaller_keeps_its_layer() -> None:
    allocator = Allocator()
    chosen = [
        allocator.choose([Want("a", 0, height, CAMERA)], 10**7, 0, 0.0, 0.0)["a"]
        for height in (500, 400, 440, 400, 350, 400, 500)
    ]
    assert chosen == [2, 2, 2, 2, 1, 1, 2]


def test_sound_comes_first() -> None:
    wants = [Want("a", 0, 180, CAMERA)]
    assert settled().choose(wants, 150_000, 0, 0.0, SPENT) == {"a": 0}
    assert settled().choose(wants, 150_000, 3, 0.0, SPENT) == {"a": PAUSED}
    assert settled().choose(wants, VOICE, 3, 0.0, SPENT) == {"a": PAUSED}


def test_the_stage_comes_before_pinned_before_thumbnails() -> None:
    wants = [Want("thumb", 2, 180, CAMERA), Want("pin", 1, 720, CAMERA), Want("stage", 0, 720, CAMERA)]
    chosen = {
        budget: settled().choose(wants, budget, 0, 0.0, SPENT) for budget in (200_000, 2_000_000, 2_400_000)
    }
    assert chosen[200_000] == {"stage": 0, "pin": PAUSED, "thumb": PAUSED}
    assert (
        chosen[2_000_000] == {"stage": 2, "pin": PAUSED, "thumb": PAUSED} or chosen[2_000_000]["stage"] == 2
    )
    assert chosen[2_400_000] == {"stage": 2, "pin": 1, "thumb": PAUSED}


def test_every_thumbnail_is_shown_before_any_is_better() -> None:
    wants = [Want(str(n), 2, 360, CAMERA) for n in range(4)]
    chosen = settled().choose(wants, 1_000_000, 0, 0.0, SPENT)
    assert sorted(chosen.values()) == [0, 0, 0, 1]


def test_a_small_dip_takes_nothing_away_and_a_small_rise_gives_nothing() -> None:
    allocator = settled()
    want = [Want("a", 0, 720, CAMERA)]
    assert allocator.choose(want, 2_000_000, 0, 0.05, SPENT) == {"a": 2}
    assert allocator.choose(want, 1_600_000, 0, 0.05, SPENT) == {"a": 2}
    assert allocator.choose(want, 1_500_000, 0, 0.05, SPENT) == {"a": 1}
    assert allocator.choose(want, 1_750_000, 0, 0.05, SPENT) == {"a": 1}


def test_a_layer_its_sender_does_not_bring_is_not_chosen() -> None:
    gone = (CAMERA[0], CAMERA[1], CAMERA[2]._replace(alive=False))
    assert Allocator().choose([Want("a", 0, 720, gone)], 10**7, 0, 0.0, 0.0) == {"a": 1}
    only = (CAMERA[0]._replace(alive=False), CAMERA[1], CAMERA[2])
    assert Allocator().choose([Want("a", 0, 90, only)], 10**7, 0, 0.0, 0.0) == {"a": 1}
    none = tuple(layer._replace(alive=False) for layer in CAMERA)
    assert Allocator().choose([Want("a", 0, 720, none)], 10**7, 0, 0.0, 0.0) == {"a": 0}


def test_a_layer_that_is_not_sent_costs_what_is_usual() -> None:
    unsent = (CAMERA[0], Layer(360, 0))
    want = [Want("a", 0, 360, unsent)]
    assert settled().choose(want, usual(360), 0, 0.0, SPENT) == {"a": 0}
    assert settled().choose(want, usual(360) * 2, 0, 0.0, SPENT) == {"a": 1}


def test_a_still_screen_is_not_free() -> None:
    still = (Layer(1080, 1000),)
    assert settled().choose([Want("s", 0, 1080, still)], 200_000, 0, 0.0, SPENT) == {"s": PAUSED}


# ── trials ──


def run(allocator: Allocator, estimate: int, loss: float, start: float, lasts: float) -> list[int]:
    want = [Want("a", 0, 720, CAMERA)]
    return [allocator.choose(want, estimate, 0, loss, start + at / 5)["a"] for at in range(int(lasts * 5))]


def test_an_estimate_that_does_not_grow_is_tried_and_what_is_carried_is_kept() -> None:
    chosen = run(Allocator(), 300_000, 0.0, 0.0, 20.0)
    assert chosen[0] == 1, "the first step is tried at once"
    assert chosen == sorted(chosen), "one step after another"
    assert chosen[-1] == 2


def test_loss_ends_a_trial_at_once_and_the_next_comes_later() -> None:
    allocator = Allocator()
    assert run(allocator, 300_000, 0.0, 0.0, 0.2) == [1]
    assert run(allocator, 300_000, 0.2, 0.2, 1.0) == [0] * 5
    assert set(run(allocator, 300_000, 0.0, 1.2, AGAIN_FIRST - 1.5)) == {0}
    assert 1 in run(allocator, 300_000, 0.0, AGAIN_FIRST, 1.0)


def test_a_trial_waits_for_its_source_to_begin() -> None:
    allocator = Allocator()
    unsent = [Want("a", 0, 360, (CAMERA[0], Layer(360, 0)))]
    sent = [Want("a", 0, 360, CAMERA[:2])]
    for at in range(20):
        assert allocator.choose(unsent, 200_000, 0, 0.0, at / 5) == {"a": 1}
    assert allocator.trying, "longer than a trial lasts"
    for at in range(20, 20 + int(TRIAL * 5) - 1):
        assert allocator.choose(sent, 200_000, 0, 0.0, at / 5) == {"a": 1}
        assert allocator.trying
    assert allocator.choose(sent, 200_000, 0, 0.0, 8.0) == {"a": 1}
    assert not allocator.trying


def test_where_a_share_is_always_lost_the_first_picture_is_tried_and_no_better_one() -> None:
    allocator = settled()
    want = [Want("a", 0, 720, CAMERA)]
    now = SPENT + AGAIN_FIRST
    assert allocator.choose(want, 50_000, 1, 0.05, now) == {"a": 0}
    assert allocator.trying
    steps = [(0.07, TRIAL), (0.05, TRIAL + 60), (0.15, TRIAL + 61)]
    layers = [allocator.choose(want, 50_000, 1, loss, now + later)["a"] for loss, later in steps]
    assert layers == [0, 0, PAUSED]


def test_trials_that_fail_become_rare() -> None:
    allocator, began = Allocator(), []
    for at in range(3000):
        now = at / 10
        estimate = 300_000 if not allocator.trying else 200_000  # falls whenever more is sent
        before = allocator.trying
        allocator.choose([Want("a", 0, 720, CAMERA)], estimate, 0, 0.0, now)
        if allocator.trying and not before:
            began.append(now)
    gaps = [after - before for before, after in pairwise(began)]
    assert len(began) < 12
    assert gaps == sorted(gaps)


def test_what_was_proven_is_believed_until_the_network_says_otherwise() -> None:
    allocator = Allocator()
    assert run(allocator, 300_000, 0.0, 0.0, 3 * TRIAL + 5)[-1] == 2
    assert run(allocator, 300_000, 0.0, 20.0, 5.0)[-1] == 2
    assert run(allocator, 250_000, 0.0, 25.0, 0.2) == [0]


heights = st.sampled_from([0, 90, 180, 360, 720, 1080])
layer = st.builds(Layer, st.sampled_from([180, 360, 720]), st.integers(0, 3_000_000), st.booleans())
want = st.builds(
    Want, st.uuids().map(str), st.integers(0, 2), heights, st.lists(layer, min_size=1, max_size=3).map(tuple)
)


@given(
    st.lists(st.tuples(st.lists(want, max_size=8), st.integers(0, 5_000_000), st.floats(0, 1)), max_size=6),
    st.integers(0, 6),
)
def test_no_more_is_given_than_there_is(turns: list[tuple[list[Want], int, float]], voices: int) -> None:
    allocator, now = Allocator(), 0.0
    for wants, estimate, loss in turns:
        now += 1
        chosen = allocator.choose(wants, estimate, voices, max(loss, 0.12), now)  # too lossy for trials
        assert chosen.keys() == {want.slot for want in wants}
        spent = sum(want.layers[at].bitrate for want in wants if (at := chosen[want.slot]) >= 0)
        assert spent <= max(0, estimate - voices * VOICE) * 1.1
        for want in wants:
            assert PAUSED <= chosen[want.slot] < len(want.layers)


# ── the estimate ──


def test_a_low_remb_says_nothing_while_little_is_sent() -> None:
    downlink = Downlink(start=1_500_000)
    downlink.sent(100_000, 0.0)
    for at, bitrate in enumerate((140_000, 150_000, 150_000)):
        downlink.remb(bitrate, float(at))
    assert downlink.estimate == 1_500_000


def test_a_remb_below_what_is_sent_is_taken_at_its_word_once_it_falls() -> None:
    downlink = Downlink()
    downlink.sent(1_400_000, 0.0)
    downlink.remb(600_000, 0.1)
    assert downlink.estimate == 1_500_000
    downlink.remb(590_000, 0.2)
    assert downlink.estimate == 590_000
    downlink.sent(500_000, 1.0)
    downlink.remb(800_000, 1.1)
    assert downlink.estimate == 800_000


def test_a_remb_that_falls_is_congestion() -> None:
    downlink = Downlink()
    downlink.remb(1_000_000, 0.0)
    downlink.remb(850_000, 0.1)
    assert downlink.estimate == 850_000


def test_loss_lowers_the_estimate_and_its_end_raises_it_slowly() -> None:
    downlink = Downlink()
    downlink.sent(1_000_000, 0.0)
    downlink.report(0.3, 0.05, 0.0)
    low = downlink.estimate
    assert low == int(1_200_000 * 0.85)
    downlink.report(0.3, 0.05, 0.1)
    assert downlink.estimate == low, "what was done about it has not been reported on yet"
    for at in range(1, 60):
        downlink.report(0.0, 0.05, float(at))
    assert low < downlink.estimate <= 2_000_000
    assert downlink.loss < 0.01


def test_one_packet_of_a_thumbnail_is_no_loss_of_the_network() -> None:
    downlink = Downlink()
    for at in range(10):
        for ssrc, each in ((1, 300), (2, 5)):
            lost = at if ssrc == 2 else 0
            downlink.heard([Block(ssrc, 51, lost, at * each, 0, 0, 0)], float(at))
    assert downlink.estimate >= 1_500_000
    assert 0 < downlink.loss < 0.01


def test_a_burst_among_few_packets_is_no_narrow_network() -> None:
    """Sound alone is fifty packets a second: four lost in a row are no tenth of them."""
    downlink = Downlink()
    lost = 0
    for second in range(1, 60):
        downlink.sent(50_000, second)
        lost += 4 if second % 2 else 1
        downlink.heard([Block(1, 0, lost, second * 50, 0, 0, 0)], float(second))
    assert downlink.estimate == 1_500_000


def test_a_network_that_loses_a_steady_share_carries_a_small_picture_again() -> None:
    downlink = Downlink()
    downlink.sent(60_000, 0.0)
    downlink.report(0.3, None, 1.0)
    assert downlink.estimate < 70_000
    for second in range(2, 60):
        downlink.report(0.05, None, float(second))
    assert downlink.estimate == 300_000


def test_round_trips_are_smoothed_from_the_first_on() -> None:
    downlink = Downlink()
    for now, trip in ((100.0, 0.4), (101.0, 0.2)):
        sent = ntp(now - trip) >> 16 & 0xFFFFFFFF
        downlink.heard([Block(1, 0, 0, 0, 0, sent, 0)], now)
    assert 0.37 < downlink.rtt < 0.38


def test_a_little_loss_changes_nothing() -> None:
    downlink = Downlink()
    for at in range(10):
        downlink.report(0.05, None, float(at))
    assert downlink.estimate == 1_500_000


@given(st.lists(st.tuples(st.integers(0, 1 << 45), st.floats(0, 1), st.floats(0, 60)), max_size=50))
def test_an_estimate_stays_within_its_bounds(steps: list[tuple[int, float, float]]) -> None:
    downlink, now = Downlink(most=5_000_000), 0.0
    for at, (bitrate, fraction, passed) in enumerate(steps):
        now += passed
        downlink.remb(bitrate, now)
        downlink.report(fraction, passed or None, now)
        downlink.sent(bitrate if at % 2 else 0, now)
        assert LEAST <= downlink.estimate <= 5_000_000
        assert 0 <= downlink.loss <= 1
        assert downlink.rtt >= 0
