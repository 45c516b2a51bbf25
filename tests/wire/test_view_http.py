"""The view over HTTP: what the socket's snapshot says, and a place in the log that a cursor resumes from."""

import msgspec

from server.world.state import State
from tests.scenarios.client import Station
from tests.servers.pingji import Pingji
from tests.wire.board import TEAM
from tests.wire.conftest import Visit


async def test_a_page_is_shown_what_its_socket_would_say(visit: Visit, house: Pingji) -> None:
    team = await visit(TEAM.lower())
    told = (await team("GET", "/api/view")).said
    station = await Station([house.port], team.token, look=True).open()
    try:
        assert station.view is not None
        assert station.cursor is not None
        assert msgspec.convert(told["view"], State) == station.view
        assert (told["seq"], told["account"]) == (station.cursor["seq"], TEAM.lower())
    finally:
        await station.close()


async def test_a_line_goes_on_from_there_without_a_snapshot(visit: Visit, house: Pingji) -> None:
    team = await visit(TEAM.lower())
    told = (await team("GET", "/api/view")).said
    station = Station([house.port], team.token)
    station.cursor = {key: told[key] for key in ("epoch", "seq", "scope", "mark")}
    await station.open()
    try:
        assert (station.resumed, station.resets) == (1, 0)
    finally:
        await station.close()


async def test_a_stranger_is_shown_nothing_and_nothing_is_kept_on_the_way(visit: Visit) -> None:
    assert (await (await visit())("GET", "/api/view")).code == "bad_token"
    assert (await (await visit("d01"))("GET", "/api/view")).headers["Cache-Control"] == "no-store"
