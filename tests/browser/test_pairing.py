"""A phone that nobody has prepared joins a team."""

from tests.browser.conftest import Script


def test_a_phone_joins_a_team_by_its_code_and_signs_with_its_owners_name(script: Script) -> None:
    script("pairing.mjs")
