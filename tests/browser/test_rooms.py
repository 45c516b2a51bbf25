"""Consultations on the product's own pages, in real browsers."""

from tests.browser.conftest import Meeting


def test_four_chromium_and_a_firefox_see_and_hear_each_other(meeting: Meeting) -> None:
    meeting("rooms.mjs")
