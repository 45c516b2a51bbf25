"""The dispatch board, as seven people see it."""

from tests.browser.conftest import Script


def test_a_need_becomes_orders_that_are_answered_carried_signed_and_told_alike_everywhere(
    script: Script,
) -> None:
    script("board.mjs")
