"""What holds of every proposal, whatever the board."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from resources.inventory import unfit
from resources.sourcing import solver
from resources.sourcing.greedy import nearest_first
from resources.sourcing.program import Depth, Program, program_of, ways_to
from resources.sourcing.proposal import Cause, Proposal, ProposedLine, Reason
from resources.sourcing.propose import optimal, propose
from resources.sourcing.reading import open_needs, supply
from resources.sourcing.solver import solve
from resources.state import Board, NeedPriority
from tests.resources.sourcing.boards import NOW, UNITS, boards, shuffled, stock

LAW = settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
LIFE = NeedPriority.LIFESAVING


def given_to(proposal: Proposal, request: str) -> int:
    return sum(line.quantity for line in proposal.lines if line.request == request)


def left_of(board: Board, proposal: Proposal) -> dict[str, int]:
    """What stays of every resource that is fit."""
    left = {r.id: 0 if unfit(r, NOW) else r.stock.free for r in board.resources.values()}
    for line in proposal.lines:
        left[line.resource] -= line.quantity
    return left


def pools(board: Board, left: dict[str, int]) -> dict[tuple[str, str, str], tuple[int, int]]:
    """What is left and the minimum, by kind, owner and depot."""
    found: dict[tuple[str, str, str], tuple[int, int]] = {}
    for r in board.resources.values():
        key = (r.facts.kind, r.facts.owner, r.facts.depot)
        had, minimum = found.get(key, (0, 0))
        found[key] = (had + left[r.id], max(minimum, r.facts.minimum))
    return found


@LAW
@given(boards())
def test_nothing_is_proposed_that_is_not_there(board: Board) -> None:
    for solved in (optimal, nearest_first):
        assert min(left_of(board, propose(board, UNITS, NOW, solved)).values(), default=0) >= 0


@LAW
@given(boards())
def test_what_is_proposed_and_what_is_short_is_the_need(board: Board) -> None:
    proposal = propose(board, UNITS, NOW)
    short = {shortfall.request: shortfall.quantity for shortfall in proposal.shortfalls}
    for request in board.requests.values():
        assert given_to(proposal, request.id) + short.get(request.id, 0) == request.need.quantity
    assert all(line.quantity > 0 for line in proposal.lines)
    assert all(quantity > 0 for quantity in short.values())


@LAW
@given(boards())
def test_only_kinds_that_were_asked_for_or_allowed_are_proposed(board: Board) -> None:
    for line in propose(board, UNITS, NOW).lines:
        need = board.requests[line.request].need
        assert line.kind in (need.kind, *need.substitutes)
        assert (Reason.SUBSTITUTE in line.reasons) == (line.kind != need.kind)


@LAW
@given(boards())
def test_a_minimum_is_broken_into_for_lifesaving_needs_only(board: Board) -> None:
    for solved in (optimal, nearest_first):
        proposal = propose(board, UNITS, NOW, solved)
        left = pools(board, left_of(board, proposal))
        for line in proposal.lines:
            facts = board.resources[line.resource].facts
            there, minimum = left[facts.kind, facts.owner, facts.depot]
            if Reason.BREAKS_RESERVE in line.reasons:
                assert board.requests[line.request].need.priority is LIFE
                assert there < minimum
            elif board.requests[line.request].need.priority is not LIFE:
                broken = any(
                    Reason.BREAKS_RESERVE in other.reasons
                    for other in proposal.lines
                    if other.owner == line.owner and other.kind == line.kind
                )
                assert there >= minimum or broken


@LAW
@given(boards(), st.integers(0, 1000))
def test_the_same_board_gives_the_same_proposal_however_it_is_told(board: Board, seed: int) -> None:
    assert propose(shuffled(board, seed), UNITS, NOW) == propose(board, UNITS, NOW)


@LAW
@given(boards())
def test_what_saves_lives_gets_what_it_would_get_alone(board: Board) -> None:
    alone = Board(
        kinds=board.kinds,
        resources=board.resources,
        requests={id: r for id, r in board.requests.items() if r.need.priority is LIFE},
    )
    lines = propose(board, UNITS, NOW).lines
    mine = [(x.request, x.resource, x.quantity) for x in lines if x.request in alone.requests]
    assert mine == [(x.request, x.resource, x.quantity) for x in propose(alone, UNITS, NOW).lines]


@LAW
@given(boards(), st.sampled_from(["水泵", "沙袋"]))
def test_more_stock_never_leaves_lifesaving_needs_shorter(board: Board, kind: str) -> None:
    def short() -> int:
        return sum(s.quantity for s in propose(board, UNITS, NOW).shortfalls if s.priority is LIFE)

    before = short()
    stock(board, "more", kind, 1 if kind == "水泵" else 7, owner="T2")
    assert short() <= before


@LAW
@given(boards())
def test_lifesaving_needs_get_at_least_as_much_as_the_nearest_first_would_give(board: Board) -> None:
    def short(proposal: Proposal) -> int:
        return sum(s.quantity for s in proposal.shortfalls if s.priority is LIFE)

    assert short(propose(board, UNITS, NOW)) <= short(propose(board, UNITS, NOW, nearest_first))


@LAW
@given(boards())
def test_every_shortfall_is_explained_and_nothing_suitable_is_left_unused(board: Board) -> None:
    proposal = propose(board, UNITS, NOW)
    left = left_of(board, proposal)
    kept = pools(board, left)
    for shortfall in proposal.shortfalls:
        need = board.requests[shortfall.request].need
        assert shortfall.causes
        assert all(cause.quantity > 0 for cause in shortfall.causes)
        assert sum(cause.quantity for cause in shortfall.causes) >= shortfall.quantity
        for id, quantity in left.items():
            facts = board.resources[id].facts
            if not quantity or facts.kind not in (need.kind, *need.substitutes):
                continue
            there, minimum = kept[facts.kind, facts.owner, facts.depot]
            if facts.expires_at is None:
                assert need.priority is not LIFE
                assert there <= minimum
                assert Cause.RESERVED in [cause.cause for cause in shortfall.causes]


def sooner(board: Board, line: ProposedLine) -> set[str]:
    """Resources at least as good that would arrive before this line does."""
    needs, there = open_needs(board, UNITS), supply(board, UNITS, NOW)
    need = next(n for n in needs if n.request == line.request)
    good = (need.kind, *need.substitutes)
    good = good[: good.index(line.kind) + 1]
    return {
        lot.resource
        for way in ways_to([need], there.sites, NOW)
        if way.minutes < line.minutes and there.sites[way.site].kind in good
        for lot in there.sites[way.site].lots
    }


@LAW
@given(boards())
def test_the_first_reason_is_true_of_its_line(board: Board) -> None:
    proposal = propose(board, UNITS, NOW)
    left = left_of(board, proposal)
    kept = pools(board, left)
    for line in proposal.lines:
        before = sooner(board, line)
        unused = {id for id in before if left[id]}
        above = set()
        for id in unused:
            facts = board.resources[id].facts
            there, minimum = kept[facts.kind, facts.owner, facts.depot]
            above |= {id} if there > minimum else set()
        match line.reasons[0]:
            case Reason.NEAREST:
                assert not before
            case Reason.NEAREST_LEFT:
                assert before
                assert not unused
            case Reason.KEEPS_RESERVE:
                assert unused
                assert not above
            case other:
                assert other is Reason.SPREADS
                assert above


@LAW
@given(boards())
def test_a_program_has_a_whole_answer(board: Board) -> None:
    needs, there = open_needs(board, UNITS), supply(board, UNITS, NOW)
    for priority in NeedPriority:
        those = [need for need in needs if need.priority is priority]
        depth = Depth.of(there.sites, there.minimum)
        program = program_of(priority, those, there.sites, ways_to(those, there.sites, NOW), depth)
        assert len(solve(program)) == len(program.ways)


def minutes_of(program: Program, quantities: list[int]) -> float:
    """What an answer costs. What is not a way costs the more, the more of it: the cheapest is taken first."""
    moved = [0] * len(program.low)
    for way, quantity in zip(program.ways, quantities, strict=True):
        for row in (way.need, *program.rows_of_site[way.site]):
            moved[row] += quantity
    total = sum(way.cost * quantity for way, quantity in zip(program.ways, quantities, strict=True))
    of_row: dict[int, list[tuple[float, float]]] = {}
    for column, row in enumerate(program.rows):
        of_row.setdefault(row, []).append((program.cost[column], program.upper[column]))
    for row, columns in of_row.items():
        # a need that is short; or an owner that gives; or a pool that gives more than it can spare
        amount = program.low[row] - moved[row] if program.low[row] > 0 else moved[row] - program.high[row]
        for cost, width in sorted(columns):
            total += cost * min(max(amount, 0), width)
            amount -= width
        assert amount <= 0
    return total


@LAW
@given(boards())
def test_what_is_offered_bit_by_bit_is_answered_as_well_as_all_at_once(board: Board) -> None:
    needs, there = open_needs(board, UNITS), supply(board, UNITS, NOW)
    for priority in NeedPriority:
        those = [need for need in needs if need.priority is priority]
        depth = Depth.of(there.sites, there.minimum)
        program = program_of(priority, those, there.sites, ways_to(those, there.sites, NOW), depth)
        whole = minutes_of(program, solve(program))
        with pytest.MonkeyPatch.context() as patch:
            for limit, value in (("AT_ONCE", 0), ("CHEAPEST", 1), ("ADDED", 1)):
                patch.setattr(solver, limit, value)
            assert minutes_of(program, solve(program)) == pytest.approx(whole, abs=0.01)
