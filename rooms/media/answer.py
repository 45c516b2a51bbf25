"""The answer to an offer: ice-lite, DTLS passive, one bundle, one codec per way of sending.

What a client sends on carries transport-wide sequence numbers (its own estimator rules its bitrate) and no
REMB; what it receives on carries the send time and asks for REMB, not for transport-wide feedback. Both
live on one connection, which is why each m-line is answered with its own feedback and extensions.
"""

from dataclasses import dataclass, field

from rooms.control import Line
from rooms.media import sdp
from rooms.media.sdp import BadOffer, Codec, Offered, Section

UP_EXTENSIONS = (
    sdp.MID, sdp.RID, sdp.REPAIRED_RID, sdp.AUDIO_LEVEL, sdp.TRANSPORT_CC, sdp.ABS_SEND_TIME,
)  # fmt: skip
# Browsers read send times from pictures only; without one, lost sound can be repeated without RTX, too: a
# repeat under the same number must equal the original to the bit.
DOWN_EXTENSIONS = {"video": (sdp.ABS_SEND_TIME,), "audio": ()}
SENDING = {Line.MIC: "audio", Line.CAMERA: "video", Line.SCREEN: "video"}
RECEIVING = {Line.VOICE: "audio", Line.STAGE: "video", Line.SHARE: "video", Line.THUMB: "video"}
OPUS = "minptime=10;useinbandfec=1;usedtx=1"


@dataclass
class Chosen:
    """What one m-line was answered with. `codec` is None: rejected."""

    section: Section
    line: Line | None = None
    codec: Codec | None = None
    repair: Codec | None = None
    second: Codec | None = None  # H.264 of cameras, in a slot
    second_repair: Codec | None = None
    extensions: dict[str, int] = field(default_factory=dict)
    ssrc: int = 0  # of a slot
    repair_ssrc: int = 0


@dataclass(frozen=True)
class Here:
    """This end of a connection."""

    ufrag: str
    pwd: str
    fingerprint: str  # "sha-256 AB:CD…"
    addresses: list[tuple[str, int]]
    cname: str


def choose(offered: Offered, lines: dict[str, Line]) -> list[Chosen]:
    """One choice per m-line, in order. Raise BadOffer when a wanted line has no codec we forward."""
    return [_choose(section, lines.get(section.mid), offered.bundle) for section in offered.sections]


def _choose(section: Section, line: Line | None, bundle: list[str]) -> Chosen:
    chosen = Chosen(section, line)
    if line is None or section.mid not in bundle or section.direction == "inactive":
        return chosen
    sends = line in SENDING
    kind = SENDING[line] if sends else RECEIVING[line]
    wanted = {"sendonly", "sendrecv"} if sends else {"recvonly", "sendrecv"}
    if section.kind != kind or section.direction not in wanted:
        raise BadOffer(f"mid {section.mid} cannot be {line}")
    codec = section.codec("opus" if kind == "audio" else "vp8")
    if codec is None:
        raise BadOffer(f"mid {section.mid} offers neither opus nor VP8", "no_codec")
    chosen.codec = codec
    if kind == "video":
        chosen.repair = section.repair_of(codec)
        if not sends and (second := section.codec("h264")) is not None:
            chosen.second = second
            chosen.second_repair = section.repair_of(second)
    known = UP_EXTENSIONS if sends else DOWN_EXTENSIONS[kind]
    chosen.extensions = {uri: number for uri, number in section.extensions.items() if uri in known}
    return chosen


def write(offered: Offered, choices: list[Chosen], here: Here) -> str:
    """The answer's text. Slots among the choices have their `ssrc` set."""
    bundle = " ".join(c.section.mid for c in choices if c.codec is not None)
    lines = ["v=0", "o=- 1 1 IN IP4 0.0.0.0", "s=-", "t=0 0", "a=ice-lite", f"a=group:BUNDLE {bundle}"]
    lines += ["a=extmap-allow-mixed", "a=msid-semantic: WMS *"]
    first = True
    for chosen in choices:
        lines += _lines(chosen, here, first)
        first = first and chosen.codec is None
    return "\r\n".join(lines) + "\r\n"


def _lines(chosen: Chosen, here: Here, with_candidates: bool) -> list[str]:
    section = chosen.section
    if chosen.codec is None:
        formats = " ".join(section.formats)
        return [
            f"m={section.kind} 0 {section.protocol} {formats}",
            "c=IN IP4 0.0.0.0",
            f"a=mid:{section.mid}",
            "a=inactive",
        ]
    codecs = [c for c in (chosen.codec, chosen.repair, chosen.second, chosen.second_repair) if c is not None]
    sends = chosen.line in SENDING
    lines = [
        f"m={section.kind} 9 {section.protocol} {' '.join(str(c.pt) for c in codecs)}",
        "c=IN IP4 0.0.0.0",
        "a=rtcp:9 IN IP4 0.0.0.0",
        f"a=ice-ufrag:{here.ufrag}",
        f"a=ice-pwd:{here.pwd}",
        f"a=fingerprint:{here.fingerprint}",
        "a=setup:passive",
        f"a=mid:{section.mid}",
        "a=recvonly" if sends else "a=sendonly",
        "a=rtcp-mux",
        "a=rtcp-rsize",
    ]
    lines += [f"a=extmap:{number} {uri}" for uri, number in sorted(chosen.extensions.items())]
    for codec in codecs:
        lines += _codec(codec, sends, section.kind)
    if sends and section.rids:
        lines += [f"a=rid:{rid} recv" for rid in section.rids]
        lines.append(f"a=simulcast:recv {';'.join(section.rids)}")
    if not sends:
        lines += _sources(chosen, here)
    if with_candidates:
        lines += _candidates(here)
    return lines


def _codec(codec: Codec, sends: bool, kind: str) -> list[str]:
    channels = f"/{codec.channels}" if codec.channels > 1 else ""
    shown = {"vp8": "VP8", "h264": "H264"}.get(codec.name, codec.name)
    lines = [f"a=rtpmap:{codec.pt} {shown}/{codec.clock}{channels}"]
    if codec.name == "opus":
        lines.append(f"a=fmtp:{codec.pt} {OPUS}")
    elif codec.parameters:
        lines.append(f"a=fmtp:{codec.pt} " + ";".join(f"{k}={v}" for k, v in codec.parameters.items()))
    if codec.name == "rtx":
        return lines
    wanted = ["transport-cc"] if sends else (["goog-remb"] if kind == "video" else [])
    wanted += ["ccm fir", "nack", "nack pli"] if kind == "video" else ["nack"]
    lines += [f"a=rtcp-fb:{codec.pt} {what}" for what in wanted if what in codec.feedback or what == "nack"]
    return lines


def _sources(chosen: Chosen, here: Here) -> list[str]:
    lines = [f"a=msid:{chosen.section.mid} {chosen.section.mid}"]
    repaired = chosen.repair is not None and chosen.repair_ssrc
    if repaired:
        lines.append(f"a=ssrc-group:FID {chosen.ssrc} {chosen.repair_ssrc}")
    for ssrc in (chosen.ssrc, chosen.repair_ssrc) if repaired else (chosen.ssrc,):
        lines.append(f"a=ssrc:{ssrc} cname:{here.cname}")
    return lines


def _candidates(here: Here) -> list[str]:
    lines = []
    for index, (host, port) in enumerate(here.addresses):
        priority = (126 << 24) | ((65535 - index) << 8) | 255
        lines.append(f"a=candidate:{index + 1} 1 udp {priority} {host} {port} typ host")
    lines.append("a=end-of-candidates")
    return lines
