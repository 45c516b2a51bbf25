"""The real server as a process: what a district runs, on a free port, in a temporary folder.

`Pingji(folder).start()` makes the sample district on first start. The same object starts again on the same
data and the same port, so clients that lost it find it again. Several nodes of one district are several
objects with one `url` (PostgreSQL) and folders of their own; one makes the district, the others `join()`.
"""

import json
import os
import signal
import ssl
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.servers.process import NotReady, Process

ROOT = Path(__file__).resolve().parents[2]
INIT_SECONDS = 120.0


class Pingji:
    """A server with `base_url`, `port`, `pid`, `log`, `var`, `url`. A context manager, or start and stop."""

    def __init__(
        self,
        folder: Path,
        *,
        url: str | None = None,
        port: int = 0,
        arguments: Sequence[str] = (),
        environment: Mapping[str, str] | None = None,
        media: bool = False,
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.var = folder / "var"
        self.log = folder / "pingji.log"
        self.url = url or f"sqlite:///{self.var / 'pingji.db'}"
        self.port = port
        # most tests have no use for media workers, whose start costs more than the test
        self.arguments = (*arguments, *(() if media else ("--no-media",)))
        self.environment = dict(environment or {})
        self._ready_file = folder / "ready.json"
        self._initialized = folder / "initialized"
        self._process: Process | None = None

    def __enter__(self) -> "Pingji":
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def base_url(self) -> str:
        return f"{'https' if '--tls' in self.arguments else 'http'}://127.0.0.1:{self.port}"

    @property
    def trust(self) -> ssl.SSLContext | None:
        """For its clients, when it serves HTTPS with certificates of its own."""
        authority = self.var / "tls" / "ca.pem"
        return ssl.create_default_context(cafile=str(authority)) if authority.exists() else None

    @property
    def pid(self) -> int:
        assert self._process is not None, "not started"
        return self._process.pid

    @property
    def alive(self) -> bool:
        return self._process is not None and self._process.alive

    def init(self, *arguments: str) -> str:
        """Make the sample district; what the command printed. Done by start() unless done before."""
        self.var.mkdir(exist_ok=True)
        made = subprocess.run(
            [sys.executable, "-m", "server", "init", "--var", str(self.var), "--url", self.url, *arguments],
            cwd=ROOT,
            env=Process.environment_with(self.environment),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=INIT_SECONDS,
        )
        if made.returncode != 0:
            raise NotReady(f"init ended with {made.returncode}\n{made.stdout}{made.stderr}")
        self._initialized.touch()
        return made.stdout

    def join(self) -> "Pingji":
        """Start as one more node of a district that another node made."""
        self._initialized.touch()
        return self.start()

    def start(self) -> "Pingji":
        if not self._initialized.exists():
            self.init()
        self.var.mkdir(exist_ok=True)
        self._ready_file.unlink(missing_ok=True)
        command = [sys.executable, "-m", "server", "serve", "--host", "127.0.0.1", "--port", str(self.port)]
        command += ["--url", self.url, "--var", str(self.var), "--ready-file", str(self._ready_file)]
        self._process = Process(
            [*command, *self.arguments], self.log, environment=self.environment, directory=ROOT
        )
        try:
            self._process.await_ready(self._answers)
        except BaseException:
            self._process.stop()
            raise
        return self

    def stop(self) -> int:
        """End in order (SIGTERM), as a deployment does; the exit status."""
        return self._process.stop() if self._process is not None else 0

    def leave(self) -> int:
        """End in order and leave what it started alone: whoever calls this ends it. The exit status."""
        assert self._process is not None, "not started"
        os.kill(self.pid, signal.SIGTERM)
        return self._process.wait(20)

    def kill9(self) -> None:
        assert self._process is not None, "not started"
        self._process.kill9()

    def crash(self) -> None:
        """Only the node is killed, not its media workers: whoever calls this ends them."""
        assert self._process is not None, "not started"
        self._process.crash()

    def restart(self) -> "Pingji":
        """Stop if it runs, then start on the same data and port."""
        self.stop()
        return self.start()

    def pause(self) -> None:
        """Freeze it: to its clients it is half-open."""
        assert self._process is not None, "not started"
        self._process.pause()

    def resume(self) -> None:
        assert self._process is not None, "not started"
        self._process.resume()

    def _answers(self) -> bool:
        try:
            self.port = json.loads(self._ready_file.read_text())["port"]
        except (FileNotFoundError, ValueError):
            return False
        try:
            with urllib.request.urlopen(f"{self.base_url}/healthz", timeout=5, context=self.trust) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False
