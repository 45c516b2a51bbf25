"""The dispatch board, as those see it who ask, send, carry and decide."""

from tests.browser.conftest import Script


def test_a_need_becomes_orders_that_are_answered_carried_signed_and_told_alike_everywhere(
    script: Script,
) -> None:
    script("board.mjs")


def test_orders_are_drafted_split_redirected_extended_settled_and_found_again(script: Script) -> None:
    script("boardActs.mjs")
