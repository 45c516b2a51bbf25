"""Where rooms go: laws of the two ways of placing, of credentials, of who counts as absent."""

import base64
import hashlib
import hmac
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as some

from rooms import control as c
from server.media import addresses
from server.media.absence import LOST_AFTER, NEVER_CAME_AFTER, Absence
from server.media.addresses import announced, listening
from server.media.carried import Carried
from server.media.placing import agreed, least_loaded
from server.media.process import Launch, folder_for
from server.media.turn import LIVES_MS, credentials

WORKERS = some.dictionaries(some.text(min_size=1, max_size=8), some.text(min_size=1, max_size=8), max_size=6)


@given(some.text(max_size=20), WORKERS)
def test_nodes_that_reach_the_same_workers_by_other_ways_agree(room: str, workers: dict[str, str]) -> None:
    elsewhere = {f"tunnel {address}": told for address, told in reversed(workers.items())}
    here, there = agreed(room, workers), agreed(room, elsewhere)
    assert (here is None) == (there is None) == (not workers)
    if here is not None and there is not None:
        assert workers[here] == elsewhere[there]


@given(some.text(max_size=20), WORKERS, some.data())
def test_only_the_rooms_of_a_worker_that_goes_move(
    room: str, workers: dict[str, str], data: some.DataObject
) -> None:
    if len(set(workers.values())) < 2:
        return
    chosen = agreed(room, workers)
    gone = data.draw(some.sampled_from(sorted(workers)))
    left = {address: said for address, said in workers.items() if said != workers[gone]}
    if chosen is not None and chosen in left:
        assert agreed(room, left) == chosen


def test_rooms_are_spread_over_all_workers() -> None:
    workers = {str(n): f"10.0.0.{n}:5000" for n in range(4)}
    placed = [agreed(f"310116/{n}", workers) for n in range(400)]
    assert min(placed.count(address) for address in workers) > 60


def test_a_new_room_goes_where_the_fewest_people_are() -> None:
    assert least_loaded({"a": 5, "b": 2, "c": 2}) == "b"
    assert least_loaded({}) is None


def test_a_relay_can_check_the_credentials_and_they_end() -> None:
    name, password, ends = credentials("secret", "d01", 1_800_000_000_000)
    assert (name, ends) == (f"{ends // 1000}:d01", 1_800_000_000_000 + LIVES_MS)
    assert base64.b64decode(password) == hmac.new(b"secret", name.encode(), hashlib.sha1).digest()


class Noted:
    """What the log would be asked to note about a room with these people."""

    def __init__(self, *people: str) -> None:
        everybody = {who: c.Person(devices=[f"{who}-phone"]) for who in people}
        camera = {"cam:1": c.Person(devices=[])}
        self.carried = Carried(c.Room(room="log/1", seq=1, people=everybody | camera), worker="w", sent=True)
        self.lost: list[str] = []
        self.back: list[str] = []
        self.absence = Absence(
            lambda room, who, device: self.lost.append(who), lambda room, who, device: self.back.append(who)
        )
        self.absence.people(self.carried, 0.0)

    def at(self, now: float, *told: c.Told) -> list[str]:
        for one in told:
            self.carried.take(one)
            self.absence.told(self.carried, one, now)
        self.absence.due({"log/1": self.carried}, now)
        return self.lost


def connected(who: str, device: str = "phone") -> c.Connected:
    return c.Connected(room="log/1", participant=who, device=f"{who}-{device}")


def dead(who: str, reason: str = "silent", device: str = "phone") -> c.Dead:
    return c.Dead(room="log/1", participant=who, device=f"{who}-{device}", reason=reason)


def test_whose_media_is_dead_for_half_a_minute_is_lost_and_comes_back() -> None:
    noted = Noted("anna")
    assert noted.at(1, connected("anna"), dead("anna")) == []
    assert noted.at(1 + LOST_AFTER - 0.1) == []
    assert noted.at(1 + LOST_AFTER) == ["anna"]
    assert noted.at(500) == ["anna"]
    noted.back.clear()
    noted.at(501, connected("anna"))
    assert noted.back == ["anna"]


def test_a_short_interruption_is_nobodys_absence() -> None:
    noted = Noted("anna")
    noted.at(1, connected("anna"), dead("anna"))
    noted.at(20, connected("anna"))
    assert noted.at(100) == []


def test_a_watcher_that_dies_and_a_replaced_connection_mean_nothing() -> None:
    noted = Noted("anna")
    noted.at(1, connected("anna"), connected("anna", "wall"), dead("anna", device="wall"))
    assert noted.at(2, dead("anna", "replaced"), connected("anna")) == []
    assert noted.at(500) == []


def test_who_never_came_is_waited_for_longer() -> None:
    noted = Noted("anna", "bea")
    noted.at(0, connected("bea"))
    assert noted.at(NEVER_CAME_AFTER - 1) == []
    assert noted.at(NEVER_CAME_AFTER) == ["anna"]


def test_without_a_worker_nobody_is_absent() -> None:
    noted = Noted("anna")
    noted.at(1, connected("anna"), dead("anna", "worker"))
    noted.carried.sent = False
    assert noted.at(1 + LOST_AFTER) == []
    noted.carried.sent = True
    noted.absence.placed(noted.carried, 1 + LOST_AFTER)
    assert noted.at(2 * LOST_AFTER) == []
    assert noted.at(2 * LOST_AFTER + 1) == ["anna"]


def test_who_leaves_the_room_is_not_lost() -> None:
    noted = Noted("anna")
    noted.at(1, connected("anna"), dead("anna"))
    del noted.carried.room.people["anna"]
    noted.absence.people(noted.carried, 2)
    assert noted.at(500) == []


def test_a_folder_whose_path_is_too_long_for_a_socket_gets_a_short_one(tmp_path: Path) -> None:
    assert folder_for(Path("/srv/var")) == Path("/srv/var/media")
    deep = tmp_path / ("x" * 120)
    assert len(str(folder_for(deep))) < 80
    assert folder_for(deep) == folder_for(deep)
    assert folder_for(deep) != folder_for(tmp_path / ("y" * 120))


def test_a_port_that_is_announced_counts_up_with_the_workers() -> None:
    launch = Launch(udp_host="0.0.0.0", port=50_000, announce=("203.0.113.10:60000", "10.0.0.1", "fd00::1"))
    told = launch.arguments(Path("w2.sock"), 2)
    assert told[-4:] == ["--announce", "203.0.113.10:60002", "10.0.0.1", "fd00::1"]
    assert "0.0.0.0:50002" in told
    both = Launch(udp_host="::", port=50_000, announce=("[2001:db8::1]:60000", "10.0.0.1"))
    told = both.arguments(Path("w2.sock"), 2)
    assert told[-3:] == ["--announce", "[2001:db8::1]:60002", "10.0.0.1"]
    assert "[::]:50002" in told


def test_the_port_takes_ipv6_only_where_clients_are_told_of_it() -> None:
    assert listening(("10.0.0.1", "203.0.113.10:60000")) == "0.0.0.0"
    assert listening(("10.0.0.1", "2001:db8::1")) == "::"
    assert listening(("[2001:db8::1]:60000",)) == "::"


def test_clients_are_told_what_reaches_this_host_ipv4_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(addresses, "own_addresses", lambda: ["2001:db8::1", "10.0.0.1"])
    assert announced("0.0.0.0") == announced("::") == ("10.0.0.1", "2001:db8::1")
    assert announced("127.0.0.1") == ("10.0.0.1", "2001:db8::1", "127.0.0.1")
    assert announced("192.0.2.1") == ("192.0.2.1",)
    assert announced("2001:db8::5") == ("2001:db8::5",)
