"""A district that is ready at once, and the server in the hands of a browser script.

The sample district is made once and copied. A script that needs its server killed, started or paused says
so over HTTP (`HELM`): the browsers stay open meanwhile, which is the point of such a test.
"""

import shutil
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any, Protocol

import pytest

from tests.conftest import StartPingji
from tests.servers.pingji import Pingji
from tests.servers.process import free_port

HERE = Path(__file__).parent


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
    """An address: POST …/kill9, …/start, …/pause, …/resume does that to the node.

    One thread answers until the end: a server dies with the thread that started it (tests/servers/process).
    """
    deeds: dict[str, Callable[[], Any]] = {
        "/kill9": node.kill9,
        "/start": node.start,
        "/pause": node.pause,
        "/resume": node.resume,
    }

    class Helm(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            deed = deeds.get(self.path)
            if deed is not None:
                deed()
            self.send_response(404 if deed is None else 204)
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Helm) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
