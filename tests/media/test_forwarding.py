"""What somebody sends comes to those who should get it, as they asked for it."""

import asyncio

from loadtests.media_peer import MediaPeer
from tests.media.paths import both_paths
from tests.media.scene import SHARE, STAGE, THUMB, VOICES, Scene, more, nothing_more, payload, until

ALL = ["audio", "camera", "screen"]


def sizes(peer: MediaPeer, mid: str) -> list[int]:
    """Payload sizes of what comes in a slot, as it comes."""
    seen: list[int] = []

    def note(where: str, packet: bytes) -> None:
        if where == mid:
            seen.append(len(payload(packet)))

    peer.packet = note
    return seen


@both_paths
async def test_a_picture_comes_without_gaps_and_begins_with_a_key_frame(scene: Scene) -> None:
    await scene.room({"ann": ALL, "bob": ALL}, stage=["ann"])
    ann, bob = await scene.join("ann"), await scene.join("bob")
    first: list[bytes] = []
    bob.packet = lambda mid, packet: first.append(packet) if mid == STAGE else None
    scene.play(ann, "mic", "q")
    await more(bob, STAGE, 30)
    assert b"\x9d\x01\x2a" in first[0]
    assert bob.heard[STAGE].lost == 0
    assert int.from_bytes(first[0][2:4], "big") < 32_768
    await scene.slot("bob", STAGE, source="ann", picture="live", height=180)
    await scene.hears("Sending", participant="ann", kinds=["audio", "camera"])


@both_paths
async def test_nobody_hears_themselves_and_three_of_five_are_heard(scene: Scene) -> None:
    names = ["ann", "bob", "cat", "dan", "eve"]
    await scene.room({name: ["audio"] for name in names})
    peers = {name: await scene.join(name, ["mic", "voice", "voice", "voice", "voice"]) for name in names}
    for at, name in enumerate(names):
        scene.play(peers[name], "mic", level=10 + 15 * at)
    await scene.hears("Speaking", speakers=["ann", "bob", "cat"])
    await more(peers["eve"], "3")
    assert peers["eve"].heard["4"].packets == 0
    await until(lambda: sum(1 for mid in "1234" if peers["ann"].heard[mid].packets > 20) >= 2)
    own = [told for told in scene.told if told["type"] == "Slots"]
    assert not any(slot["source"] == told["participant"] for told in own for slot in told["slots"].values())


async def test_whoever_is_always_heard_is_heard_beside_the_three_loudest(scene: Scene) -> None:
    names = ["ann", "bob", "cat", "dan"]
    await scene.room({name: ["audio"] for name in names}, always_heard=["dan"])
    peers = {name: await scene.join(name, ["mic", "voice", "voice", "voice"]) for name in names}
    for name in names:
        scene.play(peers[name], "mic", level=45 if name == "dan" else 10)
    await scene.slot("ann", "1", kind="audio", picture="live")
    await until(
        lambda: any(
            slot["source"] == "dan"
            for told in scene.told
            if told["type"] == "Slots" and told["participant"] == "ann"
            for slot in told["slots"].values()
        )
    )


async def test_the_layer_follows_the_size_it_is_drawn_in(scene: Scene) -> None:
    await scene.room({"ann": ALL, "bob": ALL})
    ann, bob = await scene.join("ann"), await scene.join("bob")
    seen = sizes(bob, THUMB)
    scene.play(ann, "q", "h", "f")
    await scene.wish("bob", m8=("ann", 180))
    await scene.slot("bob", THUMB, source="ann", picture="live", height=180)
    await more(bob, THUMB)
    assert max(seen[-5:]) < 300
    await scene.wish("bob", m8=("ann", 720))
    await scene.slot("bob", THUMB, source="ann", picture="live", height=720)
    await more(bob, THUMB)
    assert min(seen[-5:]) > 800
    assert bob.heard[THUMB].lost == 0
    await scene.wish("bob", m8=("ann", 0))
    await scene.slot("bob", THUMB, picture="empty")
    await nothing_more(bob, THUMB)


async def test_the_shared_screen_is_the_rooms_choice(scene: Scene) -> None:
    await scene.room({"ann": ALL, "bob": ALL, "cat": ALL}, share="ann")
    ann, bob, cat = await scene.join("ann"), await scene.join("bob"), await scene.join("cat")
    scene.play(ann, "screen")
    scene.play(bob, "screen")
    await more(cat, SHARE)
    await scene.slot("cat", SHARE, source="ann", picture="live")
    assert bob.heard[SHARE].packets > 0
    assert ann.heard[SHARE].packets == 0


@both_paths
async def test_a_packet_that_was_lost_is_sent_again(scene: Scene) -> None:
    await scene.room({"ann": ALL, "bob": ALL}, stage=["ann"])
    ann, bob = await scene.join("ann"), await scene.join("bob")
    scene.play(ann, "q")
    await more(bob, STAGE, 20)
    bob.nack(STAGE, (bob.heard[STAGE].last_seq - 3) & 0xFFFF)
    await until(lambda: bob.heard[STAGE].repeated == 1)


@both_paths
async def test_a_gap_upstream_is_asked_for_and_filled(scene: Scene) -> None:
    await scene.room({"ann": ALL, "bob": ALL}, stage=["ann"])
    ann, bob = await scene.join("ann"), await scene.join("bob")
    playing = scene.play(ann, "q")
    await more(bob, STAGE, 10)
    playing.cancel()
    ann.sent["q"].seq += 1  # one packet never leaves
    ann.show("q")
    await until(lambda: ann.sent["q"].nacks > 0)


async def test_key_frames_are_asked_for_rarely_and_until_one_comes(scene: Scene) -> None:
    people = [f"p{number}" for number in range(6)]
    await scene.room({"ann": ALL, **{who: [] for who in people}}, stage=["ann"])
    ann = await scene.join("ann")
    task = asyncio.create_task(_without_keys(ann))
    for who in people:
        await scene.join(who, ["stage"])
    await until(lambda: ann.sent["q"].plis >= 2)
    asked = ann.sent["q"].plis
    await asyncio.sleep(1.0)
    assert ann.sent["q"].plis - asked <= 2
    task.cancel()


async def _without_keys(peer: MediaPeer) -> None:
    while True:
        peer.show("q", key=False)
        await asyncio.sleep(0.03)


@both_paths
async def test_somebody_late_is_served_from_the_last_key_frame(scene: Scene) -> None:
    await scene.room({"ann": ALL, "bob": [], "cat": []}, stage=["ann"])
    ann, bob = await scene.join("ann"), await scene.join("bob", ["stage"])
    scene.play(ann, "q")
    await more(bob, "0")
    bob.ask_key("0")
    keys = bob.heard["0"].keys
    await until(lambda: bob.heard["0"].keys > keys)
    plis = ann.sent["q"].plis
    cat = await scene.join("cat", ["stage"])
    await more(cat, "0")
    assert cat.heard["0"].keys >= 1
    assert ann.sent["q"].plis == plis


async def test_a_thin_network_loses_pictures_and_keeps_voices(scene: Scene) -> None:
    await scene.room({"ann": ALL, "bob": ALL}, stage=["ann"])
    ann, bob = await scene.join("ann"), await scene.join("bob")
    scene.play(ann, "mic", "f")
    await more(bob, STAGE, 20)
    thin = asyncio.create_task(_congested(bob))
    await scene.slot("bob", STAGE, source="ann", picture="bandwidth")
    await nothing_more(bob, STAGE)
    await more(bob, VOICES[0])
    thin.cancel()


async def _congested(peer: MediaPeer) -> None:
    for step in range(1_000):
        peer.remb(max(60_000, 120_000 - 10_000 * step))
        await asyncio.sleep(0.1)


async def test_a_layer_nobody_wants_is_not_wanted_from_its_sender(scene: Scene) -> None:
    def wanted() -> list[str]:
        told = [each for each in scene.told if each["type"] == "Wanted" and each["participant"] == "ann"]
        layers: list[str] = told[-1]["layers"]["camera"] if told else []
        return layers

    await scene.room({"ann": ALL, "bob": ALL}, stage=["ann"])
    ann = await scene.join("ann")
    scene.play(ann, "q", "h", "f")
    bob = await scene.join("bob")
    await until(lambda: "f" in wanted())
    await scene.wish("bob", m6=("", 180))
    await until(lambda: wanted() == ["q"])
    await more(bob, STAGE)
    await scene.link.ask("Bye", room="310116/r", participant="bob", device="bob")
    await until(lambda: wanted() == [])


@both_paths
async def test_feedback_reaches_the_sender_and_reports_reach_the_receiver(scene: Scene) -> None:
    await scene.room({"ann": ALL, "bob": ALL}, stage=["ann"])
    ann, bob = await scene.join("ann"), await scene.join("bob")
    scene.play(ann, "mic", "q")
    await until(lambda: ann.feedback > 10 and ann.reports > 1 and bob.reports > 1)
