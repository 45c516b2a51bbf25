"""DTLS for keys only: aiortc's handshake with this end as server, then libsrtp is called directly.

The server picks the protection profile, so AES-GCM is preferred (it costs two thirds of AES-CM with SHA-1).
After the handshake aiortc only sees DTLS records (a repeated last flight, close_notify); packets go through
`Keys` and never through its queues. A certificate lives as long as a worker: its fingerprint is in every
answer. Whoever drops `Keys` ends a connection's media at once, whatever its client goes on sending.
"""

import asyncio
from collections.abc import Callable
from typing import Any

from aiortc.rtcdtlstransport import RTCCertificate, RTCDtlsFingerprint, RTCDtlsParameters, RTCDtlsTransport
from aiortc.rtcdtlstransport import State as DtlsState
from pylibsrtp import Policy, Session, ffi  # type: ignore[attr-defined]

SECONDS = 15.0  # a handshake takes no longer
# Packets back that may be sent again under their own number. libsrtp moves a bit for each of them with every
# packet sent, so aiortc's 1,024 cost 0.3 µs more. Repeats by RTX are new packets.
WINDOW = 256
WAITING = 32  # records kept while a handshake is busy; more are dropped, DTLS repeats them


class Keys:
    """Both directions' SRTP contexts, as libsrtp wants them."""

    __slots__ = ("_sessions", "rx", "rx_at", "tx", "tx_at")

    def __init__(self, receiver: Session, sender: Session) -> None:
        self._sessions = (receiver, sender)  # keeps the contexts alive
        self.rx: Any = receiver._srtp[0]
        self.tx: Any = sender._srtp[0]
        self.rx_at = int(ffi.cast("uintptr_t", self.rx))  # the same, for compiled callers
        self.tx_at = int(ffi.cast("uintptr_t", self.tx))


def _sender(transport: RTCDtlsTransport) -> Session:
    """A context to send with, as aiortc makes one but for its window."""
    ssl = transport._ssl
    assert ssl is not None, "connected"
    chosen = ssl.get_selected_srtp_profile()
    profile = next(each for each in transport._srtp_profiles if each.openssl_profile == chosen)
    both = ssl.export_keying_material(b"EXTRACTOR-dtls_srtp", 2 * (profile.key_length + profile.salt_length))
    policy = Policy(
        key=profile.get_key_and_salt(both, 1),  # the server's
        ssrc_type=Policy.SSRC_ANY_OUTBOUND,
        srtp_profile=profile.libsrtp_profile,
    )
    policy.allow_repeat_tx = True
    policy.window_size = WINDOW
    return Session(policy)


class Certificate:
    """One worker's."""

    def __init__(self) -> None:
        self.certificate = RTCCertificate.generateCertificate()
        for print_ in self.certificate.getFingerprints():
            if print_.algorithm == "sha-256":
                self.fingerprint = f"sha-256 {print_.value}"


class Handshake:
    """One connection's DTLS. Stands where aiortc expects an ICE transport."""

    role = "controlled"

    def __init__(
        self,
        certificate: Certificate,
        fingerprints: list[tuple[str, str]],
        send: Callable[[bytes], None],
        done: Callable[[Keys | None], None],
    ) -> None:
        """`done` is called with the keys, and with None when the handshake failed or the peer closed."""
        self._certificate = certificate
        self._fingerprints = fingerprints
        self._put = send
        self._done = done
        self._records: asyncio.Queue[bytes | None] = asyncio.Queue(WAITING)
        self._task: asyncio.Task[None] | None = None

    def record(self, data: bytes) -> None:
        """A DTLS record came in; the first one begins the handshake."""
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._run())
        if not self._records.full():
            self._records.put_nowait(data)

    def close(self) -> None:
        self._done = _nobody
        if self._task is not None:
            self._task.cancel()

    async def _run(self) -> None:
        transport = RTCDtlsTransport(self, [self._certificate.certificate])  # type: ignore[arg-type]
        transport._set_role("server")
        prints = [RTCDtlsFingerprint(algorithm, value) for algorithm, value in self._fingerprints]
        try:
            try:
                await asyncio.wait_for(transport.start(RTCDtlsParameters(prints)), SECONDS)
            except TimeoutError:
                self._done(None)
                return
            if transport._state is not DtlsState.CONNECTED:
                self._done(None)
                return
            self._done(Keys(transport._rx_srtp, _sender(transport)))
            if transport._task is not None:
                await asyncio.wait([transport._task])
            self._done(None)
        finally:
            await transport.stop()

    async def _recv(self) -> bytes:
        data = await self._records.get()
        if data is None:
            raise ConnectionError
        return data

    async def _send(self, data: bytes) -> None:
        self._put(data)


def _nobody(keys: Keys | None) -> None:
    """Nobody waits any more."""
