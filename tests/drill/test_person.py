"""The laws of a simulated person, on any delivery they could see."""

from hypothesis import given
from hypothesis import strategies as st

from clients.drill import told
from clients.drill.counting import grown
from clients.drill.job import Job, Post
from clients.drill.mind import StationMind, person_of
from clients.drill.network import network_of
from clients.drill.person import Person
from clients.drill.seen import AT_WORK, OVER, UNREAD, Duty, Seen
from clients.drill.track import REACH_M

NOW = 1_700_000_000_000
UNIT = "v1"
STEPS = ("issued", "delivered", "acknowledged", "accepted", "relayed", "reported", "completed", "verified")
POSTS = {
    "town_desk": "town",
    "department_desk": "department",
    "village_desk": "village",
    "field": "team",
}

seeds = st.text(st.characters(codec="ascii"), max_size=8)
posts = st.sampled_from(sorted(POSTS))
orders = st.builds(
    told.Order,
    title=st.sampled_from(("转移人员", "海塘巡查", "清点", "预降内河水位", "检查地下空间")),
    text=st.just("立即落实。"),
    priority=st.sampled_from(("flash", "urgent", "normal")),
    clocks=st.just({"acknowledge": 60}),
    relay=st.sampled_from(("none", "optional", "required")),
    fields=st.just(
        [
            told.Field("moved", "已转移人数", "人"),
            told.Field("left", "待转移人数", "人"),
            told.Field("x", "其他"),
        ]
    ),
)


@st.composite
def commands(draw: st.DrawFn) -> told.Command:
    return told.Command(
        id="c1",
        order=draw(orders),
        issuer="d",
        issued_at=NOW,
        version=draw(st.integers(1, 3)),
        recalled=draw(st.none() | st.just("有误")),
        closed_at=draw(st.none() | st.just(NOW)),
    )


duties = st.builds(
    Duty,
    command=st.just("c1"),
    unit=st.just(UNIT),
    step=st.sampled_from((*STEPS, "declined", "reassigned", "recalled")),
    since=st.integers(NOW, NOW + 10_000_000),
    version=st.integers(0, 3),
    reports=st.integers(0, 8),
    sent_back=st.integers(0, 2),
    urged=st.integers(0, 2),
    escalated=st.booleans(),
)


def someone(seed: str, post: str) -> Person:
    station = Post("t", "amy", UNIT, POSTS[post], post, 121.3, 30.8)
    return person_of(Job(url="", log="l", stations=[station], seed=seed or "s"), station)


def sight(command: told.Command, duty: Duty) -> Seen:
    units = {
        UNIT: told.Unit(UNIT, "village", "海村", "海村", "t1"),
        "team": told.Unit("team", "team", "队", "队", UNIT),
    }
    return Seen("amy", UNIT, units, commands={"c1": command}, duties={"c1": {UNIT: duty}})


def asked(seed: str, post: str, command: told.Command, duty: Duty, now: int = NOW) -> str:
    """What the person would ask for, the delivery confirmed before; "" for nothing."""
    seen, mind, done = sight(command, duty), StationMind(someone(seed, post)), {"confirm c1"}
    stage = mind.stage(seen, ("c1", UNIT), done)
    deed = mind.deed(seen, ("c1", UNIT), stage, now) if stage else None
    return "" if deed is None else str(deed.do["type"])


@given(seeds, posts, commands(), duties)
def test_nothing_is_done_about_a_delivery_that_is_over(
    seed: str, post: str, command: told.Command, duty: Duty
) -> None:
    if command.over or duty.step in OVER:
        assert asked(seed, post, command, duty) == ""


@given(seeds, posts, commands(), duties)
def test_the_first_thing_a_person_does_is_to_acknowledge(
    seed: str, post: str, command: told.Command, duty: Duty
) -> None:
    if duty.step in UNREAD:
        assert asked(seed, post, command, duty) in ("", "AcknowledgeCommand")


@given(seeds, posts, commands(), duties)
def test_an_amended_order_is_acknowledged_again_before_anything_else(
    seed: str, post: str, command: told.Command, duty: Duty
) -> None:
    if not command.over and duty.step in AT_WORK and duty.version != command.version:
        assert asked(seed, post, command, duty) == "AcknowledgeCommand"


@given(seeds, posts, commands(), duties)
def test_who_was_escalated_to_a_superior_does_not_stay_silent(
    seed: str, post: str, command: told.Command, duty: Duty
) -> None:
    duty.escalated = True
    if not command.over and duty.step in UNREAD:
        assert asked(seed, post, command, duty) == "AcknowledgeCommand"


@given(seeds, posts, commands(), duties)
def test_the_same_seed_does_the_same_at_the_same_time(
    seed: str, post: str, command: told.Command, duty: Duty
) -> None:
    def deed() -> object:
        seen, mind = sight(command, duty), StationMind(someone(seed, post))
        stage = mind.stage(seen, ("c1", UNIT), ())
        return stage and mind.deed(seen, ("c1", UNIT), stage, NOW)

    assert deed() == deed()


@given(seeds, posts, commands(), duties)
def test_nothing_is_done_before_it_was_seen(seed: str, post: str, command: told.Command, duty: Duty) -> None:
    seen, mind = sight(command, duty), StationMind(someone(seed, post))
    stage = mind.stage(seen, ("c1", UNIT), ())
    deed = mind.deed(seen, ("c1", UNIT), stage, NOW) if stage else None
    assert deed is None or deed.at > duty.since


@given(seeds, posts, commands(), st.floats(0.1, 1.0), st.floats(0.1, 1.0))
def test_counts_grow_and_what_is_left_shrinks(
    seed: str, post: str, command: told.Command, one: float, other: float
) -> None:
    person = someone(seed, post)
    before, after = grown(person, command, min(one, other)), grown(person, command, max(one, other))
    assert before["moved"] <= after["moved"]
    assert before["left"] >= after["left"]
    assert grown(person, command, 1.0)["left"] == 0


@given(seeds, st.integers(NOW, NOW + 100_000_000))
def test_a_team_stays_about_its_home(seed: str, now: int) -> None:
    home = someone(seed, "field").home
    position = home.at(now)
    assert abs(position["lat"] - home.lat) * 111_320 <= REACH_M + 1
    assert abs(position["lon"] - home.lon) * 111_320 <= REACH_M * 1.3


@given(seeds, st.integers(NOW, NOW + 100_000_000))
def test_a_team_does_not_jump(seed: str, now: int) -> None:
    home = someone(seed, "field").home
    here, there = home.at(now), home.at(now + 1000)
    moved = abs(here["lat"] - there["lat"]) + abs(here["lon"] - there["lon"])
    assert moved * 111_320 < 30  # metres in a second


@given(seeds, posts)
def test_a_good_network_never_drops_and_loses_nothing(seed: str, post: str) -> None:
    network = network_of(someone(seed, post))
    drops = network.next_drop()
    assert (drops is not None) is network.bad
    if not network.bad:
        assert not any(network.swallows() for _ in range(20))
