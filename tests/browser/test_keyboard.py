"""No mouse: the keyboard does it all."""

from tests.browser.conftest import Script


def test_a_village_reports_and_a_commander_issues_an_order_without_a_mouse(script: Script) -> None:
    script("keyboard.mjs")
