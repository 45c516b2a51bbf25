"""Cameras and recordings as people use them, with real media: from the map into a room, and its film."""

import os
import shutil
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.conftest import StartPingji
from tests.scenarios.meeting import workers
from tests.servers.pingji import Pingji
from tests.servers.process import free_port

HERE = Path(__file__).parent


@pytest.fixture
def live(sample: Path, start_pingji: StartPingji, tmp_path: Path) -> Iterator[Pingji]:
    """The sample district with a media worker."""
    folder = tmp_path / "node"
    shutil.copytree(sample, folder)
    arguments = ("--media-workers", "1", "--media-address", "127.0.0.1")
    node = start_pingji(folder=folder, port=free_port(), media=True, arguments=arguments)
    yield node
    node.stop()
    for pid in workers(node):
        os.kill(pid, signal.SIGKILL)


def test_a_camera_moves_on_the_map_and_a_recording_of_it_plays(
    browser: Callable[..., None], live: Pingji
) -> None:
    browser(HERE / "cameras.mjs", live.base_url)
