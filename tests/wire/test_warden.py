"""A session that is over ends its open sockets, without anybody acting on the log."""

import asyncio
import json
import sqlite3
import urllib.request

import socketio

from tests.servers.pingji import Pingji


def _token(base: str) -> str:
    asked = json.dumps({"login": "observer", "password": "pingji-sample", "want_token": True}).encode()
    with urllib.request.urlopen(f"{base}/api/login", asked, timeout=10) as answer:
        return str(json.load(answer)["token"])


async def test_a_session_signed_out_elsewhere_or_expired_is_cut_with_the_reason(pingji: Pingji) -> None:
    token = await asyncio.to_thread(_token, pingji.base_url)
    client = socketio.AsyncClient(serializer="msgpack", reconnection=False)
    cut: asyncio.Future[dict[str, object]] = asyncio.get_running_loop().create_future()
    client.on("cut", cut.set_result)
    await client.connect(pingji.base_url, transports=["websocket"], auth={"token": token, "device": "d"})

    with sqlite3.connect(pingji.var / "pingji.db", timeout=10) as database:
        ended = database.execute("UPDATE sessions SET expires_at = 1 WHERE account = 'observer'")
        assert ended.rowcount == 1
    database.close()

    assert await asyncio.wait_for(cut, 20) == {"code": "session_revoked", "retry": False}
    await client.disconnect()
