"""docs/machines.md is drawn from the tables."""

from server.domain import command as c
from server.domain import mode as m
from tests.domain.draw_machines import TARGET, rendered


def test_the_drawn_machines_are_those_of_the_tables() -> None:
    assert TARGET.read_text() == rendered(), "run python tests/domain/draw_machines.py"


def test_every_step_of_both_tables_is_on_the_page() -> None:
    page = rendered()
    for (before, what), after in [*c.STEPS.items(), *m.STEPS.items()]:
        assert what.__name__ in page
        assert before == after or f"    {before} --> {after}: " in page
