"""TLS: what a handshake may agree on, and certificates that are replaced under open connections."""

import contextlib
import socket
import ssl
import stat
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address, IPv6Address, ip_network
from pathlib import Path
from typing import cast

import pytest
import pytest_twisted
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa, x25519
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
)
from cryptography.x509.oid import NameOID
from OpenSSL import SSL
from twisted.internet import reactor
from twisted.internet.address import IPv4Address as Address
from twisted.internet.defer import maybeDeferred
from twisted.internet.endpoints import TCP4ServerEndpoint
from twisted.internet.error import ConnectionDone
from twisted.internet.interfaces import IOpenSSLServerConnectionCreator, IProtocolFactory, IReactorTime
from twisted.internet.protocol import Factory, Protocol
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.internet.threads import deferToThread
from twisted.logger import capturedLogs
from twisted.python.failure import Failure
from zope.interface.verify import verifyObject

from chatd.frontends.proxy import ProxyFactory
from chatd.tls import (
    CHECK_SECONDS,
    FAREWELL_SECONDS,
    HANDSHAKE_SECONDS,
    REFUSED_SECONDS,
    RENEW_DAYS,
    VALID_DAYS,
    Certificate,
    TLSError,
    over_tls,
    renew_self_signed,
    server_context,
)

TIME = cast(IReactorTime, reactor)
NOW = datetime(2026, 11, 23, 9, 14, tzinfo=UTC)

Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey


def certificate_for(key: Key, name: str, issuer: str | None = None, signer: Key | None = None) -> bytes:
    """A PEM certificate for localhost, signed by itself unless somebody else signs."""
    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer or name)]))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=30))
        .add_extension(x509.BasicConstraints(ca=issuer is None, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
    )
    by = signer or key
    algorithm = None if isinstance(by, ed25519.Ed25519PrivateKey) else hashes.SHA256()
    return builder.sign(by, algorithm).public_bytes(Encoding.PEM)


def pem(key: Key | x25519.X25519PrivateKey, encryption: KeySerializationEncryption | None = None) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption or NoEncryption())


class Files:
    """A certificate and its key on disk, replaced as an operator's tool would."""

    def __init__(self, directory: Path) -> None:
        self.certificate = directory / "certificate.pem"
        self.private_key = directory / "key.pem"

    def write(self, name: str) -> "Files":
        key = ec.generate_private_key(ec.SECP256R1())
        self.private_key.write_bytes(pem(key))
        self.certificate.write_bytes(certificate_for(key, name))
        return self


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return Files(tmp_path).write("first")


def handshake(server: SSL.Context, client: SSL.Context) -> tuple[SSL.Connection, SSL.Connection]:
    """Both ends after a handshake in memory; raises SSL.Error when they do not agree."""
    near, far = SSL.Connection(client, None), SSL.Connection(server, None)
    near.set_connect_state()
    far.set_accept_state()
    done: set[SSL.Connection] = set()
    while len(done) < 2:
        for end, other in ((near, far), (far, near)):
            try:
                end.do_handshake()
                done.add(end)
            except SSL.WantReadError:
                pass
            with contextlib.suppress(SSL.WantReadError):
                other.bio_write(end.bio_read(65536))
    return near, far


def client_context(newest: int = SSL.TLS1_3_VERSION, ciphers: bytes = b"ALL:@SECLEVEL=0") -> SSL.Context:
    context = SSL.Context(SSL.TLS_CLIENT_METHOD)
    context.set_min_proto_version(SSL.TLS1_VERSION)
    context.set_max_proto_version(newest)
    context.set_cipher_list(ciphers)
    return context


def test_tls_1_3_and_1_2_are_spoken(files: Files) -> None:
    server = server_context(files.certificate, files.private_key)
    for version, name in ((SSL.TLS1_3_VERSION, "TLSv1.3"), (SSL.TLS1_2_VERSION, "TLSv1.2")):
        _, far = handshake(server, client_context(version))
        assert far.get_protocol_version_name() == name


def test_tls_1_1_is_refused(files: Files) -> None:
    client = client_context(SSL.TLS1_1_VERSION)
    with pytest.raises(SSL.Error, match=r"unsupported protocol|protocol version"):
        handshake(server_context(files.certificate, files.private_key), client)
    lax = server_context(files.certificate, files.private_key)
    lax.set_min_proto_version(SSL.TLS1_VERSION)
    lax.set_cipher_list(b"ALL:@SECLEVEL=0")
    _, far = handshake(lax, client)
    assert far.get_protocol_version_name() == "TLSv1.1"


@pytest.mark.parametrize(
    "ciphers", [b"AES128-GCM-SHA256", b"ECDHE-ECDSA-AES128-SHA256", b"ECDHE-ECDSA-AES128-SHA"]
)
def test_ciphers_without_forward_secrecy_or_authentication_are_refused(files: Files, ciphers: bytes) -> None:
    client = client_context(SSL.TLS1_2_VERSION, ciphers + b":@SECLEVEL=0")
    with pytest.raises(SSL.Error):
        handshake(server_context(files.certificate, files.private_key), client)


FORWARD_SECRET = {
    f"ECDHE-{signature}-{cipher}"
    for signature in ("ECDSA", "RSA")
    for cipher in ("AES128-GCM-SHA256", "AES256-GCM-SHA384", "CHACHA20-POLY1305")
}


def test_of_all_ciphers_that_openssl_knows_the_good_ones_are_taken(tmp_path: Path) -> None:
    """What a grader such as sslyze or testssl.sh tries, each cipher on its own, for both kinds of key."""
    taken = set()
    for key in (rsa.generate_private_key(65537, 2048), ec.generate_private_key(ec.SECP256R1())):
        files = Files(tmp_path)
        files.private_key.write_bytes(pem(key))
        files.certificate.write_bytes(certificate_for(key, "graded"))
        server = server_context(files.certificate, files.private_key)
        known = SSL.Connection(client_context(SSL.TLS1_2_VERSION, b"ALL:COMPLEMENTOFALL:@SECLEVEL=0"), None)
        names = [name for name in known.get_cipher_list() if not name.startswith("TLS_")]
        assert len(names) > 60
        for name in names:
            client = client_context(SSL.TLS1_2_VERSION, name.encode() + b":@SECLEVEL=0")
            with contextlib.suppress(SSL.Error):
                handshake(server, client)
                taken.add(name)
    assert FORWARD_SECRET == taken


def test_a_client_cannot_negotiate_anew(files: Files) -> None:
    """Each time would cost the server a signature (CVE-2011-1473)."""
    client = client_context(SSL.TLS1_2_VERSION)
    near, far = handshake(server_context(files.certificate, files.private_key), client)
    assert near.renegotiate()
    with contextlib.suppress(SSL.WantReadError):
        near.do_handshake()
    far.bio_write(near.bio_read(65536))
    with pytest.raises((SSL.WantReadError, SSL.Error)):
        far.recv(1)
    assert 0 == far.total_renegotiations()
    near.bio_write(far.bio_read(65536))
    with pytest.raises(SSL.Error, match="no renegotiation"):
        near.do_handshake()


def test_a_client_that_prefers_http_2_still_gets_http_1(files: Files) -> None:
    client = client_context()
    client.set_alpn_protos([b"h2", b"http/1.1"])
    near, _ = handshake(server_context(files.certificate, files.private_key), client)
    assert near.get_alpn_proto_negotiated() == b""


def test_rsa_and_ed25519_serve_too(tmp_path: Path) -> None:
    files = Files(tmp_path)
    for key in (rsa.generate_private_key(65537, 2048), ed25519.Ed25519PrivateKey.generate()):
        files.private_key.write_bytes(pem(key))
        files.certificate.write_bytes(certificate_for(key, "other"))
        handshake(server_context(files.certificate, files.private_key), client_context())


def test_the_chain_is_sent(tmp_path: Path) -> None:
    files = Files(tmp_path)
    root, leaf = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    files.private_key.write_bytes(pem(leaf))
    files.certificate.write_bytes(certificate_for(leaf, "leaf", "root", root) + certificate_for(root, "root"))
    near, _ = handshake(server_context(files.certificate, files.private_key), client_context())
    chain = near.get_peer_cert_chain(as_cryptography=True)
    assert chain is not None
    assert ["CN=leaf", "CN=root"] == [certificate.subject.rfc4514_string() for certificate in chain]


class TestUnusableFiles:
    """Each file that cannot be used has a sentence that says which, and why."""

    def refused(self, files: Files) -> str:
        with pytest.raises(TLSError) as caught:
            Certificate(files.certificate, files.private_key)
        return str(caught.value)

    def test_missing(self, files: Files) -> None:
        files.private_key.unlink()
        assert f"The file {files.private_key} cannot be read: No such file or directory." == self.refused(
            files
        )

    def test_no_certificate(self, files: Files) -> None:
        files.certificate.write_bytes(files.private_key.read_bytes())
        assert f"There is no PEM certificate in {files.certificate}." == self.refused(files)

    def test_no_key(self, files: Files) -> None:
        files.private_key.write_bytes(files.certificate.read_bytes())
        assert f"There is no PEM private key in {files.private_key}." == self.refused(files)

    def test_encrypted_key(self, files: Files) -> None:
        key = ec.generate_private_key(ec.SECP256R1())
        files.private_key.write_bytes(pem(key, BestAvailableEncryption(b"secret")))
        expected = f"The private key in {files.private_key} is encrypted: chatd cannot ask for its password."
        assert expected == self.refused(files)

    def test_key_of_a_kind_that_signs_nothing(self, files: Files) -> None:
        files.private_key.write_bytes(pem(x25519.X25519PrivateKey.generate()))
        assert (
            f"The private key in {files.private_key} is neither RSA nor ECDSA nor Ed25519."
            == self.refused(files)
        )

    def test_somebody_elses_key(self, files: Files) -> None:
        key, certificate = files.private_key, files.certificate
        key.write_bytes(pem(ec.generate_private_key(ec.SECP256R1())))
        expected = f"The private key in {key} does not belong to the certificate in {certificate}."
        assert expected == self.refused(files)


class TestSelfSigned:
    """A certificate of our own making."""

    def test_it_is_for_this_machine_and_for_a_year(self, tmp_path: Path) -> None:
        path = tmp_path / "tls" / "self-signed.pem"
        renew_self_signed(path, NOW)
        certificate = x509.load_pem_x509_certificate(path.read_bytes())
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        assert "localhost" in names.get_values_for_type(x509.DNSName)
        expected = [IPv4Address("127.0.0.1"), IPv6Address("::1")]
        assert expected == names.get_values_for_type(x509.IPAddress)
        assert certificate.not_valid_after_utc - certificate.not_valid_before_utc == timedelta(
            days=VALID_DAYS
        )
        assert certificate.not_valid_before_utc < NOW

    def test_nobody_else_can_read_the_key(self, tmp_path: Path) -> None:
        path = tmp_path / "tls" / "self-signed.pem"
        renew_self_signed(path, NOW)
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700

    def test_it_is_made_anew_only_when_it_is_about_to_expire(self, tmp_path: Path) -> None:
        path = tmp_path / "self-signed.pem"
        renew_self_signed(path, NOW)
        first = path.read_bytes()
        renew_self_signed(path, NOW + timedelta(days=VALID_DAYS - RENEW_DAYS - 1))
        assert path.read_bytes() == first
        renew_self_signed(path, NOW + timedelta(days=VALID_DAYS - RENEW_DAYS))
        assert path.read_bytes() != first

    def test_a_damaged_one_is_made_anew(self, tmp_path: Path) -> None:
        path = tmp_path / "self-signed.pem"
        path.write_text("damaged")
        renew_self_signed(path, datetime.now(UTC))
        server_context(path, path)

    def test_where_nothing_can_be_written_there_is_a_sentence(self, tmp_path: Path) -> None:
        (tmp_path / "tls").write_text("a file, no directory")
        path = tmp_path / "tls" / "self-signed.pem"
        with pytest.raises(TLSError, match=rf"^The file {path} cannot be written: .*\.$"):
            Certificate.self_signed(path)


class Echo(Protocol):
    def dataReceived(self, data: bytes) -> None:
        assert self.transport is not None
        self.transport.write(data)


class Caller:
    """A client on a real socket; its methods block, so tests call them in a thread."""

    def __init__(self, port: int, before: bytes = b"") -> None:
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        plain = socket.create_connection(("127.0.0.1", port), timeout=30)
        plain.sendall(before)
        self._socket = context.wrap_socket(plain, server_hostname="localhost")

    def subject(self) -> str:
        der = self._socket.getpeercert(binary_form=True)
        assert der is not None
        return x509.load_der_x509_certificate(der).subject.rfc4514_string().removeprefix("CN=")

    def echoed(self, text: bytes) -> bytes:
        self._socket.sendall(text)
        return self._socket.recv(len(text))

    def close(self) -> None:
        self._socket.close()


class Server:
    """Echoes over TLS on a loopback port; call it, then close it."""

    def __init__(self, factory: IProtocolFactory) -> None:
        self._factory = factory
        self._callers: list[Caller] = []

    async def __aenter__(self) -> "Server":
        self._port = await TCP4ServerEndpoint(reactor, 0, interface="127.0.0.1").listen(self._factory)
        return self

    async def __aexit__(self, *raised: object) -> None:
        for caller in self._callers:
            caller.close()
        await maybeDeferred(self._port.stopListening)

    async def call(self, before: bytes = b"") -> Caller:
        caller = await deferToThread(Caller, self._port.getHost().port, before)
        self._callers.append(caller)
        return caller


@pytest_twisted.ensureDeferred
async def test_a_changed_file_serves_new_connections_and_drops_none(files: Files) -> None:
    clock = Clock()
    certificate = Certificate(files.certificate, files.private_key, monotonic=clock.seconds)
    async with Server(over_tls(certificate, Factory.forProtocol(Echo), TIME)) as server:
        old = await server.call()
        assert "first" == old.subject()

        files.write("second")
        clock.advance(CHECK_SECONDS - 1)
        assert "first" == (await server.call()).subject()
        clock.advance(1)
        assert "second" == (await server.call()).subject()
        assert b"still here" == await deferToThread(old.echoed, b"still here")


@pytest_twisted.ensureDeferred
async def test_reload_does_not_wait(files: Files) -> None:
    certificate = Certificate(files.certificate, files.private_key, monotonic=Clock().seconds)
    async with Server(over_tls(certificate, Factory.forProtocol(Echo), TIME)) as server:
        files.write("second")
        certificate.reload()
        assert "second" == (await server.call()).subject()


@pytest_twisted.ensureDeferred
async def test_the_old_certificate_stays_while_the_new_one_cannot_be_used(files: Files) -> None:
    clock = Clock()
    certificate = Certificate(files.certificate, files.private_key, monotonic=clock.seconds)
    with capturedLogs() as events:
        async with Server(over_tls(certificate, Factory.forProtocol(Echo), TIME)) as server:
            files.certificate.unlink()
            for _ in range(3):
                clock.advance(CHECK_SECONDS)
                assert "first" == (await server.call()).subject()
            files.write("second")
            clock.advance(CHECK_SECONDS)
            assert "second" == (await server.call()).subject()
    reasons = [event["reason"] for event in events if "reason" in event]
    assert [f"The file {files.certificate} cannot be read: No such file or directory."] == reasons


@pytest_twisted.ensureDeferred
async def test_a_proxy_header_comes_before_the_handshake(files: Files) -> None:
    class Peer(Protocol):
        def connectionMade(self) -> None:
            assert self.transport is not None
            self.transport.write(cast(Address, self.transport.getPeer()).host.encode())

    certificate = Certificate(files.certificate, files.private_key)
    secure = over_tls(certificate, Factory.forProtocol(Peer), TIME)
    async with Server(ProxyFactory(secure, [ip_network("127.0.0.0/8")], reactor)) as server:
        caller = await server.call(b"PROXY TCP4 198.51.100.7 203.0.113.9 56324 443\r\n")
        assert b"198.51.100.7" == await deferToThread(caller.echoed, b"x" * 12)
        assert b"127.0.0.1" == await deferToThread((await server.call()).echoed, b"x" * 9)


class Slow:
    """A client that does of TLS what a test lets it do, at a server whose time stands still."""

    def __init__(self, files: Files) -> None:
        self.clock = Clock()
        certificate = Certificate(files.certificate, files.private_key)
        factory = over_tls(certificate, Factory.forProtocol(Echo), self.clock)
        address = Address("TCP", "192.0.2.1", 40_000)
        self.transport = StringTransport(peerAddress=address)
        self.server = factory.buildProtocol(address)
        self.server.makeConnection(self.transport)
        self._client = SSL.Connection(client_context(), None)
        self._client.set_connect_state()

    def hello(self) -> bytes:
        with contextlib.suppress(SSL.WantReadError):
            self._client.do_handshake()
        return self._client.bio_read(65_536)

    def shake_hands(self) -> None:
        self.server.dataReceived(self.hello())
        self._client.bio_write(self.transport.value())
        self._client.do_handshake()
        self.server.dataReceived(self._client.bio_read(65_536))

    @property
    def over(self) -> bool:
        return self.transport.disconnected


def test_a_handshake_that_never_ends_ends_the_connection(files: Files) -> None:
    """A byte now and then keeps nothing open."""
    slow = Slow(files)
    for byte in slow.hello()[: HANDSHAKE_SECONDS - 1]:
        slow.server.dataReceived(bytes([byte]))
        slow.clock.advance(1)
        assert not slow.over
    slow.clock.advance(1)
    assert slow.over


def test_who_is_refused_before_the_handshake_has_little_time_for_it(files: Files) -> None:
    slow = Slow(files)
    slow.server.write(b"! too_many: Come back later.\n")
    slow.server.loseConnection()
    slow.clock.advance(REFUSED_SECONDS - 1)
    slow.server.loseConnection()
    assert not slow.over
    slow.clock.advance(1)
    assert slow.over


def test_a_connection_stays_after_its_handshake_and_leaves_no_timer(files: Files) -> None:
    slow = Slow(files)
    slow.shake_hands()
    slow.clock.advance(HANDSHAKE_SECONDS)
    assert not slow.over
    slow.server.connectionLost(Failure(ConnectionDone()))
    assert [] == slow.clock.getDelayedCalls()


def test_a_client_that_never_says_goodbye_is_not_waited_for(files: Files) -> None:
    slow = Slow(files)
    slow.shake_hands()
    slow.server.loseConnection()
    slow.clock.advance(FAREWELL_SECONDS - 1)
    assert not slow.over
    slow.clock.advance(1)
    assert slow.over
    slow.server.connectionLost(Failure(ConnectionDone()))
    assert [] == slow.clock.getDelayedCalls()


def test_twisted_can_use_it(files: Files) -> None:
    assert verifyObject(IOpenSSLServerConnectionCreator, Certificate(files.certificate, files.private_key))
