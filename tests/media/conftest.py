"""A media worker as a process, a gateway to it, and pages in a real browser."""

import json
import sys
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import msgspec
import pytest

from rooms.control import Answered, Line, Offer, Want, Wish
from tests.media.gateway import Gateway
from tests.media.scene import Scene
from tests.servers.process import Process
from tests.servers.udp_proxy import UdpProxy

HERE = Path(__file__).parent
ROOT = HERE.parents[1]


class MediaWorker:
    """One worker process on loopback."""

    def __init__(
        self, folder: Path, udp: str = "127.0.0.1:0", announce: str = "127.0.0.1", path: str = "auto"
    ) -> None:
        self.socket = folder / "media.sock"
        self.log = folder / "media.log"
        self._arguments = [
            sys.executable, "-m", "rooms.media", "--socket", str(self.socket), "--udp", udp,
            "--announce", *announce.split(), "--path", path,
        ]  # fmt: skip
        self._gateways: list[Gateway] = []
        self.start()

    def start(self) -> None:
        self.process = Process(self._arguments, self.log, directory=ROOT)
        self.process.await_ready(self._listens)

    def _listens(self) -> bool:
        try:
            self.gateway()
        except OSError:
            return False
        return True

    def gateway(self) -> Gateway:
        gateway = Gateway(self.socket)
        self._gateways.append(gateway)
        return gateway

    def stop(self) -> None:
        for gateway in self._gateways:
            gateway.close()
        self.process.stop()


@pytest.fixture
def start_worker(tmp_path: Path) -> Iterator[Callable[..., MediaWorker]]:
    with ExitStack() as running:

        def start(**keywords: Any) -> MediaWorker:
            worker = MediaWorker(tmp_path, **keywords)
            running.callback(worker.stop)
            return worker

        yield start


@pytest.fixture
def path(request: pytest.FixtureRequest) -> str:
    """Which packet path the worker uses; `both_paths` tries each."""
    how: str = getattr(request, "param", "auto")
    if how == "compiled":
        pytest.importorskip("rooms.media._swift", reason="the packet path was not compiled here")
    return how


@pytest.fixture
def worker(start_worker: Callable[..., MediaWorker], path: str) -> MediaWorker:
    return start_worker(path=path)


@pytest.fixture
def gateway(worker: MediaWorker) -> Gateway:
    return worker.gateway()


def udp_address(gateway: Gateway) -> tuple[str, int]:
    host, _, port = gateway.hello().addresses[0].rpartition(":")
    return host, int(port)


@pytest.fixture
def pages(worker: MediaWorker, gateway: Gateway) -> Iterator[str]:
    """An address that serves an empty page, relays offers and wishes to the worker, and sets rooms."""

    def offer(body: dict[str, Any]) -> dict[str, Any]:
        lines = {mid: Line(line) for mid, line in body.pop("lines").items()}
        reply = gateway.ask(Offer, lines=lines, **body)
        if not isinstance(reply, Answered):
            return {"error": repr(reply)}
        return {"sdp": reply.sdp.replace(f" {network.target[1]} typ", f" {network.port} typ")}

    def want(body: dict[str, Any]) -> dict[str, Any]:
        wishes = [Wish(**wish) for wish in body.pop("wishes")]
        return {"reply": repr(gateway.ask(Want, wishes=wishes, **body))}

    def room(body: dict[str, Any]) -> dict[str, Any]:
        return {"reply": repr(gateway.room(body.pop("room"), **body))}

    def told(body: dict[str, Any]) -> dict[str, Any]:
        return {"told": [msgspec.to_builtins(each) for each in gateway.told]}

    def kill9(body: dict[str, Any]) -> dict[str, Any]:
        nonlocal gateway
        worker.process.kill9()
        worker.start()
        gateway = worker.gateway()
        network.target = udp_address(gateway)
        return {}

    def lose(body: dict[str, Any]) -> dict[str, Any]:
        network.disturb(loss=body["share"])
        return {"lost": sum(network.lost.values())}

    host, port = udp_address(gateway)
    network = UdpProxy(port, seed=1, host=host)
    deeds = {"/lose": lose, "/offer": offer, "/want": want, "/room": room, "/told": told, "/kill9": kill9}

    class Pages(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._say(b"<!doctype html><title>peer</title>", "text/html")

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])) or b"{}")
            self._say(json.dumps(deeds[self.path](body)).encode(), "application/json")

        def _say(self, data: bytes, kind: str) -> None:
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Pages) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
    network.close()


@pytest.fixture
async def scene(worker: MediaWorker) -> AsyncIterator[Scene]:
    opened = await Scene.open(worker.socket)
    yield opened
    await opened.close()
