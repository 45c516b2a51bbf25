"""Webhooks with a real receiver that fails, stalls, redirects and comes back; and a node that is killed."""

import asyncio
import hashlib
import hmac
import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web
from aiohttp.resolver import ThreadedResolver

from server.webhooks import LONGEST_WAIT_MS, wait_ms
from server.wire.caller import Caller, checked, signature
from tests.conftest import StartPingji
from tests.servers.process import free_port
from tests.wire.board import PUMP, VILLAGE, acted, asked_for, board, ordered
from tests.wire.conftest import Visit, Visitor

SECRET = "a-secret-that-both-know"
QUICK = ("--webhook-timeout", "1")


class Receiver:
    """Another system. `answers` is asked for the status of each message; what came stands in `heard`."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.url = f"http://127.0.0.1:{port}/told"
        self.heard: list[dict[str, Any]] = []
        self.deliveries: list[str] = []
        self.elsewhere = 0
        self.forged = 0
        self.answers: Callable[[int], int | float] = lambda number: 200
        self.came = asyncio.Event()

    async def told(self, request: web.Request) -> web.StreamResponse:
        raw = await request.read()
        seconds, _, mac = request.headers["Pingji-Signature"].partition(",")
        right = hmac.new(SECRET.encode(), f"{seconds[2:]}.".encode() + raw, hashlib.sha256).hexdigest()
        old = abs(int(seconds[2:]) - time.time()) > 60
        self.forged += old or not hmac.compare_digest(mac, f"v1={right}")
        self.deliveries.append(request.headers["Pingji-Delivery"])
        status = self.answers(len(self.deliveries))
        if isinstance(status, float):  # says nothing for so long
            await asyncio.sleep(status)
            status = 200
        elif status == 200:
            self.heard.append(json.loads(raw))
        self.came.set()
        if status == 302:
            return web.Response(status=302, headers={"Location": f"http://127.0.0.1:{self.port}/elsewhere"})
        return web.Response(status=status)

    async def caught(self, request: web.Request) -> web.StreamResponse:
        self.elsewhere += 1
        return web.Response()

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[None]:
        app = web.Application()
        app.add_routes([web.post("/told", self.told), web.route("*", "/elsewhere", self.caught)])
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", self.port, reuse_address=True).start()
        try:
            yield
        finally:
            await runner.cleanup()

    async def until(self, is_so: Callable[[], bool], patience: float = 30) -> None:
        async with asyncio.timeout(patience):
            while not is_so():
                self.came.clear()
                await self.came.wait()

    def types(self) -> list[str]:
        return [said["type"] for said in self.heard]


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    made = Receiver(free_port())
    async with made.listening():
        yield made


async def hooked(admin: Visitor, receiver: Receiver, *events: str) -> str:
    asked = {"url": receiver.url, "secret": SECRET, "events": events}
    answer = await admin("POST", "/api/webhooks", asked)
    assert answer.status == 201, answer.said
    return str(answer.said["id"])


async def seen(admin: Visitor, id: str) -> dict[str, Any]:
    answer = await admin("GET", "/api/webhooks")
    (found,) = [hook for hook in answer.said["webhooks"] if hook["id"] == id]
    told: dict[str, Any] = found
    return told


async def noted(who: Visitor, url: str) -> list[dict[str, Any]]:
    """What the timeline tells them of this address."""
    found: list[dict[str, Any]] = (await who("GET", "/api/timeline?limit=200")).said["rows"]
    return [row for row in found if row["type"] == "WebhookNoted" and url in row["text"]]


async def until(admin: Visitor, id: str, is_so: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    async with asyncio.timeout(30):
        while not is_so(told := await seen(admin, id)):  # noqa: ASYNC110
            await asyncio.sleep(0.2)
    return told


async def test_another_system_is_told_of_an_order_signed_and_in_order(
    visit: Visit, receiver: Receiver
) -> None:
    admin, commander, village = await visit("admin"), await visit("commander"), await visit(VILLAGE)
    id = await hooked(admin, receiver)
    order = await ordered(commander, await asked_for(village, PUMP))
    sender = await visit((await board(commander))["orders"][order]["owner"].lower())
    await acted(sender, "AcceptOrder", order=order)
    await receiver.until(lambda: "OrderAccepted" in receiver.types())
    assert receiver.types() == ["OrderDrafted", "OrderIssued", "OrderAcknowledged", "OrderAccepted"]
    assert receiver.forged == 0
    said = receiver.heard[-1]
    assert (said["log"], said["event"]["order"], said["order"]["id"]) == ("310116", order, order)
    assert said["order"]["step"] == "accepted"
    assert [each["id"] for each in receiver.heard] == receiver.deliveries
    told = await until(admin, id, lambda hook: hook["waiting"] == 0)
    assert (told["last"]["status"], told["last"]["error"], told["dead"]) == (200, "", 0)
    assert told["secret"] == "…know"
    assert (await admin("DELETE", f"/api/webhooks/{id}")).status == 200
    assert (await admin("DELETE", f"/api/webhooks/{id}")).code == "unknown_webhook"


async def test_a_webhook_that_was_silent_is_told_afterwards_what_happened_meanwhile(
    visit: Visit, receiver: Receiver
) -> None:
    admin, commander, village = await visit("admin"), await visit("commander"), await visit(VILLAGE)
    id = await hooked(admin, receiver, "OrderIssued", "OrderRecalled")
    await admin("PATCH", f"/api/webhooks/{id}", {"active": False})
    order = await ordered(commander, await asked_for(village, PUMP))
    await acted(commander, "RecallOrder", order=order, reason="另有安排")
    await until(admin, id, lambda hook: hook["waiting"] == 2)
    assert receiver.heard == []
    await admin("PATCH", f"/api/webhooks/{id}", {"active": True})
    await receiver.until(lambda: len(receiver.heard) == 2)
    assert receiver.types() == ["OrderIssued", "OrderRecalled"]
    assert {said["order"]["id"] for said in receiver.heard} == {order}
    await until(admin, id, lambda hook: hook["waiting"] == 0)


async def test_who_lets_what_out_and_where_to_is_in_the_journal_without_the_secret(
    visit: Visit, receiver: Receiver
) -> None:
    admin, commander = await visit("admin"), await visit("commander")
    id = await hooked(admin, receiver, "OrderIssued")
    await admin("PATCH", f"/api/webhooks/{id}", {"secret": "new", "events": []})
    await admin("DELETE", f"/api/webhooks/{id}")
    async with asyncio.timeout(30):
        while len(said := await noted(admin, receiver.url)) < 3:  # noqa: ASYNC110
            await asyncio.sleep(0.2)
    assert len({row["seq"] for row in said}) == 3
    assert all("管理员" in row["text"] for row in said)
    assert SECRET not in json.dumps(said)
    assert await noted(commander, receiver.url) == []


async def test_a_receiver_that_fails_stalls_and_redirects_is_told_again_until_it_answers(
    start_pingji: StartPingji, visit: Visit, receiver: Receiver
) -> None:
    node = start_pingji(arguments=QUICK)
    admin, commander = await visit("admin", at=node), await visit("commander", at=node)
    village = await visit(VILLAGE, at=node)
    id = await hooked(admin, receiver, "OrderIssued")
    story: list[int | float] = [500, 3.0, 302, 200]
    receiver.answers = lambda number: story[min(number, len(story)) - 1]
    await ordered(commander, await asked_for(village, PUMP))
    await receiver.until(lambda: len(receiver.deliveries) == 1)
    failed = await until(admin, id, lambda hook: bool(hook["last"]["error"]))
    assert (failed["last"]["status"], failed["waiting"]) == (500, 1)
    await receiver.until(lambda: receiver.types() == ["OrderIssued"])
    assert len({*receiver.deliveries}) == 1
    assert len(receiver.deliveries) == 4
    assert (receiver.elsewhere, receiver.forged) == (0, 0)
    assert (await until(admin, id, lambda hook: hook["waiting"] == 0))["last"]["status"] == 200


async def test_what_was_queued_survives_a_killed_node_and_a_receiver_that_was_away(
    start_pingji: StartPingji, visit: Visit
) -> None:
    node = start_pingji(arguments=QUICK)
    admin, commander = await visit("admin", at=node), await visit("commander", at=node)
    village = await visit(VILLAGE, at=node)
    receiver = Receiver(free_port())  # nobody listens yet
    id = await hooked(admin, receiver, "OrderIssued", "OrderRecalled")
    order = await ordered(commander, await asked_for(village, PUMP))
    away = await until(admin, id, lambda hook: bool(hook["last"]["error"]))
    assert (away["last"]["status"], away["waiting"]) == (None, 1)
    await acted(commander, "RecallOrder", order=order, reason="不用了")
    node.kill9()  # the newest may be in the journal only
    async with receiver.listening():
        node.start()
        await receiver.until(lambda: len(receiver.heard) >= 2)
        assert receiver.types() == ["OrderIssued", "OrderRecalled"]
        assert {said["event"]["order"] for said in receiver.heard} == {order}
        assert (await until(admin, id, lambda hook: hook["waiting"] == 0))["dead"] == 0


async def test_what_nobody_answers_is_given_up_is_seen_and_can_be_asked_for_again(
    start_pingji: StartPingji, visit: Visit, receiver: Receiver
) -> None:
    node = start_pingji(arguments=(*QUICK, "--webhook-patience", "1"))
    admin, commander = await visit("admin", at=node), await visit("commander", at=node)
    id = await hooked(admin, receiver, "OrderIssued")
    receiver.answers = lambda number: 503
    await ordered(commander, await asked_for(await visit(VILLAGE, at=node), PUMP))
    dead = await until(admin, id, lambda hook: bool(hook["dead"]))
    assert (dead["waiting"], dead["last"]["status"], dead["last"]["error"]) == (0, 503, "answered 503")
    receiver.answers = lambda number: 200
    again = await admin("POST", f"/api/webhooks/{id}/again")
    assert again.said == {"waiting": 1}
    await receiver.until(lambda: receiver.types() == ["OrderIssued"])
    well = await until(admin, id, lambda hook: hook["waiting"] == 0)
    assert (well["dead"], well["last"]["error"]) == (0, "")


async def test_two_nodes_tell_each_event_once(
    start_pingji: StartPingji, postgres_url: str, visit: Visit, receiver: Receiver
) -> None:
    first = start_pingji(url=postgres_url, arguments=QUICK)
    second = start_pingji(url=postgres_url, arguments=QUICK, join=True)
    admin, commander = await visit("admin", at=first), await visit("commander", at=first)
    village, other = await visit(VILLAGE, at=first), await visit("commander2", at=second)
    id = await hooked(admin, receiver, "OrderIssued", "OrderRecalled")
    orders = [await ordered(commander, await asked_for(village, PUMP)) for _ in range(6)]
    for order in orders:
        await acted(other, "RecallOrder", order=order, reason="不用了")
    await receiver.until(lambda: len(receiver.heard) >= 12)
    await until(admin, id, lambda hook: hook["waiting"] == 0)
    assert len(receiver.deliveries) == len({*receiver.deliveries}) == 12
    for order in orders:
        mine = [said["type"] for said in receiver.heard if said["event"]["order"] == order]
        assert mine == ["OrderIssued", "OrderRecalled"]


async def test_nothing_of_a_drill_is_ever_sent(visit: Visit, receiver: Receiver) -> None:
    admin, commander = await visit("admin"), await visit("commander")
    id = await hooked(admin, receiver)
    drill = (await commander("POST", "/api/drills")).said
    inside = await visit()
    inside.token = drill["token"]
    request = await asked_for(inside, PUMP)
    await ordered(inside, request)
    entered = (await admin("POST", f"/api/drills/{drill['log']}/enter")).said
    inside.token = entered["token"]
    for method, path in (
        ("GET", "/api/webhooks"),
        ("POST", "/api/webhooks"),
        ("POST", f"/api/webhooks/{id}/test"),
    ):
        answer = await inside(method, path, None if method == "GET" else {})
        assert (answer.status, answer.code) == (403, "not_allowed")
    real = await ordered(commander, await asked_for(await visit(VILLAGE), PUMP))
    await receiver.until(lambda: any(said["type"] == "OrderIssued" for said in receiver.heard))
    assert {said["log"] for said in receiver.heard} == {"310116"}
    assert {said["order"]["id"] for said in receiver.heard} == {real}
    await admin("DELETE", f"/api/webhooks/{id}")
    assert (await commander("DELETE", f"/api/drills/{drill['log']}")).status == 200


async def test_a_webhook_can_be_tried_changed_and_silenced(visit: Visit, receiver: Receiver) -> None:
    admin, commander, village = await visit("admin"), await visit("commander"), await visit(VILLAGE)
    id = await hooked(admin, receiver)
    assert (await admin("POST", f"/api/webhooks/{id}/test")).said == {"status": 200, "error": ""}
    assert receiver.types() == ["Test"]
    receiver.answers = lambda number: 418
    tried = await admin("POST", f"/api/webhooks/{id}/test")
    assert tried.said == {"status": 418, "error": "answered 418"}
    assert (await seen(admin, id))["last"]["status"] == 418
    receiver.answers = lambda number: 200
    silent = await admin("PATCH", f"/api/webhooks/{id}", {"active": False, "events": ["OrderClosed"]})
    assert (silent.said["active"], silent.said["events"]) == (False, ["OrderClosed"])
    await admin("PATCH", f"/api/webhooks/{id}", {"active": True, "events": ["OrderIssued"]})
    told = await ordered(commander, await asked_for(village, PUMP))
    await receiver.until(lambda: "OrderIssued" in receiver.types())
    assert {said["order"]["id"] for said in receiver.heard if said["type"] != "Test"} == {told}
    for wrong in (
        {"secret": "short"},
        {"secret": "with a space in its middle"},
        {"url": "ftp://a/"},
        {"id": "x"},
    ):
        assert (await admin("PATCH", f"/api/webhooks/{id}", wrong)).status == 400
    renewed = await admin("PATCH", f"/api/webhooks/{id}", {"secret": "new"})
    assert len(renewed.said["secret"]) > 40
    await admin("POST", f"/api/webhooks/{id}/test")
    assert receiver.forged == 1
    await admin("DELETE", f"/api/webhooks/{id}")


@pytest.mark.parametrize("who", ["commander", "observer", VILLAGE])
async def test_webhooks_are_for_administrators(visit: Visit, who: str) -> None:
    person = await visit(who)
    for method, path in (
        ("GET", "/api/webhooks"),
        ("POST", "/api/webhooks"),
        ("PATCH", "/api/webhooks/x"),
        ("DELETE", "/api/webhooks/x"),
        ("POST", "/api/webhooks/x/test"),
        ("POST", "/api/webhooks/x/again"),
    ):
        answer = await person(method, path, None if method in ("GET", "DELETE") else {})
        assert (answer.status, answer.code) == (403, "not_allowed"), (method, path)


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"url": "ftp://a/"}, "bad_address"),
        ({"url": "http://"}, "bad_address"),
        ({"url": "http://me:mine@a/"}, "bad_address"),
        ({"url": "http://169.254.169.254/latest"}, "bad_address"),
        ({"url": "http://a/ b"}, "bad_address"),
        ({"url": "http://[::1"}, "bad_address"),
        ({"url": "http://a/" + "x" * 500}, "bad_address"),
        ({"url": "http://a/", "events": ["CommandIssued"]}, "bad_action"),
        ({"url": "http://a/", "secret": "short"}, "bad_action"),
        ({}, "bad_action"),
    ],
)
async def test_webhooks_that_cannot_be(visit: Visit, asked: object, code: str) -> None:
    answer = await (await visit("admin"))("POST", "/api/webhooks", asked)
    assert (answer.status, answer.code) == (400, code)


def test_waits_double_and_end_somewhere() -> None:
    assert [wait_ms(tries, 0.999999) for tries in (1, 2, 3)] == [999, 1999, 3999]
    assert wait_ms(50, 0.0) == LONGEST_WAIT_MS * 3 // 4
    assert max(wait_ms(tries, 0.99) for tries in range(1, 2000)) <= LONGEST_WAIT_MS


async def test_a_name_that_leads_to_a_link_local_address_is_not_called(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def metadata(self: object, host: str, port: int = 0, family: int = 0) -> list[dict[str, object]]:
        return [{"hostname": host, "host": "169.254.169.254", "port": port, "family": family}]

    monkeypatch.setattr(ThreadedResolver, "resolve", metadata)
    caller = Caller(5)
    done = await caller.call("http://metadata.example/latest", SECRET, "Test", "1", b"{}", 0)
    await caller.close()
    assert done.status is None
    assert "link-local" in done.error


def test_a_signature_is_what_receivers_compute() -> None:
    body = b'{"a":1}'
    mac = hmac.new(b"key", b"1700000000." + body, hashlib.sha256).hexdigest()
    assert signature("key", body, 1_700_000_000) == f"t=1700000000,v1={mac}"
    assert checked("https://other.example:8443/hook?x=1") == "https://other.example:8443/hook?x=1"
