"""Signing in and out: who gets in, how often one may try, whose passwords one may set."""

from typing import Any

import pytest

from tests.conftest import StartPingji
from tests.scenarios.client import Station
from tests.servers.pingji import Pingji
from tests.wire.conftest import PASSWORD, Visit, Visitor

VILLAGE, OTHER = "310116001002", "310116001003"


def login(who: str, password: str = PASSWORD, **more: Any) -> dict[str, Any]:
    return {"login": who, "password": password} | more


async def test_a_browser_gets_a_cookie_that_no_script_can_read_and_no_token(visit: Visit) -> None:
    stranger = await visit()
    answer = await stranger("POST", "/api/login", login("commander"))
    assert answer.status == 200
    assert "token" not in answer.said
    cookie = answer.cookies["pingji_session"]
    assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Strict", "/")
    mine = await stranger("GET", "/api/me", headers={"Cookie": f"pingji_session={cookie.value}"})
    assert (mine.said["account"], mine.said["post"]) == ("commander", "duty_commander")


async def test_a_bearer_wins_over_the_cookie_of_the_browser(visit: Visit) -> None:
    commander, village = await visit("commander"), await visit(VILLAGE)
    cookie = {"Cookie": f"pingji_session={commander.token}"}
    assert (await village("GET", "/api/me", headers=cookie)).said["account"] == VILLAGE


@pytest.mark.parametrize(
    ("who", "password", "log"),
    [
        ("commander", "wrong", None),
        ("nobody", PASSWORD, None),
        ("commander", PASSWORD, "no-such-log"),
        ("Commander", PASSWORD, None),
    ],
)
async def test_wrong_name_wrong_password_and_wrong_log_are_one_answer(
    visit: Visit, who: str, password: str, log: str | None
) -> None:
    answer = await (await visit())("POST", "/api/login", login(who, password, log=log))
    assert (answer.status, answer.code, answer.said["error"]["retry"]) == (401, "bad_login", False)
    assert "Set-Cookie" not in answer.headers


async def test_who_keeps_failing_waits_longer_and_longer_and_others_do_not(visit: Visit) -> None:
    stranger = await visit()
    answers = [await stranger("POST", "/api/login", login("d02", f"guess{n}")) for n in range(8)]
    assert [answer.code for answer in answers[:5]] == ["bad_login"] * 5
    throttled = answers[-1]
    assert (throttled.status, throttled.code) == (429, "login_throttled")
    assert 0 < throttled.said["error"]["after"] <= 2000
    assert int(throttled.headers["Retry-After"]) >= 1
    right = await stranger("POST", "/api/login", login("d02"))
    assert right.code == "login_throttled"  # also with the right one: nothing is learnt
    assert (await stranger("POST", "/api/login", login("d03"))).status == 200


async def test_signing_out_ends_the_session_and_its_socket_and_no_other(visit: Visit, house: Pingji) -> None:
    one, two = await visit(OTHER), await visit(OTHER)
    station = await Station((house.port,), one.token).open()
    assert (await one("POST", "/api/logout")).status == 200
    assert await station.ended(within=1.0) == "session_revoked"
    assert (await one("GET", "/api/me")).code == "bad_token"
    assert (await two("GET", "/api/me")).status == 200
    await station.close()


async def test_without_a_session_nothing_is_told(visit: Visit) -> None:
    stranger = await visit()
    for method, path in [
        ("GET", "/api/me"),
        ("POST", "/api/logout"),
        ("GET", "/api/timeline"),
        ("GET", "/api/commands"),
        ("GET", f"/api/blobs/{'0' * 64}"),
        ("GET", "/api/uploads/x"),
        ("GET", "/api/drills"),
        ("GET", "/api/accounts/commander/sessions"),
    ]:
        for token in ("", "x" * 43, "平" * 10):
            stranger.token = token if token.isascii() else ""
            answer = await stranger(method, path)
            assert (answer.status, answer.code) == (401, "bad_token"), path


async def test_a_given_password_must_be_changed_before_anything_else(visit: Visit, house: Pingji) -> None:
    admin, before = await visit("admin"), await visit(VILLAGE)
    station = await Station((house.port,), before.token).open()
    given = {"id": "give-1", "account": VILLAGE, "password": "given-by-admin"}
    answer = await admin("POST", "/api/accounts/password", given)
    assert answer.status == 200
    assert await station.ended(within=1.0) == "session_revoked"
    assert (await before("GET", "/api/me")).code == "bad_token"
    assert (await (await visit())("POST", "/api/login", login(VILLAGE))).code == "bad_login"

    village = await visit(VILLAGE, "given-by-admin")
    assert (await village("GET", "/api/me")).said["password_due"] is True
    for path in ("/api/timeline", "/api/commands", "/api/drills"):
        assert (await village("GET", path)).code == "password_due"
    refused = Station((house.port,), village.token)
    refused.start()
    assert await refused.ended() == "password_due"

    change = {"old": "given-by-admin", "new": "一个新的密码2026"}
    assert (await village("POST", "/api/password", change)).status == 200
    assert (await village("GET", "/api/timeline")).status == 200
    again = await Station((house.port,), village.token).open()
    await again.close()
    await station.close()


@pytest.mark.parametrize("weak", ["short", "12345678", "PASSWORD", "given-by-admin", "d05"])
async def test_weak_passwords_are_refused(visit: Visit, weak: str) -> None:
    person = await visit("d05")
    same = PASSWORD if weak == "given-by-admin" else weak
    answer = await person("POST", "/api/password", {"old": PASSWORD, "new": same})
    assert (answer.status, answer.code) == (400, "weak_password")
    assert answer.said["error"]["detail"] == {"shortest": 8}
    assert (await person("GET", "/api/me")).status == 200


async def test_the_old_password_is_needed_for_a_new_one(visit: Visit) -> None:
    person = await visit("d06")
    answer = await person("POST", "/api/password", {"old": "wrong", "new": "a-good-new-one"})
    assert (answer.status, answer.code) == (401, "bad_login")


async def test_only_administrators_set_other_peoples_passwords_and_see_where_they_are(visit: Visit) -> None:
    given = {"id": "x1", "account": "d07", "password": "given-by-whom"}
    for who in ("commander", "d08", "observer"):
        person = await visit(who)
        assert (await person("POST", "/api/accounts/password", given)).code == "not_allowed"
        assert (await person("GET", "/api/accounts/d07/sessions")).code == "not_allowed"
        mine = await person("GET", f"/api/accounts/{who}/sessions")
        assert [session["this"] for session in mine.said["sessions"]].count(True) == 1
    admin = await visit("admin")
    nobody = await admin("POST", "/api/accounts/password", given | {"account": "nobody"})
    assert (nobody.status, nobody.code) == (404, "unknown_account")
    weak = await admin("POST", "/api/accounts/password", given | {"password": "d07"})
    assert weak.code == "weak_password"
    assert (await visit("d07")).token  # nothing was changed by the refused ones


async def test_a_closed_account_is_out_and_cannot_come_in(visit: Visit, house: Pingji) -> None:
    admin = await visit("admin")
    desk = await Station((house.port,), admin.token).open()
    closed = await visit("observer")
    await desk.act({"type": "CloseAccount", "account": "observer"})
    assert (await closed("GET", "/api/me")).code == "bad_token"
    assert (await closed("POST", "/api/login", login("observer"))).code == "bad_login"
    await desk.act({"type": "ReopenAccount", "account": "observer"})
    await desk.close()


async def test_other_origins_change_nothing(visit: Visit, house: Pingji) -> None:
    person = await visit("commander")
    for origin in ("https://evil.example", "null", "http://[", "http://127.0.0.1:1", "//", ""):
        answer = await person("POST", "/api/logout", headers={"Origin": origin})
        assert (answer.status, answer.code) == (403, "bad_origin"), origin
    for origin in (house.base_url,):
        assert (await person("GET", "/api/me", headers={"Origin": origin})).status == 200
        assert (await person("POST", "/api/logout", headers={"Origin": origin})).status == 200


async def test_further_origins_are_those_that_the_operator_names(
    start_pingji: StartPingji, visit: Visit
) -> None:
    node = start_pingji(arguments=("--origin", "https://tv.example"))
    stranger: Visitor = await visit(at=node)
    ours = {"Origin": "https://tv.example"}
    assert (await stranger("POST", "/api/login", login("commander"), headers=ours)).status == 200
    other = {"Origin": "https://tv.example.evil"}
    assert (await stranger("POST", "/api/login", login("commander"), headers=other)).code == "bad_origin"


async def test_behind_a_proxy_the_cookie_is_for_https_only(start_pingji: StartPingji, visit: Visit) -> None:
    node = start_pingji(arguments=("--behind-proxy",))
    stranger = await visit(at=node)
    forwarded = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "10.0.0.9, 192.0.2.7"}
    answer = await stranger("POST", "/api/login", login("commander"), headers=forwarded)
    assert answer.cookies["pingji_session"]["secure"] is True
