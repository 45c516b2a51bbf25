"""Every view in both languages: for people who cannot see it well, and for people who do not read Chinese."""

import pytest

from tests.browser.conftest import Script


@pytest.mark.parametrize("words", ["zh-CN", "en"])
def test_nothing_serious_hinders_anybody_on_any_view_and_english_is_english(
    script: Script, words: str
) -> None:
    script("views.mjs", WORDS=words)
