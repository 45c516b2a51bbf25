"""HTTPS while serving: the context of the listening socket, and its certificate kept fresh.

A certificate that was renewed, by us or by whoever keeps the files, counts for new connections within
an hour.
"""

import asyncio
import logging
import socket
import ssl
import time
from pathlib import Path

from server.certificates import Certificates, context
from server.media.addresses import own_addresses
from server.settings import Settings

log = logging.getLogger(__name__)
LOOK_EVERY = 3600.0


class WrongFiles(Exception):
    """The certificate or its key cannot be read; the text says which and why."""


class Encryption:
    """`context` for the socket; `keep` while serving."""

    def __init__(self, settings: Settings) -> None:
        """Raises WrongFiles."""
        self.own: Certificates | None = None
        self._host = settings.host
        if settings.tls == "auto":
            self.own = Certificates(settings.tls_folder)
            self._renew()
            self._files = (self.own.certificate, self.own.key)
        else:
            certificate, _, key = settings.tls.partition(",")
            self._files = (Path(certificate), Path(key or certificate))
        try:
            self.context = context(*self._files)
            self._stamp = self._stamps()
        except (OSError, ssl.SSLError) as trouble:
            raise WrongFiles(f"{self._files[0]}, {self._files[1]}: {trouble}") from None

    def _renew(self) -> None:
        if self.own is not None:
            self.own.renew(int(time.time() * 1000), _names(self._host))

    def _stamps(self) -> tuple[int, ...]:
        return tuple(path.stat().st_mtime_ns for path in self._files)

    async def keep(self) -> None:
        """Until cancelled."""
        while True:
            await asyncio.sleep(LOOK_EVERY)
            try:
                await asyncio.to_thread(self._renew)
                stamp = await asyncio.to_thread(self._stamps)
                if stamp != self._stamp:
                    self.context.load_cert_chain(*self._files)
                    self._stamp = stamp
                    log.info("the certificate is a new one")
            except (OSError, ssl.SSLError) as trouble:
                log.error("the certificate cannot be renewed: %s", trouble)


def _names(host: str) -> set[str]:
    """What browsers may call this host."""
    named = socket.gethostname()
    names = {"localhost", "127.0.0.1", "::1", *own_addresses()}
    if named and all(part and part.isascii() for part in named.split(".")):
        names |= {named, f"{named.split('.')[0]}.local"}
    if host not in ("0.0.0.0", "::", ""):
        names.add(host)
    return names
