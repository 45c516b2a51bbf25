"""HTTPS without a certificate from anybody: an authority and a certificate of this server's own.

Browsers give microphone and camera to secure pages only, and an intranet has no public names. So the server
makes an authority once, which people trust once, and certificates under it that it renews by itself.

Rules
- Everything is in `<var>/tls`: ca.pem and ca.key (ten years), server.pem and server.key. Keys are 0600.
- A certificate names this host: its names, its addresses, loopback. It is made anew when it has less than
  a third of its 90 days left, or when an address or name has come that it does not name; the authority only
  when it is missing or nearly over, since everybody would have to trust it again.
- The authority cannot make further authorities.
"""

import os
import socket
import ssl
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

AUTHORITY_LASTS = timedelta(days=3650)
LASTS = timedelta(days=90)
RENEWED_BEFORE = timedelta(days=30)
BACKDATED = timedelta(days=1)  # clocks of clients that are behind


class Certificates:
    """Of one folder."""

    def __init__(self, folder: Path) -> None:
        self.authority = folder / "ca.pem"
        self.certificate = folder / "server.pem"
        self.key = folder / "server.key"
        self._authority_key = folder / "ca.key"
        self._folder = folder

    def renew(self, now: int, names: Iterable[str]) -> bool:
        """Make what is missing, too old or too narrow; whether the certificate is new. `now`: epoch ms."""
        moment = datetime.fromtimestamp(now / 1000, UTC)
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        authority = _read(self.authority)
        fresh = False
        if authority is None or not self._authority_key.exists() or _over(authority, moment, 2 * LASTS):
            authority = self._make_authority(moment)
            fresh = True
        wanted = set(names)
        current = _read(self.certificate)
        if (
            fresh
            or current is None
            or not self.key.exists()
            or _over(current, moment, RENEWED_BEFORE)
            or not wanted <= _names(current)
        ):
            self._make(authority, moment, wanted | (_names(current) if current and not fresh else set()))
            return True
        return False

    def fingerprint(self) -> str:
        """SHA-256 of the authority, as browsers show it."""
        authority = _read(self.authority)
        return authority.fingerprint(hashes.SHA256()).hex(":").upper() if authority else ""

    def _make_authority(self, now: datetime) -> x509.Certificate:
        key = ec.generate_private_key(ec.SECP256R1())
        name = _name(f"Pingji 平急 local authority · {socket.gethostname()}")
        identity = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
        made = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - BACKDATED)
            .not_valid_after(now + AUTHORITY_LASTS)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(_usage(signs_certificates=True), critical=True)
            .add_extension(identity, critical=False)
            .sign(key, hashes.SHA256())
        )
        _write(self._authority_key, _pem(key), 0o600)
        _write(self.authority, made.public_bytes(serialization.Encoding.PEM), 0o644)
        return made

    def _make(self, authority: x509.Certificate, now: datetime, names: set[str]) -> None:
        signer = serialization.load_pem_private_key(self._authority_key.read_bytes(), None)
        assert isinstance(signer, ec.EllipticCurvePrivateKey)
        key = ec.generate_private_key(ec.SECP256R1())
        issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key())
        purpose = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])
        made = (
            x509.CertificateBuilder()
            .subject_name(_name("Pingji 平急"))
            .issuer_name(authority.subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - BACKDATED)
            .not_valid_after(now + LASTS)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_usage(signs_certificates=False), critical=True)
            .add_extension(purpose, critical=False)
            .add_extension(x509.SubjectAlternativeName(list(map(_general, sorted(names)))), critical=False)
            .add_extension(issuer, critical=False)
            .sign(signer, hashes.SHA256())
        )
        _write(self.key, _pem(key), 0o600)
        _write(self.certificate, made.public_bytes(serialization.Encoding.PEM), 0o644)


def context(certificate: Path, key: Path) -> ssl.SSLContext:
    """For a server. Raises OSError, ssl.SSLError. `load_cert_chain` again counts for new connections."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.minimum_version = ssl.TLSVersion.TLSv1_2
    made.set_alpn_protocols(["http/1.1"])
    made.load_cert_chain(certificate, key)
    return made


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common[:64])])


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )


def _general(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _names(certificate: x509.Certificate) -> set[str]:
    found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return {
        *found.get_values_for_type(x509.DNSName),
        *map(str, found.get_values_for_type(x509.IPAddress)),
    }


def _over(certificate: x509.Certificate, now: datetime, before: timedelta) -> bool:
    return certificate.not_valid_after_utc - before < now


def _read(path: Path) -> x509.Certificate | None:
    try:
        return x509.load_pem_x509_certificate(path.read_bytes())
    except (FileNotFoundError, ValueError):
        return None


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _write(path: Path, data: bytes, mode: int) -> None:
    """Whole or not at all, and never readable by others in between."""
    draft = path.with_suffix(".part")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
        file.write(data)
    draft.replace(path)
