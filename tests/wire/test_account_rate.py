"""One account may not ask without end by opening ever more connections."""

import asyncio
import json
import urllib.request

import socketio

from tests.conftest import StartPingji
from tests.servers.pingji import Pingji

CONNECTIONS, EACH = 13, 14  # each within its own burst of 15; together beyond the account's of 150


def _token(node: Pingji) -> str:
    asked = json.dumps({"login": "commander", "password": "pingji-sample", "want_token": True}).encode()
    with urllib.request.urlopen(f"{node.base_url}/api/login", asked, timeout=10) as answer:
        return str(json.load(answer)["token"])


async def test_the_connections_of_an_account_share_a_limit(start_pingji: StartPingji) -> None:
    node = start_pingji(arguments=("--rate", "5"))
    token = await asyncio.to_thread(_token, node)
    clients = [socketio.AsyncClient(serializer="msgpack", reconnection=False) for _ in range(CONNECTIONS)]
    for number, client in enumerate(clients):
        auth = {"token": token, "device": f"d{number}"}
        await client.connect(node.base_url, transports=["websocket"], auth=auth)
    do = {"type": "CloseCommand", "command": "none"}
    answers = await asyncio.gather(
        *(
            client.call("act", {"id": f"a{number}.{n}", "do": do})
            for number, client in enumerate(clients)
            for n in range(EACH)
        )
    )
    codes = [answer["error"]["code"] for answer in answers]
    assert set(codes) == {"unknown_command", "rate_limited"}
    assert codes.count("unknown_command") >= 150
    for client in clients:
        await client.disconnect()
