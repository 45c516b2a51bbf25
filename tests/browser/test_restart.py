"""The server's power cut, seen from four browsers."""

from tests.browser.conftest import Script


def test_four_browsers_survive_a_killed_server_and_what_was_pressed_meanwhile_arrives_once(
    script: Script, helm: str
) -> None:
    script("restart.mjs", HELM=helm)
