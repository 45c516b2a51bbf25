"""Who may throw the switch."""

from tests.browser.conftest import Script


def test_two_persons_throw_the_switch_and_an_observer_only_looks(script: Script) -> None:
    script("switch.mjs")
