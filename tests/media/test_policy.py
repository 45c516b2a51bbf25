"""What a room does not let through is not let through, whatever a client sends."""

import asyncio

import pytest

from loadtests.media_peer import MediaPeer
from tests.media.paths import both_paths
from tests.media.scene import STAGE, VOICES, Scene, more, nothing_more, until

ALL = ["audio", "camera", "screen"]


@both_paths
async def test_a_client_that_ignores_being_muted_is_not_heard(scene: Scene) -> None:
    await scene.room({"ann": ALL, "bob": ALL}, stage=["ann"])
    ann, bob = await scene.join("ann"), await scene.join("bob")
    scene.play(ann, "mic", "q")
    await more(bob, VOICES[0])
    await more(bob, STAGE)
    await scene.room({"ann": ["camera"], "bob": ALL}, stage=["ann"])
    await nothing_more(bob, VOICES[0])
    await more(bob, STAGE)
    await scene.room({"ann": [], "bob": ALL}, stage=["ann"])
    await nothing_more(bob, STAGE)
    await scene.slot("bob", STAGE, source="ann", picture="muted")
    await scene.room({"ann": ALL, "bob": ALL}, stage=["ann"])
    await more(bob, STAGE)
    await more(bob, VOICES[0])


@both_paths
async def test_whoever_is_removed_is_out_at_once(scene: Scene) -> None:
    await scene.room({"ann": ALL, "bob": ALL}, stage=["ann"])
    ann, bob = await scene.join("ann"), await scene.join("bob")
    scene.play(ann, "mic", "q")
    scene.play(bob, "mic", "q")
    await more(bob, STAGE)
    await more(ann, STAGE)
    await scene.room({"bob": ALL})
    await scene.hears("Dead", participant="ann", reason="removed")
    await nothing_more(bob, STAGE)
    arrived = ann.arrived
    ann.check()
    await more_checks(scene)
    assert ann.arrived == arrived


async def more_checks(scene: Scene) -> None:
    """The worker has answered whatever was sent before."""
    await scene.link.ask("Count")
    await scene.link.ask("Count")


async def test_a_second_device_watches_and_cannot_send(scene: Scene) -> None:
    devices = {"ann": ["phone", "wall"]}
    await scene.room({"ann": ALL, "bob": ALL}, devices=devices, stage=["bob", "ann"])
    wall, bob = await scene.join("ann", device="wall"), await scene.join("bob")
    scene.play(wall, "mic", "q")
    scene.play(bob, "q")
    await more(wall, STAGE)
    await nothing_more(bob, VOICES[0])
    assert bob.heard[STAGE].packets == 0


async def test_an_older_policy_changes_nothing(scene: Scene) -> None:
    await scene.room({"ann": ALL, "bob": ALL}, stage=["ann"])
    await scene.room({"ann": ALL, "bob": ALL}, stage=["ann"])
    ann, bob = await scene.join("ann"), await scene.join("bob")
    scene.play(ann, "q")
    await scene.link.ask("SetRoom", room={"room": "310116/r", "seq": 1, "people": {}})
    await more(bob, STAGE)


async def test_strangers_and_unknown_rooms_are_refused(scene: Scene) -> None:
    with pytest.raises(RuntimeError, match="unknown_room"):
        await scene.join("ann")
    await scene.room({"ann": ALL})
    with pytest.raises(RuntimeError, match="not_admitted"):
        await scene.join("eve")


@both_paths
async def test_a_stranger_who_knows_the_port_gets_nothing(scene: Scene) -> None:
    await scene.room({"ann": ALL, "bob": ALL}, stage=["ann"])
    ann, bob = await scene.join("ann"), await scene.join("bob")
    scene.play(ann, "q")
    await more(bob, STAGE)
    bob.checks = False
    bob.bind()  # another port, and checks that prove nothing
    for _ in range(5):
        bob.check(pwd="wrong")
    await nothing_more(bob, STAGE)
    bob.checks = True
    await more(bob, STAGE)


@both_paths
async def test_packets_with_a_broken_tag_or_played_again_are_not_forwarded(scene: Scene) -> None:
    await scene.room({"ann": ALL, "bob": ALL}, stage=["ann"])
    ann, bob = await scene.join("ann"), await scene.join("bob")
    playing = scene.play(ann, "q")
    await more(bob, STAGE)
    playing.cancel()
    await nothing_more(bob, STAGE)
    before = bob.heard[STAGE].packets
    stream = ann.sent["q"]
    assert ann._dtls is not None
    good = ann._dtls._tx_srtp.protect(ann.rtp(stream, stream.seq + 1, b"\x90\xe0\x80\x01\x00\x00\x11", True))
    ann.send(good[:-1] + bytes([good[-1] ^ 1]))
    for _ in range(3):
        ann.send(good)
    await until(lambda: bob.heard[STAGE].packets == before + 1)
    await nothing_more(bob, STAGE)


@both_paths
async def test_a_flood_is_cut_and_the_others_notice_nothing(scene: Scene) -> None:
    await scene.room({"ann": ALL, "bob": ALL, "eve": ALL}, stage=["ann"])
    ann, bob, eve = await scene.join("ann"), await scene.join("bob"), await scene.join("eve")
    scene.play(ann, "q")
    await more(bob, STAGE)
    for _ in range(40):
        for _ in range(100):
            eve.show("f", size=1_100)
        await asyncio.sleep(0.01)
    counted = await scene.link.ask("Count")
    (flood,) = [p for p in counted["rooms"]["310116/r"] if p["participant"] == "eve"]
    assert sum(stream["bytes"] for stream in flood["streams"]) < 3 * 1_500_000
    await more(bob, STAGE)


class Obedient:
    """A client that sends of its camera what is wanted and no more; nothing when its machine is `busy`."""

    def __init__(self, scene: Scene, peer: MediaPeer, who: str) -> None:
        self._scene, self._peer, self._who = scene, peer, who
        self.busy = False
        self._playing = asyncio.create_task(self._play())

    def wanted(self) -> list[str]:
        told = [
            each for each in self._scene.told if each["type"] == "Wanted" and each["participant"] == self._who
        ]
        layers: list[str] = told[-1]["layers"]["camera"] if told else ["q"]
        return layers

    async def _play(self) -> None:
        while True:
            for name in [] if self.busy else self.wanted():
                stream = self._peer.sent[name]
                key, stream.plis = stream.plis > 0, 0
                self._peer.show(name, key)
            await asyncio.sleep(0.03)

    def stop(self) -> None:
        self._playing.cancel()


async def test_a_camera_hidden_while_it_rested_is_seen_again_when_it_may(scene: Scene) -> None:
    """A client that sends only what is wanted sends nothing while hidden; the room still knows of it."""
    await scene.room({"ann": ALL, "bob": ALL}, stage=["ann"])
    ann, bob = await scene.join("ann"), await scene.join("bob")
    camera = Obedient(scene, ann, "ann")
    await more(bob, STAGE)
    await scene.room({"ann": ["audio"], "bob": ALL}, stage=["ann"])
    await until(lambda: camera.wanted() == [])
    await scene.room({"ann": ALL, "bob": ALL}, stage=["ann"])
    await more(bob, STAGE)
    camera.stop()


async def test_a_camera_that_nothing_came_from_for_long_is_asked_for_and_seen_when_it_sends(
    scene: Scene,
) -> None:
    """Nobody can look at what does not come; it is not forgotten all the same."""
    await scene.room({"ann": ALL, "bob": ALL}, stage=["ann"])
    ann, bob = await scene.join("ann"), await scene.join("bob")
    camera = Obedient(scene, ann, "ann")
    await scene.wish("bob", m6=("", 720))
    await more(bob, STAGE)
    await until(lambda: "f" in camera.wanted())
    camera.busy = True
    await scene.slot("bob", STAGE, source="ann", picture="off")
    await scene.wish("ann", means=["audio", "camera"])  # it says so: it is not off
    await scene.slot("bob", STAGE, source="ann", picture="missing")
    await until(lambda: "f" not in camera.wanted())  # what was wanted of it is not wanted any more
    camera.busy = False
    await more(bob, STAGE)
    camera.stop()
