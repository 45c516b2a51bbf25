"""`python -m rooms.media --socket PATH --udp HOST:PORT --announce ADDRESS[:PORT]…`: one media worker.

It prints one line when it is ready, outlives the gateway that started it, and ends on SIGTERM or when no
gateway has been there for two minutes.
"""

import argparse
import asyncio
import gc
import logging
import os
import signal
import sys
from pathlib import Path

import uvloop

from rooms.media import precedence
from rooms.media.paths import HOWS
from rooms.media.worker import Worker

COLLECT = (20_000, 20, 20)  # packets are tuples of numbers, in no cycle: collecting garbage finds nothing


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m rooms.media", description="A media worker.")
    parser.add_argument("--socket", type=Path, required=True, help="where gateways connect")
    parser.add_argument(
        "--udp", required=True, metavar="HOST:PORT", help="port of the media; 0: any free one"
    )
    parser.add_argument(
        "--announce", nargs="+", required=True, metavar="ADDRESS[:PORT]", help="addresses clients are told"
    )
    parser.add_argument(
        "--path",
        choices=HOWS,
        default=os.environ.get("PINGJI_MEDIA_PATH", "auto"),
        help="the packet path: compiled where it was built (auto), or one of them",
    )
    parser.add_argument(
        "--nice",
        type=int,
        default=precedence.wanted(os.environ.get("PINGJI_MEDIA_NICE", "")),
        help="its niceness, where it may be raised; 0: as it was started",
    )
    chosen = parser.parse_args(arguments)
    host, _, port = chosen.udp.rpartition(":")
    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s %(message)s", level=logging.INFO)
    logging.getLogger(__name__).info("niceness %d", precedence.take(chosen.nice))
    try:
        announce = [_split(each) for each in chosen.announce]
        uvloop.run(_serve(chosen.socket, host.strip("[]"), int(port), announce, chosen.path))
    except (OSError, ImportError) as error:
        print(f"cannot serve: {error}", file=sys.stderr)
        return 1
    return 0


def _split(address: str) -> tuple[str, int]:
    """Host and port; port 0: our own. IPv6 has brackets when there is a port."""
    host, colon, port = address.rpartition(":")
    if colon and (":" not in host or host.endswith("]")):
        return host.strip("[]"), int(port)
    return address.strip("[]"), 0


async def _serve(socket: Path, host: str, port: int, announce: list[tuple[str, int]], how: str) -> None:
    worker = Worker(socket, host, port, announce, how)
    gc.freeze()
    gc.set_threshold(*COLLECT)
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, worker.over.set)
    print(f"media worker {worker.id} on {host}:{worker.mux.port}, {worker.path.how} packet path", flush=True)
    await worker.run()


if __name__ == "__main__":
    sys.exit(main())
