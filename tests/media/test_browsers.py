"""Real browsers against a worker."""

from collections.abc import Callable
from pathlib import Path

import pytest

HERE = Path(__file__).parent


@pytest.mark.browser
def test_a_browser_publishes_simulcast_and_another_decodes_it(
    browser: Callable[..., None], pages: str
) -> None:
    browser(HERE / "simulcast.mjs", pages)
