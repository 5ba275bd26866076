"""Passwords and tokens: what needs randomness, or so much time that it gets threads of its own."""

import secrets
import string
import time
from collections.abc import Callable
from hashlib import sha256
from threading import BoundedSemaphore
from typing import Protocol, TypeVar

import pyotp
from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError
from twisted.internet.defer import Deferred, fail
from twisted.internet.interfaces import IReactorFromThreads
from twisted.internet.threads import deferToThreadPool
from twisted.python.threadpool import ThreadPool

from chatd.model import ChatError, Code

T = TypeVar("T")

MEMORY_KIB = 19 * 1024
TIME_COST = 2
LANES = 1
"""OWASP's Password Storage Cheat Sheet, argon2id: 19 MiB, 2 iterations, 1 lane; measured 19.5 ms."""

TOTP_ISSUER = "chatd"
TOTP_WINDOW = 1
"""Steps of 30 seconds by which a clock may be wrong."""

THREADS = 2
MOST_WAITING = 32
"""How many may wait for a thread: the last of them for about a third of a second."""
RETRY_MS = 1_000

API_PREFIX = "chatd_"
API_ALPHABET = string.ascii_letters + string.digits
API_CHARS = 43
"""62 characters to the power of 43 are more than 2 to the power of 256."""

ALPHABET = "abcdefghjkmnpqrstuvwxyz123456789"
"""32 characters, 5 bits each, without those that look like another one: i, l, o, 0."""
_LOOK_ALIKE = str.maketrans("il", "11")
GROUP_CHARS = 4
CODE_CHARS = (2 * GROUP_CHARS, 3 * GROUP_CHARS)
"""How long a code may be."""


class Hasher(Protocol):
    """What `argon2.PasswordHasher` does, in any thread."""

    def hash(self, password: bytes) -> str:
        """With a new salt, in the encoded form that carries the parameters."""

    def verify(self, hash: str, password: bytes) -> object:
        """Raises VerifyMismatchError when they do not fit."""


class Argon2Auth:
    """The `Auth` port: argon2id in its own two threads, so that many logins delay nothing but each other."""

    def __init__(
        self,
        reactor: IReactorFromThreads,
        hasher: Hasher | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """`clock` gives seconds since 1970. Threads start when they are first needed; `close` ends them."""
        self._clock = clock
        self._reactor = reactor
        self._hasher = hasher or PasswordHasher(TIME_COST, MEMORY_KIB, LANES)
        self._nobody = self._hasher.hash(secrets.token_bytes())
        self._pool = ThreadPool(0, THREADS, "chatd-auth")
        self._pool.start()
        self._places = BoundedSemaphore(THREADS + MOST_WAITING)
        self._closed = False

    def hash(self, password: str) -> Deferred[str]:
        """The password's hash in argon2's encoded form."""
        return self._in_thread(lambda: self._hasher.hash(_bytes(password)))

    def verify(self, password_hash: str | None, password: str) -> Deferred[bool]:
        """Whether it fits; without a hash it never does, and takes as long."""
        return self._in_thread(lambda: self._fits(password_hash, password))

    def new_token(self) -> str:
        """A secret of 256 bits."""
        return secrets.token_urlsafe(32)

    def new_api_token(self) -> str:
        """The same, in letters and digits behind a prefix: a double click takes all of it, and a scanner for
        secrets finds it by `chatd_[A-Za-z0-9]{43}`."""
        return API_PREFIX + "".join(secrets.choice(API_ALPHABET) for _ in range(API_CHARS))

    def new_code(self, groups: int = 3) -> str:
        """A secret of 20 bits a group that a person can type: `k7f3-9qx2-m4tz`."""
        assert groups * GROUP_CHARS in CODE_CHARS, "others would not be known as codes when they are typed"
        return "-".join("".join(secrets.choice(ALPHABET) for _ in range(GROUP_CHARS)) for _ in range(groups))

    def new_totp_secret(self) -> str:
        """160 bits in base32, as much as SHA-1 has (RFC 4226 section 4)."""
        return pyotp.random_base32()

    def totp_uri(self, secret: str, name: str) -> str:
        """`otpauth://totp/…`, for a QR code."""
        return pyotp.TOTP(secret, name=name, issuer=TOTP_ISSUER).provisioning_uri()

    def totp_step(self, secret: str, code: str) -> int | None:
        """Within one step of now (RFC 6238 section 5.2)."""
        if not (code.isascii() and code.isdigit()):
            return None
        try:
            totp = pyotp.TOTP(secret)
            return totp.verify_and_get_timecode(code, for_time=self._clock(), valid_window=TOTP_WINDOW)
        except pyotp.OTPVerificationError:
            return None

    def digest(self, token: str) -> bytes:
        """SHA-256 of the token as it is, or of the code that it spells, however it was typed."""
        return sha256(_bytes(_code(token) or token)).digest()

    def close(self) -> None:
        """Finish what was begun, and end the threads; blocks for the time of a few hashes at most."""
        self._closed = True
        self._pool.stop()

    def _in_thread(self, work: Callable[[], T]) -> Deferred[T]:
        if self._closed:
            return fail(
                ChatError(Code.UNAVAILABLE, "The server is stopping. Come back in a moment.", RETRY_MS)
            )
        if not self._places.acquire(blocking=False):
            return fail(
                ChatError(
                    Code.UNAVAILABLE, "Too many people are logging in. Try again in a moment.", RETRY_MS
                )
            )
        return deferToThreadPool(self._reactor, self._pool, self._work, work)

    # In one of the pool's threads

    def _work(self, work: Callable[[], T]) -> T:
        try:
            return work()
        finally:
            self._places.release()

    def _fits(self, password_hash: str | None, password: str) -> bool:
        try:
            self._hasher.verify(password_hash or self._nobody, _bytes(password))
        except VerifyMismatchError:
            return False
        return password_hash is not None


def _bytes(text: str) -> bytes:
    """UTF-8; half a character, which no wire lets through, is no reason to fail here."""
    return text.encode("utf-8", "surrogatepass")


def _code(text: str) -> str | None:
    """The code that a person meant, or None: case, blanks and hyphens say nothing, and i and l mean 1."""
    letters = "".join(text.lower().replace("-", "").split()).translate(_LOOK_ALIKE)
    is_code = len(letters) in CODE_CHARS and set(letters) <= set(ALPHABET)
    return letters if is_code else None
