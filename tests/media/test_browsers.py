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


@pytest.mark.browser
def test_layers_follow_the_size_drawn_and_unwanted_ones_rest(
    browser: Callable[..., None], pages: str
) -> None:
    browser(HERE / "layers.mjs", pages)


@pytest.mark.browser
def test_what_a_bad_network_loses_is_sent_again_in_both_directions(
    browser: Callable[..., None], pages: str
) -> None:
    browser(HERE / "loss.mjs", pages)


@pytest.mark.browser
def test_pages_that_offer_again_see_each_other_after_a_worker_was_killed(
    browser: Callable[..., None], pages: str
) -> None:
    browser(HERE / "restart.mjs", pages)
