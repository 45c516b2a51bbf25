"""An exercise that nobody outside it can notice."""

from tests.browser.conftest import Script


def test_a_drill_from_the_button_fills_its_tree_and_leaves_the_district_alone(script: Script) -> None:
    script("drill.mjs")
