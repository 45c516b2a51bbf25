"""Consultations on the product's own pages, in real browsers."""

import pytest

from server.media.addresses import announced
from tests.browser.conftest import Meeting
from tests.servers.coturn import Coturn


def test_four_chromium_and_a_firefox_see_and_hear_each_other(meeting: Meeting) -> None:
    meeting("rooms.mjs")


def test_mute_hush_and_eject_hold_for_a_client_that_obeys_nobody(meeting: Meeting) -> None:
    meeting("evasion.mjs")


def test_through_a_bad_network_sound_goes_before_pictures_and_all_comes_back(meeting: Meeting) -> None:
    meeting("weather.mjs")


@pytest.mark.long
def test_through_half_a_minute_of_each_weather_the_same_holds(meeting: Meeting) -> None:
    meeting("weather.mjs", LONG="1")


def test_where_only_a_relay_is_reached_media_comes_by_it_and_old_credentials_open_nothing(
    meeting: Meeting,
) -> None:
    host = announced("127.0.0.1")[0]
    with Coturn(host, peer=host, secret="a secret of this test") as relay:
        given = ("--turn", relay.url, "--turn-secret", relay.secret)
        meeting("relay.mjs", *given, TURN=relay.url, SECRET=relay.secret)
