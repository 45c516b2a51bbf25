"""One port for IPv4 and IPv6: whoever comes by either meets the others."""

import socket
from collections.abc import Callable

import pytest

from tests.media.conftest import MediaWorker
from tests.media.paths import both_paths
from tests.media.scene import STAGE, VOICES, Scene, more


def _has_six() -> bool:
    try:
        with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True


@both_paths
@pytest.mark.skipif(not _has_six(), reason="this host has no IPv6")
async def test_who_comes_by_ipv6_and_who_comes_by_ipv4_see_and_hear_each_other(
    start_worker: Callable[..., MediaWorker], path: str
) -> None:
    worker = start_worker(udp="[::]:0", announce="127.0.0.1 ::1", path=path)
    scene = await Scene.open(worker.socket)
    await scene.room({"ann": ["audio", "camera"], "bob": ["audio", "camera"]})
    ann, bob = await scene.join("ann", six=True), await scene.join("bob")
    assert ann.address[0] == "::1"
    assert bob.address[0] == "127.0.0.1"
    for one in (ann, bob):
        scene.play(one, "mic", "q")
    for one in (ann, bob):
        await more(one, STAGE)
        await more(one, VOICES[0])
    ann.bind()  # another port of the same address
    await more(bob, STAGE)
    await more(ann, STAGE)
    await scene.close()
