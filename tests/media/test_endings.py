"""Connections end, networks go and come back, workers die; what was there is told, nothing is left over."""

import asyncio
from pathlib import Path

import pytest

from tests.media.conftest import MediaWorker
from tests.media.paths import both_paths
from tests.media.scene import STAGE, Scene, more, until
from tests.servers.process import Process

ALL = ["audio", "camera", "screen"]


@both_paths
async def test_a_new_source_port_is_followed(scene: Scene) -> None:
    await scene.room({"ann": ALL, "bob": ALL}, stage=["ann"])
    ann, bob = await scene.join("ann"), await scene.join("bob")
    scene.play(ann, "q")
    await more(bob, STAGE)
    bob.bind()
    await more(bob, STAGE)
    ann.bind()
    await more(bob, STAGE)


async def test_a_network_that_is_gone_is_told_and_then_dead(scene: Scene) -> None:
    await scene.room({"ann": ALL, "bob": ALL}, stage=["ann"])
    ann, bob = await scene.join("ann"), await scene.join("bob")
    playing = scene.play(ann, "q")
    await more(bob, STAGE)
    playing.cancel()
    await ann.vanish()
    await scene.slot("bob", STAGE, source="ann", picture="lost")
    await scene.hears("Dead", participant="ann", reason="silent", seconds=15)


async def test_a_network_that_comes_back_in_time_is_connected_again(scene: Scene) -> None:
    await scene.room({"ann": ALL, "bob": ALL}, stage=["ann"])
    ann, bob = await scene.join("ann"), await scene.join("bob")
    scene.play(ann, "q")
    await more(bob, STAGE)
    scene.told.clear()
    ann.checks = False
    await scene.slot("bob", STAGE, source="ann", picture="lost")
    ann.checks = True
    await scene.hears("Connected", participant="ann")
    await scene.slot("bob", STAGE, source="ann", picture="live")


async def test_a_closed_page_is_gone_at_once(scene: Scene) -> None:
    await scene.room({"ann": ALL})
    ann = await scene.join("ann")
    await scene.hears("Connected", participant="ann")
    await ann.close()
    await scene.hears("Dead", participant="ann", reason="bye", seconds=3)


async def test_a_new_offer_of_a_device_replaces_its_connection(scene: Scene) -> None:
    await scene.room({"ann": ALL, "bob": ALL}, stage=["ann"])
    bob = await scene.join("bob")
    for _ in range(3):
        ann = await scene.join("ann")
        scene.play(ann, "q")
        await more(bob, STAGE)
    assert [told for told in scene.told if told["type"] == "Sending" and not told["kinds"]]
    counted = await scene.link.ask("Count")
    assert len(counted["rooms"]["310116/r"]) == 2
    assert not [told for told in scene.told if told["type"] == "Dead"]


async def test_a_killed_worker_is_noticed_and_another_is_not_the_same(
    worker: MediaWorker, scene: Scene
) -> None:
    await scene.room({"ann": ALL})
    before = await scene.link.ask("Hello", protocol=1, gateway="g")
    worker.process.kill9()
    with pytest.raises(ConnectionError):
        await scene.link.ask("Count")
    worker.start()
    again = await Scene.open(worker.socket)
    after = await again.link.ask("Hello", protocol=1, gateway="g")
    assert after["worker"] != before["worker"]
    assert after["rooms"] == {}
    await again.close()


async def test_another_gateway_adopts_what_is_there_and_media_never_stopped(
    worker: MediaWorker, scene: Scene
) -> None:
    await scene.room({"ann": ALL, "bob": ALL}, stage=["ann"])
    ann, bob = await scene.join("ann"), await scene.join("bob")
    scene.play(ann, "q")
    await more(bob, STAGE)
    await scene.link.close()
    await more(bob, STAGE, 20)
    adopting = await Scene.open(worker.socket)
    greeted = await adopting.link.ask("Hello", protocol=1, gateway="h")
    assert greeted["rooms"] == {"310116/r": 1}
    assert sorted(greeted["peers"]["310116/r"]) == [["ann", "ann"], ["bob", "bob"]]
    assert bob.heard[STAGE].lost == 0
    await adopting.close()


async def test_two_workers_do_not_share_a_socket(worker: MediaWorker) -> None:
    other = Process(worker._arguments, worker.log.with_name("other.log"), directory=Path(__file__).parents[2])
    assert other.wait(20) == 1
    assert "another worker listens" in other.last_words()


@pytest.mark.parametrize("rounds", [12, pytest.param(1_250, marks=pytest.mark.long)])
async def test_joins_and_leaves_leave_memory_flat(worker: MediaWorker, scene: Scene, rounds: int) -> None:
    """Eight a round: hundreds, or ten thousand."""
    await scene.room({"ann": ALL, **{f"p{n}": ALL for n in range(8)}}, stage=["ann"])
    ann = await scene.join("ann")
    scene.play(ann, "mic", "q")

    async def round_trip() -> None:
        peers = [await scene.join(f"p{n}") for n in range(8)]
        await asyncio.gather(*(more(peer, STAGE, 3) for peer in peers))
        for peer in peers:
            await peer.close()
            scene.peers.remove(peer)
        await until(lambda: sum(told["type"] == "Dead" for told in scene.told) == len(peers))
        scene.told.clear()

    for _ in range(4):
        await round_trip()
    sizes: list[int] = []
    for done in range(1, rounds + 1):
        await round_trip()
        if done % max(1, rounds // 10) == 0:
            sizes.append(resident(worker.process.pid))
    print(f"kB after each tenth of {rounds * 8} joins and leaves: {sizes}")
    # what the allocator keeps for so many at once is there after a few thousand; then nothing is added
    assert sizes[-1] - sizes[len(sizes) // 2 - 1] < 1_500, sizes


def resident(pid: int) -> int:
    """kB."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1])
    raise AssertionError("no such process")
