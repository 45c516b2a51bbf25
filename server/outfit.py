"""The media plane as the settings say: how many workers, where, and who else has them."""

import os
import secrets
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path

from rooms.consultation.state import CameraKind
from server.engine.engine import Engine
from server.media.addresses import announced, listening
from server.media.crew import Crew
from server.media.plane import Plane
from server.media.process import Launch, Process, folder_for
from server.media.taps import Address
from server.settings import Settings


def fit_out(settings: Settings) -> Plane:
    """Nothing is started yet."""
    folder = media_folder(settings)
    told = settings.media_address or announced(settings.host)
    launch = Launch(udp_host=listening(told), port=settings.media_port, announce=told)
    count = _cores() if settings.media_workers is None else settings.media_workers
    plane = Plane()
    plane.man(
        Crew(
            [Process(folder, place) for place in range(count)],
            settings.media_at,
            launch,
            plane,
            gateway=secrets.token_hex(8),
            shared=settings.media_folder is not None or bool(settings.media_at),
            leave=settings.leave_media,
        )
    )
    return plane


def packet_path() -> str:
    """How media workers of this installation forward packets, unless the environment says otherwise."""
    chosen = os.environ.get("PINGJI_MEDIA_PATH", "auto")
    built = find_spec("rooms.media._swift") is not None
    return chosen if chosen != "auto" else "compiled" if built else "python"


def media_folder(settings: Settings) -> Path:
    """Where workers and taps listen."""
    return settings.media_folder.resolve() if settings.media_folder else folder_for(settings.var)


def camera_address(engines: Mapping[str, Engine], films: Path, log_name: str, camera: str) -> Address | None:
    """Where a registered camera's pictures come from. A file is one of `films`, whatever is said."""
    engine = engines.get(log_name)
    known = engine.world.state.cameras.get(camera) if engine is not None else None
    if engine is None or known is None:
        return None
    address = engine.world.state.camera_addresses.get(camera, "")
    if known.kind is CameraKind.FILE:
        address = str(films / Path(address).name)
    return Address(kind=known.kind.value, address=address)


def _cores() -> int:
    """That this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
