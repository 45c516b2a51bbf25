"""The door: passwords, language, sessions that end."""

from tests.browser.conftest import Script


def test_the_door_says_what_is_wrong_and_a_dead_session_comes_back_to_it(script: Script) -> None:
    script("signing.mjs")
