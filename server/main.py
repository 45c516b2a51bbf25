"""Serving: the event loop, the listening socket, signals, the drain at the end."""

import asyncio
import gc
import logging
import os
import signal
import socket
import ssl
import sys
from collections.abc import Callable
from pathlib import Path

import msgspec
import uvloop

from server.encryption import Encryption
from server.node import Node
from server.settings import Settings

log = logging.getLogger(__name__)


def run(settings: Settings, ready: Path | None, announce: Callable[[Node], None]) -> None:
    """Serve until told to stop. Raises NotFounded, JournalDown, WrongFiles, OSError (address in use)."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve(settings, ready, announce))


async def _serve(settings: Settings, ready: Path | None, announce: Callable[[Node], None]) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    listening = _listen(settings.host, settings.port)
    port = listening.getsockname()[1]
    sockets: list[tuple[socket.socket, ssl.SSLContext | None]] = [(listening, None)]
    encryption = Encryption(settings) if settings.tls else None
    if encryption is not None:
        inner = _listen("127.0.0.1", 0)
        settings = msgspec.structs.replace(settings, inner_port=inner.getsockname()[1])
        sockets = [(listening, encryption.context), (inner, None)]
    node = await Node.open(
        msgspec.structs.replace(settings, port=port), encryption.own if encryption is not None else None
    )
    keeping = asyncio.create_task(encryption.keep()) if encryption is not None else None
    _spare_the_collector()
    try:
        await node.start(*sockets)
        if ready is not None:
            _write_ready(ready, port)
        announce(node)
        await stop.wait()
        log.info("stopping: finishing what was accepted")
    finally:
        if keeping is not None:
            keeping.cancel()
        await node.close()
        if ready is not None:
            await asyncio.to_thread(ready.unlink, missing_ok=True)


def _spare_the_collector() -> None:
    """A live district is a large, lasting heap without cycles: walking it costs a quarter of a receipt."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 50, 100)
    # a waiting database thread should not hold the loop for the default 5 ms
    sys.setswitchinterval(0.0005)


def _listen(host: str, port: int) -> socket.socket:
    """Bound first, so that a taken address is said before anything is opened."""
    listening = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listening.bind((host, port))
    return listening


def _write_ready(path: Path, port: int) -> None:
    """Whole or not at all: a reader never sees half of it."""
    draft = path.with_suffix(".part")
    draft.write_text(f'{{"port": {port}, "pid": {os.getpid()}}}\n')
    draft.replace(path)
