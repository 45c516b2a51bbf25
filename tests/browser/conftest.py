"""A district that is ready at once, and the server in the hands of a browser script.

The sample district is made once and copied. A script that needs its server killed, started or paused says
so over HTTP (`HELM`): the browsers stay open meanwhile, which is the point of such a test. The same way it
asks for a bad network between the browsers and the media worker (`meeting`).
"""

import asyncio
import json
import os
import queue
import shutil
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from time import monotonic, sleep
from typing import Any, Protocol

import pytest

from server.media.addresses import announced
from tests.conftest import StartPingji
from tests.scenarios.meeting import workers
from tests.servers.pingji import Pingji
from tests.servers.process import free_port
from tests.servers.proxy import Proxy
from tests.servers.udp_proxy import UdpProxy

HERE = Path(__file__).parent

Deed = Callable[[dict[str, Any]], Any]


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A node's folder with the sample district, to copy."""
    folder = tmp_path_factory.mktemp("sample") / "node"
    Pingji(folder).init()
    return folder


@pytest.fixture
def node(sample: Path, start_pingji: StartPingji, tmp_path: Path) -> Pingji:
    """One process, SQLite, the sample district, a port that stays the same over restarts."""
    folder = tmp_path / "node"
    shutil.copytree(sample, folder)
    return start_pingji(folder=folder, port=free_port())


class Script(Protocol):
    """`script("purpose.mjs", NAME=value)`: play it against the node; its failure fails the test."""

    def __call__(self, name: str, **environment: str) -> None: ...


@pytest.fixture
def script(browser: Callable[..., None], node: Pingji) -> Script:
    def run(name: str, **environment: str) -> None:
        browser(HERE / name, node.base_url, **environment)

    return run


@pytest.fixture
def helm(node: Pingji) -> Iterator[str]:
    """An address: POST …/kill9, …/start, …/pause, …/resume does that to the node."""

    def start(_: dict[str, Any]) -> None:
        node.start()

    with helm_of(
        {
            "/kill9": lambda _: node.kill9(),
            "/start": start,
            "/pause": lambda _: node.pause(),
            "/resume": lambda _: node.resume(),
        }
    ) as address:
        yield address


class Meeting(Protocol):
    """`meeting("rooms.mjs", "--turn", url)`: play it against a node with media; more words go to `serve`."""

    def __call__(self, name: str, *arguments: str, **environment: str) -> None: ...


@pytest.fixture
def meeting(
    browser: Callable[..., None], sample: Path, start_pingji: StartPingji, tmp_path: Path
) -> Iterator[Meeting]:
    """A node with one media worker, which browsers reach only through a network that can be disturbed.

    POST …/network with what `UdpProxy.disturb` knows, `direction`, `rebind` or `heal`; the answer counts
    the datagrams that passed and that were lost. Who comes by `THROUGH` instead of `BASE_URL` has a line that
    POST …/line cuts (`{"cut": true}`, and refuses further ones) and heals (`{}`); media does not use it.
    POST …/worker does what `trouble` knows to the media worker.
    """
    port = free_udp_port()
    host = announced("127.0.0.1")[0]  # not loopback: Firefox does not use it
    with UdpProxy(port, seed=7, host=host) as proxy:
        network: dict[str, Deed] = {"/network": lambda asked: change(proxy, asked)}

        def run(name: str, *arguments: str, **environment: str) -> None:
            folder = tmp_path / "node"
            shutil.copytree(sample, folder)
            media = ("--media-workers", "1", "--media-port", str(port))
            told = ("--media-address", f"{host}:{proxy.port}")
            node = start_pingji(folder=folder, media=True, arguments=(*media, *told, *arguments))
            worker: Deed = lambda asked: trouble(workers(node), **asked)  # noqa: E731
            with (
                line_to(node.port) as line,
                helm_of({**network, "/line": line.change, "/worker": worker}) as address,
            ):
                patient = {"PATIENCE": "45000", **environment}
                browser(HERE / name, node.base_url, HELM=address, THROUGH=line.url, **patient)

        yield run


def trouble(
    pids: list[int], kill: bool = False, seconds: float = 0.0, asleep: float = 0.0, awake: float = 0.0
) -> None:
    """`kill` the media worker; or give it little of the machine: for `seconds` it gets only `awake` seconds
    after each `asleep` ones. Returns when that is over."""
    if kill:
        for pid in pids:
            os.kill(pid, signal.SIGKILL)
    over = monotonic() + seconds
    while monotonic() < over:
        for number, lasts in ((signal.SIGSTOP, asleep), (signal.SIGCONT, awake)):
            for pid in pids:
                os.kill(pid, number)
            sleep(lasts)


def change(proxy: UdpProxy, asked: dict[str, Any]) -> dict[str, Any]:
    if asked.pop("heal", False):
        proxy.heal()
    if asked.pop("rebind", False):
        proxy.rebind()
    proxy.disturb(asked.pop("direction", None), **asked)
    return {"passed": proxy.passed, "lost": proxy.lost}


class LineTo:
    """The way of everything but media to a server, through a proxy with a loop of its own."""

    def __init__(self, loop: asyncio.AbstractEventLoop, proxy: Proxy) -> None:
        self._loop, self._proxy = loop, proxy
        self.url = f"http://127.0.0.1:{proxy.port}"

    def change(self, asked: dict[str, Any]) -> None:
        async def changed() -> None:
            if asked.get("cut"):
                self._proxy.refuse()
                self._proxy.cut()
            else:
                await self._proxy.heal()

        asyncio.run_coroutine_threadsafe(changed(), self._loop).result(10)


@contextmanager
def line_to(port: int) -> Iterator[LineTo]:
    ready: queue.Queue[tuple[asyncio.AbstractEventLoop, Proxy]] = queue.Queue()
    over = asyncio.Event()

    async def run() -> None:
        async with Proxy(("127.0.0.1", port), seed=7) as proxy:
            ready.put((asyncio.get_running_loop(), proxy))
            await over.wait()

    thread = threading.Thread(target=lambda: asyncio.run(run()), daemon=True)
    thread.start()
    loop, proxy = ready.get(timeout=10)
    try:
        yield LineTo(loop, proxy)
    finally:
        loop.call_soon_threadsafe(over.set)
        thread.join(10)


def free_udp_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("0.0.0.0", 0))
        return int(probe.getsockname()[1])


@contextmanager
def helm_of(deeds: dict[str, Deed]) -> Iterator[str]:
    """Serve these deeds at an address.

    One thread answers until the end: a server dies with the thread that started it (tests/servers/process).
    """

    class Helm(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            deed = deeds.get(self.path)
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"] or 0)) or b"{}")
            answer = b"" if deed is None else json.dumps(deed(body)).encode()
            self.send_response(404 if deed is None else 200)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Helm) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
