"""Bytes nobody meant: no exception escapes, nothing grows, and those who behave notice nothing.

Seeded, so that what fails fails again.
"""

import asyncio
import random
import socket
import struct

import pytest
from aioice import stun

from loadtests.media_peer import MediaPeer
from rooms.control import Line
from rooms.media import answer, ice, sdp
from tests.media.conftest import MediaWorker
from tests.media.paths import both_paths
from tests.media.scene import SENDS, SLOTS, STAGE, Scene, more

ALL = ["audio", "camera", "screen"]


def mangled(chance: random.Random, data: bytes) -> bytes:
    """Some bytes changed, cut out, doubled."""
    wrong = bytearray(data)
    for _ in range(chance.randint(1, 6)):
        at = chance.randrange(len(wrong) + 1)
        match chance.randrange(4):
            case 0 if wrong:
                wrong[at % len(wrong)] = chance.randrange(256)
            case 1:
                del wrong[at : at + chance.randrange(40)]
            case 2:
                wrong[at:at] = wrong[at : at + chance.randrange(40)]
            case _:
                wrong[at:at] = chance.randbytes(chance.randrange(4))
    return bytes(wrong)


def mangled_lines(chance: random.Random, text: str) -> str:
    lines = text.split("\r\n")
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(lines))
        match chance.randrange(5):
            case 0:
                del lines[at : at + chance.randint(1, 5)]
            case 1:
                lines.insert(at, lines[chance.randrange(len(lines))])
            case 2:
                lines[at] = mangled(chance, lines[at].encode()).decode("utf-8", "replace")
            case 3:
                lines[at] = lines[at].split(":")[0] + ":"
            case _:
                lines[at] = lines[at].replace("1", "-999999999999999999999").replace(" ", "")
        if not lines:
            return ""
    return "\r\n".join(lines)


def test_an_offer_is_answered_or_refused_whatever_it_says() -> None:
    chance = random.Random(7)
    peer = MediaPeer([*SENDS, *SLOTS])
    lines = {mid: Line(line) for mid, line in peer.lines.items()}
    here = answer.Here("u", "p", "sha-256 AA", [("127.0.0.1", 9)], "c")
    answered = 0
    for _ in range(4_000):
        try:
            offered = sdp.read(mangled_lines(chance, peer.offer))
            answer.write(offered, answer.choose(offered, lines), here)
            answered += 1
        except sdp.BadOffer:
            continue
    assert 100 < answered < 3_900


def test_what_is_too_large_is_refused_before_it_is_read() -> None:
    offer = MediaPeer(["mic"]).offer
    for text in (offer + "a=x\r\n" * 200_000, offer + "m=audio 9 X 0\r\n" * 100):
        with pytest.raises(sdp.BadOffer) as refused:
            sdp.read(text)
        assert refused.value.code == "too_large"


class End:
    here = ice.Credentials("server", "secret-secret-secret-secret")
    remote_ufrag = "client"


def request(pwd: str = End.here.pwd, name: str = "server:client") -> bytes:
    message = stun.Message(stun.Method.BINDING, stun.Class.REQUEST, attributes={"USERNAME": name})
    message.add_message_integrity(pwd.encode())
    return bytes(message)


def test_only_checks_with_the_right_secret_are_answered() -> None:
    good = ice.read(request())
    assert good is not None
    assert ice.answer(good, End(), ("127.0.0.1", 5)) is not None
    for wrong in (request(pwd="guess"), request(name="server:other")):
        check = ice.read(wrong)
        assert check is not None
        assert ice.answer(check, End(), ("127.0.0.1", 5)) is None


def test_a_mangled_check_is_not_answered_and_raises_nothing() -> None:
    chance = random.Random(8)
    for _ in range(5_000):
        check = ice.read(mangled(chance, request()))
        if check is not None:
            ice.answer(check, End(), ("127.0.0.1", 5))
        ice.read(bytes([chance.randrange(4)]) + chance.randbytes(chance.randrange(80)))
    assert ice.read(b"") is None


@both_paths
async def test_a_worker_lives_through_bytes_from_strangers_and_from_its_own(
    worker: MediaWorker, scene: Scene
) -> None:
    chance = random.Random(9)
    await scene.room({"ann": ALL, "bob": ALL, "eve": ALL}, stage=["ann"])
    ann, bob, eve = await scene.join("ann"), await scene.join("bob"), await scene.join("eve")
    scene.play(ann, "mic", "q")
    await more(bob, STAGE)
    assert eve._answer is not None
    stranger = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    stranger.connect(eve._answer.address)
    stream = eve.sent["q"]
    plain = eve.rtp(stream, 5, b"\x90\xe0\x80\x01\x00\x00\x10\x02\x00\x9d\x01\x2a\x40\x01\xb4\x00", True)
    compounds = (
        struct.pack(">BBHIIII", 0x81, 205, 4, 1, eve._answer.slots[STAGE], 0xFFFFFFFF, 0),
        struct.pack(">BBHI", 0x9F, 201, 200, 1) + bytes(300),
        struct.pack(">BBHII4sII", 0x8F, 206, 5, 1, 0, b"REMB", 0xFFFFFFFF, 1),
        struct.pack(">BBHIQIII", 0x80, 200, 6, stream.ssrc, 0xFFFFFFFFFFFFFFFF, 0, 0, 0),
    )
    for turn in range(3_000):
        stranger.send(chance.randbytes(1) + chance.randbytes(chance.randrange(300)))
        wrong = mangled(chance, plain)
        if len(wrong) >= 12:
            header = bytes([0x80 | wrong[0] & 0x3F, 96 + wrong[1] % 3 | wrong[1] & 0x80]) + wrong[2:8]
            _send_protected(eve, header + plain[8:12] + wrong[12:])
        _send_protected(eve, mangled(chance, chance.choice(compounds)), control=True)
        if turn % 100 == 0:
            await asyncio.sleep(0.01)
    stranger.close()
    await more(bob, STAGE, 20)
    assert bob.heard[STAGE].lost == 0
    assert "Traceback" not in worker.log.read_text()
    counted = await scene.link.ask("Count")
    streams = [s for p in counted["rooms"]["310116/r"] if p["participant"] == "eve" for s in p["streams"]]
    assert len(streams) <= 5 + len(SLOTS)


def _send_protected(peer: MediaPeer, data: bytes, control: bool = False) -> None:
    """Whatever libsrtp is willing to encrypt."""
    from pylibsrtp import Error

    try:
        if control:
            peer.send_rtcp(data[:1].ljust(1, b"\x80") + data[1:])
        else:
            peer.send_srtp(data)
    except (Error, ValueError):
        return


async def test_a_gateway_that_talks_nonsense_loses_its_link_and_nobody_else_does(
    worker: MediaWorker, scene: Scene
) -> None:
    chance = random.Random(10)
    await scene.room({"ann": ALL, "bob": ALL}, stage=["ann"])
    ann, bob = await scene.join("ann"), await scene.join("bob")
    scene.play(ann, "q")
    await more(bob, STAGE)
    good = b"\x83\xa4type\xa5Count\xa2id\x01\xa1x\x02"
    for _ in range(300):
        reader, writer = await asyncio.open_unix_connection(worker.socket)
        body = mangled(chance, good)
        writer.write(chance.choice([len(body), 5, 0xFFFFFFFF, 0]).to_bytes(4, "big") + body)
        writer.write_eof()
        await reader.read()
        writer.close()
    await more(bob, STAGE)
    assert "Traceback" not in worker.log.read_text()
