"""The three state machines drawn from their tables into docs/machines.md.

python tests/domain/draw_machines.py    write docs/machines.md
"""

import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TypeVar

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent))

from resources.machine import COUNTS_FROM, DISPATCH_STEPS, WAITS
from resources.state import DispatchStep
from server.domain import command as c
from server.domain import mode as m
from server.domain.message import Action, Event

S = TypeVar("S", c.Step, m.Mode, DispatchStep)
K = TypeVar("K", Event, Action)

TARGET = Path(__file__).resolve().parent.parent.parent / "docs/machines.md"

TEXT = """# The three machines

Drawn from the tables in the code by `python tests/domain/draw_machines.py`; a test fails when this page
is stale.

## The switch

`STEPS` in `server/domain/mode.py`: mode × action → mode. An action that is not drawn in a mode is refused.

{switch}

## A delivery

`STEPS` in `server/domain/command.py`: step × event → step. What leaves a step as it is stands in the table
below.

{delivery}

| step | stays there on | clocks that run |
|---|---|---|
{stays}

The clock `acknowledge` runs once more in every open step while an amended version is unread. No clock runs
for a command that is closed or recalled.

## A dispatch order

`DISPATCH_STEPS` in `resources/machine.py`: step × event → step. A report that has no way from where the order
stands becomes a discrepancy. Redirecting an order that has not arrived leaves its step as it is.

{dispatch}

| step | clock | counts from |
|---|---|---|
{waits}
"""


def drawn(moves: Iterable[tuple[str, str, str]], first: str) -> str:
    """A mermaid state diagram of (from, what, to)."""
    arrows: dict[tuple[str, str], list[str]] = {}
    for before, what, after in moves:
        arrows.setdefault((before, after), []).append(what)
    lines = [f"    {before} --> {after}: {', '.join(whats)}" for (before, after), whats in arrows.items()]
    return "\n".join(["```mermaid", "stateDiagram-v2", f"    [*] --> {first}", *lines, "```"])


def moves(table: Mapping[tuple[S, type[K]], S]) -> list[tuple[str, str, str]]:
    return [(before.value, what.__name__, after.value) for (before, what), after in table.items()]


def waits() -> list[str]:
    rows = []
    for step, limit in WAITS.items():
        moment, times = COUNTS_FROM.get(limit, (None, ("", "")))
        since = "the step's beginning"
        if moment is not None:
            since = f"{moment.value}: {times[0]}, else {times[1]}"
        rows.append(f"| {step.value} | {limit} | {since} |")
    return rows


def rendered() -> str:
    """The whole page."""
    delivery = moves(c.STEPS)
    rows = []
    for step in c.Step:
        stays = [what for before, what, after in delivery if before == after == step]
        clocks = [clock.value for clock in c.Clock if step in c.RUNS[clock]]
        rows.append(f"| {step.value} | {', '.join(stays) or '–'} | {', '.join(clocks) or '–'} |")
    ways = [move for move in delivery if move[0] != move[2]]
    return TEXT.format(
        switch=drawn(moves(m.STEPS), m.Mode.ROUTINE.value),
        delivery=drawn(ways, c.Step.ISSUED.value),
        stays="\n".join(rows),
        waits="\n".join(waits()),
        dispatch=drawn([way for way in moves(DISPATCH_STEPS) if way[0] != way[2]], DispatchStep.DRAFT.value),
    )


if __name__ == "__main__":
    TARGET.write_text(rendered())
