"""The server's own authority: what it signs is trusted by who trusts it, lasts, and is made anew in time."""

import asyncio
import ssl
import stat
import time
from pathlib import Path

from cryptography import x509

from server.certificates import Certificates, context

DAY = 86_400_000
NOW = 1_795_000_000_000
NAMES = ("localhost", "127.0.0.1", "::1", "10.1.2.3")


def read(path: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificate(path.read_bytes())


async def test_a_client_that_trusts_the_authority_trusts_the_server(tmp_path: Path) -> None:
    own = Certificates(tmp_path / "tls")
    now = time.time_ns() // 1_000_000
    assert own.renew(now, NAMES)
    client = ssl.create_default_context(cafile=str(own.authority))

    async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"hello")
        writer.close()

    serving = await asyncio.start_server(greet, "127.0.0.1", 0, ssl=context(own.certificate, own.key))
    port = serving.sockets[0].getsockname()[1]
    for name in ("127.0.0.1", "localhost"):
        reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=client, server_hostname=name)
        assert await reader.read() == b"hello"
        writer.close()
    serving.close()


def test_keys_are_nobody_elses(tmp_path: Path) -> None:
    own = Certificates(tmp_path / "tls")
    own.renew(NOW, NAMES)
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "tls").iterdir()}
    assert modes == {"ca.key": 0o600, "server.key": 0o600, "ca.pem": 0o644, "server.pem": 0o644}
    authority = read(own.authority).extensions.get_extension_for_class(x509.BasicConstraints).value
    assert (authority.ca, authority.path_length) == (True, 0)


def test_it_is_made_anew_in_time_under_the_same_authority(tmp_path: Path) -> None:
    own = Certificates(tmp_path / "tls")
    assert own.renew(NOW, NAMES)
    fingerprint, first = own.fingerprint(), read(own.certificate).serial_number
    assert not own.renew(NOW + 50 * DAY, NAMES)
    assert own.renew(NOW + 61 * DAY, NAMES)
    assert own.fingerprint() == fingerprint
    assert read(own.certificate).serial_number != first
    assert own.renew(NOW + 3600 * DAY, NAMES)
    assert own.fingerprint() != fingerprint


def test_an_address_that_has_come_is_named_and_the_old_ones_stay(tmp_path: Path) -> None:
    own = Certificates(tmp_path / "tls")
    own.renew(NOW, NAMES)
    assert not own.renew(NOW, NAMES[:2])
    assert own.renew(NOW, (*NAMES, "192.168.7.7"))
    named = read(own.certificate).extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    addresses = {str(address) for address in named.get_values_for_type(x509.IPAddress)}
    assert addresses == {"127.0.0.1", "::1", "10.1.2.3", "192.168.7.7"}


def test_files_that_are_spoilt_are_replaced(tmp_path: Path) -> None:
    own = Certificates(tmp_path / "tls")
    own.renew(NOW, NAMES)
    own.certificate.write_text("nonsense")
    assert own.renew(NOW, NAMES)
    assert read(own.certificate).issuer == read(own.authority).subject
