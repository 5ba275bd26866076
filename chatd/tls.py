"""TLS: the newest good certificate for every new connection, from files or made by ourselves."""

import ipaddress
import os
import re
import secrets
import socket
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from OpenSSL import SSL
from twisted.internet.interfaces import (
    IDelayedCall,
    IOpenSSLServerConnectionCreator,
    IProtocolFactory,
    IReactorTime,
    ITransport,
)
from twisted.internet.protocol import connectionDone
from twisted.logger import Logger
from twisted.protocols.tls import BufferingTLSTransport, TLSMemoryBIOFactory, TLSMemoryBIOProtocol
from twisted.python.failure import Failure
from zope.interface import implementer

ServerKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey

CHECK_SECONDS = 5.0
"""How long a changed file may wait to be noticed; noticing costs two `stat` calls."""

HANDSHAKE_SECONDS = 30
"""How long a client may take until both have agreed on keys."""
REFUSED_SECONDS = 5
"""The same, once there is nothing but a refusal to be said to it."""
FAREWELL_SECONDS = 60
"""How long a client may take to read what is left, and to end the connection at its side (close_notify)."""

_DNS_NAME = re.compile(r"[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63})*")

VALID_DAYS = 397
"""Of a certificate that we make: under the 398 days that browsers accept (CA/Browser Forum SC31)."""

RENEW_DAYS = 30
"""It is made anew when it has less than this left."""

CIPHERS = (
    b"ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:"
    b"ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305"
)
"""For TLS 1.2: forward secrecy and authenticated encryption only (Mozilla's "intermediate" without DHE)."""

_log = Logger()


class TLSError(Exception):
    """A certificate or key that cannot be used: one sentence, for the operator."""


@implementer(IOpenSSLServerConnectionCreator)
class Certificate:
    """Makes each connection's TLS from the newest good certificate and key.

    Files that changed are read again when a connection comes, at most every CHECK_SECONDS, and by `reload`.
    Open connections keep what they began with. What cannot be used is logged, and the old one stays.
    """

    def __init__(
        self,
        certificate: Path,
        private_key: Path,
        *,
        renew: Callable[[], None] = lambda: None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Raises TLSError. `renew` may replace the files; it is called before they are looked at."""
        self._certificate = certificate
        self._private_key = private_key
        self._renew = renew
        self._monotonic = monotonic
        self._renew()
        self._seen = self._stamps()
        self._looked_at = monotonic()
        self._context = server_context(certificate, private_key)

    @classmethod
    def self_signed(cls, path: Path, monotonic: Callable[[], float] = time.monotonic) -> "Certificate":
        """One of our own making, kept with its key in one file; raises TLSError."""
        return cls(path, path, renew=lambda: renew_self_signed(path, datetime.now(UTC)), monotonic=monotonic)

    def reload(self) -> None:
        """Read the files again now, changed or not; called for SIGHUP."""
        self._look(again=True)

    def serverConnectionForTLS(self, protocol: TLSMemoryBIOProtocol) -> SSL.Connection:
        """Called by Twisted for each new connection."""
        if self._monotonic() - self._looked_at >= CHECK_SECONDS:
            self._look(again=False)
        return SSL.Connection(self._context, None)

    def _look(self, again: bool) -> None:
        self._looked_at = self._monotonic()
        try:
            self._renew()
            stamps = self._stamps()
            if stamps == self._seen and not again:
                return
            self._seen = stamps
            self._context = server_context(self._certificate, self._private_key)
        except TLSError as error:
            _log.warn("The old certificate stays: {reason}", reason=str(error))
        else:
            _log.info("New connections get the certificate in {path}", path=str(self._certificate))

    def _stamps(self) -> tuple[tuple[int, int, int], ...]:
        return tuple(_stamp(path) for path in (self._certificate, self._private_key))


class BoundedTLS(BufferingTLSTransport):
    """A connection under TLS whose beginning and end take only so long.

    Twisted 26.10 waits for ever for a handshake, and, after `loseConnection`, for the other end to do so.
    """

    clock: IReactorTime
    _end: IDelayedCall | None = None

    def makeConnection(self, transport: ITransport) -> None:
        self._end = self.clock.callLater(HANDSHAKE_SECONDS, self._look_at_handshake)
        super().makeConnection(transport)

    def _look_at_handshake(self) -> None:
        if not self._handshakeDone:
            self.abortConnection()

    def loseConnection(self) -> None:
        if self.connected and not self.disconnecting:
            self._cancel()
            seconds = FAREWELL_SECONDS if self._handshakeDone else REFUSED_SECONDS
            self._end = self.clock.callLater(seconds, self.abortConnection)
        super().loseConnection()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self._cancel()
        super().connectionLost(reason)

    def _cancel(self) -> None:
        if self._end is not None and self._end.active():
            self._end.cancel()


def over_tls(certificate: Certificate, factory: IProtocolFactory, clock: IReactorTime) -> TLSMemoryBIOFactory:
    """The factory's connections under TLS."""
    secure = TLSMemoryBIOFactory(certificate, False, factory, clock)
    secure.protocol = type("ClockedTLS", (BoundedTLS,), {"clock": clock})
    return secure


def server_context(certificate: Path, private_key: Path) -> SSL.Context:
    """TLS 1.2 and 1.3 with this certificate, its chain and its key, all in PEM; raises TLSError."""
    chain = _read_chain(certificate)
    key = _read_key(private_key)
    context = SSL.Context(SSL.TLS_SERVER_METHOD)
    context.set_min_proto_version(SSL.TLS1_2_VERSION)
    context.set_cipher_list(CIPHERS)
    context.set_options(SSL.OP_NO_COMPRESSION | SSL.OP_NO_RENEGOTIATION | SSL.OP_CIPHER_SERVER_PREFERENCE)
    # Buffers of idle connections are given back; sessions are resumed by tickets, which cost no memory here.
    context.set_mode(SSL.MODE_RELEASE_BUFFERS)
    context.set_session_cache_mode(SSL.SESS_CACHE_OFF)
    context.set_session_id(secrets.token_bytes(16))
    # No ALPN: Twisted's contexts offer HTTP/2 where the h2 package is there, and no WebSocket opens over it.
    try:
        context.use_certificate(chain[0])
        for issuer in chain[1:]:
            context.add_extra_chain_cert(issuer)
        context.use_privatekey(key)
        context.check_privatekey()
    except SSL.Error:
        raise TLSError(
            f"The private key in {private_key} does not belong to the certificate in {certificate}."
        ) from None
    return context


def renew_self_signed(path: Path, now: datetime) -> None:
    """Make certificate and key, in one file, unless it holds a pair with RENEW_DAYS left; raises TLSError."""
    if _days_left(path, now) > RENEW_DAYS:
        return
    key = ec.generate_private_key(ec.SECP256R1())
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    pem += _sign(key, now).public_bytes(Encoding.PEM)
    new = path.with_suffix(".new")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        new.unlink(missing_ok=True)
        with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(pem)
        # One file, replaced at once: a crash cannot leave a key beside a certificate that is not its own.
        new.replace(path)
    except OSError as error:
        raise TLSError(f"The file {path} cannot be written: {error.strerror}.") from None


def _sign(key: ec.EllipticCurvePrivateKey, now: datetime) -> x509.Certificate:
    """A certificate for this machine, seen from itself."""
    hostname = socket.gethostname()
    names = dict.fromkeys(["localhost", hostname] if _DNS_NAME.fullmatch(hostname) else ["localhost"])
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "chatd, self-signed")])
    public = key.public_key()
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        # A client whose clock is an hour late still takes it.
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now - timedelta(hours=1) + timedelta(days=VALID_DAYS))
        .add_extension(
            x509.SubjectAlternativeName(
                [
                    *(x509.DNSName(text) for text in names),
                    x509.IPAddress(ipaddress.IPv4Address("127.0.0.1")),
                    x509.IPAddress(ipaddress.IPv6Address("::1")),
                ]
            ),
            critical=False,
        )
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        .sign(key, hashes.SHA256())
    )


def _days_left(path: Path, now: datetime) -> float:
    """Of the pair in this file; 0 when there is none."""
    try:
        _read_key(path)
        return (_read_chain(path)[0].not_valid_after_utc - now) / timedelta(days=1)
    except TLSError:
        return 0.0


def _read_chain(path: Path) -> list[x509.Certificate]:
    try:
        return x509.load_pem_x509_certificates(_read(path))
    except ValueError:
        raise TLSError(f"There is no PEM certificate in {path}.") from None


def _read_key(path: Path) -> ServerKey:
    try:
        key = load_pem_private_key(_read(path), password=None)
    except TypeError:
        raise TLSError(
            f"The private key in {path} is encrypted: chatd cannot ask for its password."
        ) from None
    except (ValueError, UnsupportedAlgorithm):
        raise TLSError(f"There is no PEM private key in {path}.") from None
    if not isinstance(key, ServerKey):
        raise TLSError(f"The private key in {path} is neither RSA nor ECDSA nor Ed25519.")
    return key


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise TLSError(f"The file {path} cannot be read: {error.strerror}.") from None


def _stamp(path: Path) -> tuple[int, int, int]:
    """What changes when a file is replaced or written; zeros while it is away."""
    try:
        status = path.stat()
    except OSError:
        return (0, 0, 0)
    return (status.st_ino, status.st_size, status.st_mtime_ns)
