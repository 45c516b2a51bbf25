"""What browsers say and hear when a connection begins, where they differ."""

from aioice import stun

from loadtests.media_peer import MediaPeer
from rooms.control import Line
from rooms.media import answer, ice, sdp
from tests.media.scene import SENDS, SLOTS


def test_an_offer_in_any_order_of_lines_is_answered_alike() -> None:
    """Chromium names a codec before what it is like, Firefox sorts attributes by name."""
    peer = MediaPeer([*SENDS, *SLOTS])
    lines = {mid: Line(line) for mid, line in peer.lines.items()}
    here = answer.Here("ufrag", "pwd", "sha-256 AB", [("127.0.0.1", 1)], "cname")

    def answered(text: str) -> str:
        offered = sdp.read(text)
        return answer.write(offered, answer.choose(offered, lines), here)

    head, *sections = peer.offer.split("\r\nm=")
    in_order = [
        "\r\n".join([first, *sorted(rest, key=lambda line: line.split(":")[0])])
        for first, *rest in (section.strip().split("\r\n") for section in sections)
    ]
    by_name = "\r\nm=".join([head, *in_order]) + "\r\n"
    assert by_name.index("a=rtcp-fb") < by_name.index("a=rtpmap")
    assert answered(by_name) == answered(peer.offer)
    assert "rtx/90000" in answered(by_name)


def test_a_check_is_answered_with_integrity_and_fingerprint() -> None:
    class Here:
        here = ice.credentials()
        remote_ufrag = "them"

    request = stun.Message(stun.Method.BINDING, stun.Class.REQUEST)
    request.attributes["USERNAME"] = f"{Here.here.ufrag}:them"
    request.add_message_integrity(Here.here.pwd.encode())
    request.add_fingerprint()
    check = ice.read(bytes(request))
    assert check is not None
    response = ice.answer(check, Here(), ("192.0.2.7", 5000))
    assert response is not None
    told = stun.parse_message(response)
    assert told.check_message_integrity(Here.here.pwd.encode())
    assert told.attributes["XOR-MAPPED-ADDRESS"] == ("192.0.2.7", 5000)
    assert "FINGERPRINT" in told.attributes
