"""Where a camera's pictures come from: an RTSP address, a file played again and again, or a test picture.

`open_source` probes and refuses what browsers cannot play; `Source.units` yields encoded access units, each
at its time. Blocking: the camera process does nothing else.
"""

import time
from collections.abc import Iterator
from enum import StrEnum
from typing import Any

import av
import av.error
import msgspec

OPEN_TIMEOUT = 8.0  # seconds for the first answer
READ_TIMEOUT = 8.0  # seconds without a packet
PROBED_FOR = 0.2  # seconds of a live stream looked at before it is played: somebody waits for the picture
LONGEST_STEP_BACK = 1.0  # seconds; further back is a clock that was set
_PLAYED = {"h264"}


class SourceKind(StrEnum):
    RTSP = "rtsp"
    FILE = "file"
    SYNTHETIC = "synthetic"


class Why(StrEnum):
    """Why there is no picture. The first group is worth another try, the second is not."""

    UNREACHABLE = "unreachable"
    SILENT = "silent"
    ENDED = "ended"
    UNAUTHORIZED = "unauthorized"
    NO_VIDEO = "no_video"
    CODEC = "codec"
    REORDERED = "reordered"
    BAD_ADDRESS = "bad_address"


FINAL = frozenset({Why.UNAUTHORIZED, Why.NO_VIDEO, Why.CODEC, Why.REORDERED, Why.BAD_ADDRESS})


class NoPicture(Exception):
    """The source gives no picture a browser can play. `detail` is for the log, in English."""

    def __init__(self, why: Why, detail: str) -> None:
        super().__init__(detail)
        self.why = why
        self.detail = detail


class Unit(msgspec.Struct, frozen=True):
    """An access unit and when it is shown, in seconds from the start of the source."""

    data: bytes
    at: float


class Source:
    """An opened source."""

    def __init__(self, codec: str, width: int, height: int, extradata: bytes, units: Iterator[Unit]) -> None:
        self.codec, self.width, self.height = codec, width, height
        self.extradata = extradata
        self.units = units


def open_source(kind: SourceKind, address: str) -> Source:
    """Open and probe. Raises NoPicture."""
    if kind is SourceKind.SYNTHETIC:
        return _synthetic(address)
    if kind is SourceKind.RTSP:
        if not address.startswith(("rtsp://", "rtsps://")):
            raise NoPicture(Why.BAD_ADDRESS, "not an rtsp:// address")
        # TCP: cameras stand behind the same bad networks as people, and a lost packet costs a whole GOP here
        options = {
            "rtsp_transport": "tcp",
            "stimeout": str(int(READ_TIMEOUT * 1e6)),
            "analyzeduration": str(int(PROBED_FOR * 1e6)),
        }
        container = _open(address, options, format="rtsp")
        return _demuxed(container, live=True, again=None)
    return _demuxed(_open(address, {}), live=False, again=address)


def _open(address: str, options: dict[str, str], format: str | None = None) -> Any:
    try:
        return av.open(address, format=format, options=options, timeout=(OPEN_TIMEOUT, READ_TIMEOUT))
    except (av.error.HTTPUnauthorizedError, av.error.HTTPForbiddenError) as error:
        raise NoPicture(Why.UNAUTHORIZED, error.strerror or type(error).__name__) from None
    except (av.error.ProtocolNotFoundError, av.error.InvalidDataError, av.error.FileNotFoundError) as error:
        raise NoPicture(Why.BAD_ADDRESS, error.strerror or type(error).__name__) from None
    except (av.error.FFmpegError, OSError) as error:
        raise NoPicture(Why.UNREACHABLE, error.strerror or type(error).__name__) from None


def _demuxed(container: Any, live: bool, again: str | None) -> Source:
    """Packets as they are, never decoded."""
    if not container.streams.video:
        container.close()
        raise NoPicture(Why.NO_VIDEO, "the source has no video")
    stream = container.streams.video[0]
    context = stream.codec_context
    codec = context.name
    if codec not in _PLAYED:
        container.close()
        raise NoPicture(Why.CODEC, f"{codec} at {context.width}x{context.height}")
    if context.has_b_frames:
        container.close()
        raise NoPicture(Why.REORDERED, "frames are sent in another order than they are shown (B-frames)")
    extradata = bytes(context.extradata or b"")
    units = _live(container, stream) if live else _played_again(container, stream, again)
    return Source(codec, context.width, context.height, extradata, units)


def _live(container: Any, stream: Any) -> Iterator[Unit]:
    """As they come. So short a probe may not have seen that frames come out of order: their times tell."""
    first: float | None = None
    last = -1.0
    began = time.monotonic()
    try:
        for packet in container.demux(stream):
            if packet.size == 0:
                break
            at = time.monotonic() - began if packet.pts is None else float(packet.pts * packet.time_base)
            first = at if first is None else first
            if packet.pts is not None:  # a camera's first may have none
                if last - LONGEST_STEP_BACK < at < last:
                    raise NoPicture(
                        Why.REORDERED, "frames are not shown in the order in which they come (B-frames)"
                    )
                last = at
            yield Unit(bytes(packet), max(0.0, at - first))
    except av.error.FFmpegError as error:
        why = Why.SILENT if isinstance(error, (av.error.TimeoutError, av.error.ExitError)) else Why.ENDED
        raise NoPicture(why, error.strerror or type(error).__name__) from None
    finally:
        container.close()
    raise NoPicture(Why.ENDED, "the source has ended")


def _played_again(container: Any, stream: Any, address: str | None) -> Iterator[Unit]:
    """A file at its own pace, from the start again when it ends."""
    base = 0.0
    began = time.monotonic()
    while True:
        last = step = 0.0
        for packet in container.demux(stream):
            if packet.size == 0 or packet.pts is None:
                continue
            at = float(packet.pts * packet.time_base)
            step = max(at - last, 0.001)
            last = at
            wait = began + base + at - time.monotonic()
            if wait > 0:
                time.sleep(wait)
            yield Unit(bytes(packet), base + at)
        if last == 0.0:
            container.close()
            raise NoPicture(Why.NO_VIDEO, "the file has no pictures")
        base += last + step
        container.close()
        container = _open(str(address), {})
        stream = container.streams.video[0]


def _synthetic(address: str) -> Source:
    """A moving test picture with a clock, encoded here. `address`: "WIDTHxHEIGHT@FPS" or empty."""
    size, _, rate = (address or "640x360@15").partition("@")
    width, _, height = size.partition("x")
    if not (width.isdigit() and height.isdigit() and (rate or "15").isdigit()):
        raise NoPicture(Why.BAD_ADDRESS, 'a synthetic camera is described as "640x360@15"')
    fps = max(1, min(30, int(rate or 15)))
    across, down = min(1920, int(width)) & ~1 or 2, min(1080, int(height)) & ~1 or 2
    try:
        picture: Any = av.open(f"testsrc2=size={across}x{down}:rate={fps}", format="lavfi")
        encoder: Any = av.codec.CodecContext.create("libx264", "w")
    except av.error.FFmpegError as error:
        raise NoPicture(Why.CODEC, error.strerror or type(error).__name__) from None
    encoder.width, encoder.height, encoder.pix_fmt = across, down, "yuv420p"
    encoder.framerate, encoder.bit_rate = fps, across * down * 2
    encoder.thread_count = 1  # threads of x264 hold frames back
    encoder.options = {
        "preset": "ultrafast",
        "tune": "zerolatency",
        "profile": "baseline",
        "g": str(fps * 2),
        "x264-params": "repeat-headers=1:scenecut=0:sliced-threads=0",
    }
    return Source("h264", across, down, b"", _encoded(picture, encoder, fps))


def _encoded(picture: Any, encoder: Any, fps: int) -> Iterator[Unit]:
    began = time.monotonic()
    try:
        for number, frame in enumerate(picture.decode(video=0)):
            wait = began + number / fps - time.monotonic()
            if wait > 0:
                time.sleep(wait)
            frame = frame.reformat(format="yuv420p")
            frame.pict_type = 0
            for packet in encoder.encode(frame):
                yield Unit(bytes(packet), number / fps)
    finally:
        picture.close()
