"""The socket gateways speak on, and a worker nobody speaks to."""

import asyncio
from pathlib import Path

import pytest

from rooms.control import AnyRequest, Done, Reply
from rooms.media import link
from tests.media.conftest import MediaWorker
from tests.media.scene import Scene, until


def serve(request: AnyRequest) -> Reply:
    return Done(id=request.id)


async def test_a_worker_without_any_gateway_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(link, "LONELY", 0.2)
    over = asyncio.Event()
    listening = link.Link(tmp_path / "s", serve, over.set)
    await listening.open()
    first = await Scene.open(tmp_path / "s")
    second = await Scene.open(tmp_path / "s")
    await first.close()
    await asyncio.sleep(0.4)
    assert not over.is_set()
    await second.link.ask("Ping")
    await second.close()
    await asyncio.wait_for(over.wait(), 5)
    await listening.close()


async def test_a_gateway_that_comes_back_in_time_keeps_the_worker(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(link, "LONELY", 0.3)
    over = asyncio.Event()
    listening = link.Link(tmp_path / "s", serve, over.set)
    await listening.open()
    for _ in range(4):
        gateway = await Scene.open(tmp_path / "s")
        await gateway.link.ask("Ping")
        await gateway.close()
        await asyncio.sleep(0.1)
    assert not over.is_set()
    await listening.close()


async def test_a_socket_left_by_a_dead_worker_is_taken_over(worker: MediaWorker, scene: Scene) -> None:
    worker.process.kill9()
    assert worker.socket.exists()  # nobody removed it
    worker.start()
    again = await Scene.open(worker.socket)
    assert (await again.link.ask("Ping"))["type"] == "Done"
    assert worker.socket.stat().st_mode & 0o777 == 0o600
    await again.close()


async def test_the_last_gateway_to_leave_ends_the_worker(worker: MediaWorker) -> None:
    gateway = await Scene.open(worker.socket)
    for other in worker._gateways:
        other.close()
    await until(lambda: worker.process.alive)
    await gateway.link.ask("Leave")
    await until(lambda: not worker.process.alive)
    await gateway.close()


async def test_every_gateway_is_told_and_a_new_one_hears_what_holds(
    worker: MediaWorker, scene: Scene
) -> None:
    await scene.room({"ann": ["audio"]})
    other = await Scene.open(worker.socket)
    ann = await scene.join("ann")
    scene.play(ann, "mic")
    for listening in (scene, other):
        await listening.hears("Connected", participant="ann")
        await listening.hears("Sending", participant="ann", kinds=["audio"])
    late = await Scene.open(worker.socket)
    await late.link.ask("Hello", protocol=1, gateway="late")
    await late.hears("Connected", participant="ann")
    await late.hears("Sending", participant="ann", kinds=["audio"])
    await other.close()
    await late.close()
