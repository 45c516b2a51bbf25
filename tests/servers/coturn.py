"""coturn as districts run it: the configuration shipped in deploy/, with addresses and ports of a test."""

import re
import shutil
import socket
from pathlib import Path

from tests.servers.process import NotReady
from tests.servers.server import Server

SHIPPED = Path(__file__).resolve().parents[2] / "deploy" / "turnserver.conf"


class Coturn(Server):
    """A relay at `host`, to `peer` only; accounts by `secret`."""

    name = "coturn"

    def __init__(self, host: str, peer: str, secret: str) -> None:
        super().__init__()
        self.host, self.peer, self.secret = host, peer, secret

    @property
    def url(self) -> str:
        """As networks without UDP reach it."""
        return f"turn:{self.host}:{self.port}?transport=tcp"

    def command(self) -> list[str]:
        program = shutil.which("turnserver")
        if program is None:
            raise NotReady("coturn is missing: sudo apt-get install coturn, or run the tests by `make test`")
        return [program, "-c", str(self._configuration()), "--log-file", "stdout", "--simple-log"]

    def _configuration(self) -> Path:
        """As shipped, with what it leaves to the district; TLS is off: it needs a certificate."""
        text = SHIPPED.read_text()
        for name, value in {
            "listening-port": str(self.port),
            "static-auth-secret": self.secret,
            "allowed-peer-ip": self.peer,
        }.items():
            text, found = re.subn(rf"(?m)^{name}=.*$", f"{name}={value}", text)
            assert found == 1, f"{name} is not in {SHIPPED}"
        ours = {"listening-ip": self.host, "relay-ip": self.host, "pidfile": self._folder / "pid"}
        text += "".join(f"\n{name}={value}" for name, value in ours.items())
        path = self._folder / "turnserver.conf"
        path.write_text(f"{text}\nno-tls\nno-dtls\n")
        return path

    def answers(self) -> bool:
        try:
            with socket.create_connection((self.host, self.port), timeout=1):
                return True
        except OSError:
            return False
