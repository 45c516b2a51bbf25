"""A client's offer, read; and what the worker makes of it, chosen per m-line.

Rules
- Everything is read that a browser's offer for a consultation carries (RFC 8866, 8829, 8843 bundle, 8851
  rids, 8853 simulcast, 8285 header extensions); whatever else stands there is skipped, nothing is guessed.
- An offer without bundle, rtcp-mux, one fingerprint and one pair of ICE credentials is refused: `BadOffer`.
- Sizes are bounded before anything is parsed.
"""

from dataclasses import dataclass, field

LONGEST = 512 * 1024  # characters
MOST_SECTIONS = 64
MOST_CODECS = 96

MID = "urn:ietf:params:rtp-hdrext:sdes:mid"
RID = "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id"
REPAIRED_RID = "urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id"
AUDIO_LEVEL = "urn:ietf:params:rtp-hdrext:ssrc-audio-level"
ABS_SEND_TIME = "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time"
TRANSPORT_CC = "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01"


class BadOffer(Exception):
    """The offer cannot be answered; the text says why, the code is one of `Refused.code`."""

    def __init__(self, why: str, code: str = "bad_sdp") -> None:
        super().__init__(why)
        self.code = code


@dataclass
class Codec:
    pt: int
    name: str  # lower case: "opus", "vp8", "h264", "rtx"
    clock: int
    channels: int = 1
    parameters: dict[str, str] = field(default_factory=dict)
    feedback: list[str] = field(default_factory=list)


@dataclass
class Section:
    """One m-line."""

    kind: str  # "audio" | "video" | anything else, which is rejected
    protocol: str
    formats: list[str]
    mid: str = ""
    direction: str = "sendrecv"
    codecs: dict[int, Codec] = field(default_factory=dict)
    extensions: dict[str, int] = field(default_factory=dict)  # uri → id
    rids: list[str] = field(default_factory=list)  # what the client sends, in its order
    ssrcs: list[int] = field(default_factory=list)
    repairs: dict[int, int] = field(default_factory=dict)  # ssrc → the ssrc it is repaired by
    muxed: bool = False

    def codec(self, name: str) -> Codec | None:
        """The first codec of that name a browser can be held to."""
        for codec in self.codecs.values():
            if codec.name == name and suits(codec):
                return codec
        return None

    def repair_of(self, codec: Codec) -> Codec | None:
        for other in self.codecs.values():
            if other.name == "rtx" and other.parameters.get("apt") == str(codec.pt):
                return other
        return None


@dataclass
class Offered:
    """The offer of one connection."""

    ufrag: str
    pwd: str
    fingerprints: list[tuple[str, str]]  # algorithm, value
    setup: str
    bundle: list[str]
    sections: list[Section]


def suits(codec: Codec) -> bool:
    """H.264 only as cameras are packetised here: mode 1, constrained baseline."""
    if codec.name != "h264":
        return True
    level = codec.parameters.get("profile-level-id", "").lower()
    return codec.parameters.get("packetization-mode") == "1" and level.startswith("42e0")


def read(text: str) -> Offered:
    """Parse an offer; raise BadOffer."""
    if len(text) > LONGEST:
        raise BadOffer("the offer is too long", "too_large")
    head: list[str] = []
    blocks: list[list[str]] = []
    for line in text.replace("\r\n", "\n").split("\n"):
        if line.startswith("m="):
            blocks.append([line])
            if len(blocks) > MOST_SECTIONS:
                raise BadOffer("too many m-lines", "too_large")
        elif line:
            (blocks[-1] if blocks else head).append(line)
    if not head or not head[0].startswith("v=0") or not blocks:
        raise BadOffer("not a session description")
    try:
        sections = [_section(block) for block in blocks]
        return _session(head, blocks, sections)
    except (ValueError, IndexError) as error:
        raise BadOffer(f"unreadable: {error}") from None


def _session(head: list[str], blocks: list[list[str]], sections: list[Section]) -> Offered:
    everything = [*head, *(line for block in blocks for line in block)]
    bundle: list[str] = []
    for line in head:
        if line.startswith("a=group:BUNDLE"):
            bundle = line.split()[1:]
    mids = [section.mid for section in sections]
    if not all(mids) or len(set(mids)) != len(mids) or set(bundle) - set(mids):
        raise BadOffer("mids are missing, repeated, or unknown to the bundle")
    for section in sections:
        if section.mid in bundle and section.kind in {"audio", "video"} and not section.muxed:
            raise BadOffer("rtcp-mux is needed")
    ufrags = _values(everything, "a=ice-ufrag:")
    pwds = _values(everything, "a=ice-pwd:")
    prints = _values(everything, "a=fingerprint:")
    setups = _values(everything, "a=setup:") or {"actpass"}
    if not bundle or len(ufrags) != 1 or len(pwds) != 1 or not prints or len(setups) != 1:
        raise BadOffer("one bundle, one pair of ICE credentials, a fingerprint and one setup are needed")
    setup = setups.pop()
    if setup not in {"actpass", "active"}:
        raise BadOffer("the client must be ready to open DTLS")
    fingerprints = []
    for value in sorted(prints):
        algorithm, digest = value.split(" ", 1)
        fingerprints.append((algorithm.lower(), digest.strip().upper()))
    return Offered(ufrags.pop(), pwds.pop(), fingerprints, setup, bundle, sections)


def _values(lines: list[str], start: str) -> set[str]:
    return {line[len(start) :].strip() for line in lines if line.startswith(start)}


def _section(lines: list[str]) -> Section:
    kind, _port, protocol, *formats = lines[0][2:].split(" ")
    if len(formats) > MOST_CODECS:
        raise BadOffer("too many codecs", "too_large")
    section = Section(kind, protocol, formats)
    # Firefox sorts by name: what a codec is like stands before the codec itself
    for line in sorted(lines[1:], key=lambda line: not line.startswith("a=rtpmap:")):
        if not line.startswith("a="):
            continue
        name, _, value = line[2:].partition(":")
        if name == "mid":
            section.mid = value.strip()
            if len(section.mid) > 16:
                raise BadOffer("a mid is too long")
        elif name in {"sendrecv", "sendonly", "recvonly", "inactive"}:
            section.direction = name
        elif name == "rtcp-mux":
            section.muxed = True
        else:
            reader = READERS.get(name)
            if reader is not None:
                reader(section, value)
    return section


def _rtpmap(section: Section, value: str) -> None:
    pt, encoding = value.split(" ", 1)
    name, clock, *channels = encoding.split("/")
    number = int(pt)
    if not 0 <= number <= 127:
        raise BadOffer("a payload type is out of range")
    section.codecs[number] = Codec(number, name.lower(), int(clock), int(channels[0]) if channels else 1)


def _fmtp(section: Section, value: str) -> None:
    pt, _, parameters = value.partition(" ")
    codec = section.codecs.get(int(pt))
    if codec is not None:
        for part in parameters.split(";"):
            name, _, what = part.strip().partition("=")
            codec.parameters[name] = what


def _feedback(section: Section, value: str) -> None:
    pt, _, what = value.partition(" ")
    for codec in section.codecs.values():
        if pt == "*" or int(pt) == codec.pt:
            codec.feedback.append(what.strip())


def _extmap(section: Section, value: str) -> None:
    number, uri, *_ = value.split(" ")
    identity = int(number.split("/")[0])
    if 1 <= identity <= 14:  # one-byte form only; others are not answered
        section.extensions[uri] = identity


def _rid(section: Section, value: str) -> None:
    rid, direction, *_ = value.split(" ")
    if direction == "send" and len(rid) <= 16 and len(section.rids) < 4:
        section.rids.append(rid)


def _ssrc(section: Section, value: str) -> None:
    ssrc = int(value.split(" ")[0])
    if ssrc not in section.ssrcs and 0 < ssrc < 1 << 32 and len(section.ssrcs) < 16:
        section.ssrcs.append(ssrc)


def _group(section: Section, value: str) -> None:
    meaning, *numbers = value.split(" ")
    if meaning == "FID" and len(numbers) == 2 and len(section.repairs) < 8:
        section.repairs[int(numbers[0])] = int(numbers[1])


READERS = {
    "rtpmap": _rtpmap,
    "fmtp": _fmtp,
    "rtcp-fb": _feedback,
    "extmap": _extmap,
    "rid": _rid,
    "ssrc": _ssrc,
    "ssrc-group": _group,
}
