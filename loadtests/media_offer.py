"""The offer of a synthetic peer, as a browser would write it, and what it needs of the answer."""

from typing import NamedTuple

LEVEL, SENT, TWCC, MID, RID, REPAIRED = 1, 2, 3, 4, 10, 11
OPUS, VP8, RTX, H264 = 111, 96, 97, 102
SENDS = ("mic", "camera", "screen")
AUDIO = ("mic", "voice")

_EXTENSIONS = {
    LEVEL: "urn:ietf:params:rtp-hdrext:ssrc-audio-level",
    SENT: "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time",
    TWCC: "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01",
    MID: "urn:ietf:params:rtp-hdrext:sdes:mid",
    RID: "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id",
    REPAIRED: "urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id",
}


class Answer(NamedTuple):
    ufrag: str
    pwd: str
    fingerprint: tuple[str, str]
    address: tuple[str, int]
    slots: dict[str, int]  # mid → ssrc of what comes in it
    repairs: dict[str, int]  # mid → ssrc of its retransmissions


def write(lines: dict[str, str], ufrag: str, pwd: str, fingerprint: str, rids: tuple[str, ...]) -> str:
    """`lines`: mid → "mic", "camera", "screen", "voice", "stage", "share" or "thumb"."""
    said = ["v=0", "o=- 1 1 IN IP4 127.0.0.1", "s=-", "t=0 0", f"a=group:BUNDLE {' '.join(lines)}"]
    for mid, line in lines.items():
        kind = "audio" if line in AUDIO else "video"
        types = str(OPUS) if kind == "audio" else f"{VP8} {RTX} {H264}"
        said += [
            f"m={kind} 9 UDP/TLS/RTP/SAVPF {types}",
            "c=IN IP4 0.0.0.0",
            f"a=ice-ufrag:{ufrag}",
            f"a=ice-pwd:{pwd}",
            f"a=fingerprint:sha-256 {fingerprint}",
            "a=setup:actpass",
            f"a=mid:{mid}",
            "a=sendonly" if line in SENDS else "a=recvonly",
            "a=rtcp-mux",
        ]
        said += [f"a=extmap:{number} {uri}" for number, uri in _EXTENSIONS.items()]
        if kind == "audio":
            said += [f"a=rtpmap:{OPUS} opus/48000/2", f"a=rtcp-fb:{OPUS} transport-cc"]
        else:
            said += [f"a=rtpmap:{VP8} VP8/90000"]
            said += [f"a=rtcp-fb:{VP8} {what}" for what in ("goog-remb", "transport-cc", "nack", "nack pli")]
            said += [f"a=rtpmap:{RTX} rtx/90000", f"a=fmtp:{RTX} apt={VP8}"]
            said += [f"a=rtpmap:{H264} H264/90000"]
            said += [f"a=fmtp:{H264} packetization-mode=1;profile-level-id=42e01f"]
        if line == "camera" and rids:
            said += [f"a=rid:{rid} send" for rid in rids] + [f"a=simulcast:send {';'.join(rids)}"]
    return "\r\n".join(said) + "\r\n"


def read(text: str, six: bool = False) -> Answer:
    """`six`: at its first IPv6 address. Raises ValueError, KeyError: it is no answer of a media worker."""
    found: dict[str, str] = {}
    slots: dict[str, int] = {}
    repairs: dict[str, int] = {}
    mid, address = "", ("", 0)
    for line in text.split("\r\n"):
        name, _, value = line.removeprefix("a=").partition(":")
        if name == "mid":
            mid = value
        elif name == "ssrc":
            slots.setdefault(mid, int(value.split(" ")[0]))
        elif name == "ssrc-group":
            slots[mid], repairs[mid] = (int(ssrc) for ssrc in value.split(" ")[1:])
        elif name == "candidate":
            parts = value.split(" ")
            if not address[1] and six == (":" in parts[4]):
                address = (parts[4], int(parts[5]))
        else:
            found.setdefault(name, value)
    algorithm, digest = found["fingerprint"].split(" ")
    return Answer(found["ice-ufrag"], found["ice-pwd"], (algorithm, digest), address, slots, repairs)
