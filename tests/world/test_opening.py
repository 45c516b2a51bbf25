"""Law: deliveries opened in one go are what they would be one after the other."""

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as some

from server.domain import command as c
from server.engine.entry import GENESIS
from server.engine.inbox import Pending
from server.engine.journal import Head
from server.engine.turn import take_turn
from tests.world.builders import TREE, District, canonical, order

LIMITS = some.none() | some.sampled_from([10, 300, 86_400])
CLOCKS = some.builds(c.Clocks, acknowledge=LIMITS, accept=LIMITS, report=LIMITS, complete=LIMITS)


@settings(max_examples=50, deadline=None)
@given(units=some.sets(some.sampled_from(sorted(TREE)), min_size=1), clocks=CLOCKS)
def test_an_order_to_many_is_what_it_would_be_one_by_one(units: set[str], clocks: c.Clocks) -> None:
    what = msgspec.structs.replace(order(), clocks=clocks)
    action = c.IssueCommand(order=what, to=c.Addressing(units=sorted(units)))
    one_by_one, together = District(), District()
    one_by_one.ask("commander", action, "cmd")
    expected = one_by_one.log[-1]
    head = Head("epoch", together.state.seq, GENESIS, together.now)
    asked = Pending("cmd", "commander", action, lambda answer: None)
    (told,) = take_turn(together.world, head, together.now, [asked], {}).published
    assert told.events == expected.bodies
    assert told.audiences == expected.audiences
    assert canonical(together.state) == canonical(one_by_one.state)
    assert sorted(together.world.rings) == sorted(one_by_one.world.rings)
    assert together.world.topics_of == one_by_one.world.topics_of
