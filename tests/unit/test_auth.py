"""Passwords, tokens and codes; and the bus, which is as small."""

import re
from collections.abc import AsyncIterator
from threading import Event

import pytest
import pytest_twisted
from argon2 import extract_parameters
from argon2.exceptions import VerifyMismatchError
from hypothesis import given
from hypothesis import strategies as some
from twisted.internet import reactor
from twisted.internet.defer import Deferred, gatherResults
from twisted.internet.interfaces import IReactorFromThreads

from chatd.auth import ALPHABET, MOST_WAITING, THREADS, Argon2Auth
from chatd.bus import LocalBus
from chatd.core import ports
from chatd.model import ChatError, Code, Entry, Said, User

CODE = re.compile(rf"[{ALPHABET}]{{4}}-[{ALPHABET}]{{4}}-[{ALPHABET}]{{4}}")


class PatientHasher:
    """Hashes when it is let; remembers what it was asked to compare."""

    def __init__(self) -> None:
        self.going = Event()
        self.going.set()
        self.compared: list[tuple[str, bytes]] = []

    def hash(self, password: bytes) -> str:
        assert self.going.wait(30)
        return f"hash of {password.hex()}"

    def verify(self, hash: str, password: bytes) -> None:
        assert self.going.wait(30)
        self.compared.append((hash, password))
        if hash != f"hash of {password.hex()}":
            raise VerifyMismatchError


def make_auth(hasher: PatientHasher | None = None) -> Argon2Auth:
    return Argon2Auth(IReactorFromThreads(reactor), hasher)


@pytest_twisted.async_yield_fixture
async def auth() -> AsyncIterator[Argon2Auth]:
    auth = make_auth()
    yield auth
    auth.close()


def codes(answers: list[Deferred[str]]) -> Deferred[list[Code | None]]:
    """For each answer the code that it is refused with, or None."""

    async def code(answer: Deferred[str]) -> Code | None:
        try:
            await answer
        except ChatError as refusal:
            return refusal.code
        return None

    return gatherResults([Deferred.fromCoroutine(code(answer)) for answer in answers])


# Passwords


@pytest_twisted.ensureDeferred
async def test_password_fits_its_own_hash_only(auth: Argon2Auth) -> None:
    port: ports.Auth = auth
    hashed = await port.hash("corrèct horse")
    assert await port.verify(hashed, "corrèct horse")
    assert not await port.verify(hashed, "correct horse")
    assert hashed != await port.hash("corrèct horse")


@pytest.mark.parametrize(
    "password", ["", "\0", "half \ud800", "x" * 10_000], ids=["empty", "nul", "half", "long"]
)
@pytest_twisted.ensureDeferred
async def test_any_text_can_be_a_password(auth: Argon2Auth, password: str) -> None:
    assert await auth.verify(await auth.hash(password), password)


@pytest_twisted.ensureDeferred
async def test_hash_costs_what_owasp_asks(auth: Argon2Auth) -> None:
    hashed = await auth.hash("x")
    found = extract_parameters(hashed)
    assert hashed.startswith("$argon2id$")
    assert (19 * 1024, 2, 1) == (found.memory_cost, found.time_cost, found.parallelism)


@pytest_twisted.ensureDeferred
async def test_nobody_s_password_is_compared_too_but_never_fits() -> None:
    hasher = PatientHasher()
    auth = make_auth(hasher)
    assert not await auth.verify(None, "guess")
    [(hashed, password)] = hasher.compared
    assert b"guess" == password
    assert hashed.startswith("hash of ")
    auth.close()


@pytest_twisted.ensureDeferred
async def test_past_the_bound_nobody_waits_and_later_everybody_may_again() -> None:
    hasher = PatientHasher()
    auth = make_auth(hasher)
    hasher.going.clear()
    answers = [auth.hash("x") for _ in range(THREADS + MOST_WAITING + 2)]
    for answer in answers[:5]:
        answer.addErrback(lambda failure: None)
        answer.cancel()
    with pytest.raises(ChatError, match="Too many people") as refusal:
        await auth.hash("x")
    assert (Code.UNAVAILABLE, 1_000) == (refusal.value.code, refusal.value.retry_ms)
    hasher.going.set()
    expected = [None] * (THREADS + MOST_WAITING) + [Code.UNAVAILABLE] * 2
    assert expected == await codes(answers)
    assert [None] * 5 == await codes([auth.hash("x") for _ in range(5)])
    auth.close()


@pytest_twisted.ensureDeferred
async def test_closing_finishes_what_was_begun_and_refuses_the_rest() -> None:
    auth = make_auth(PatientHasher())
    answers = [auth.hash("x") for _ in range(10)]
    auth.close()
    assert [None] * 10 + [Code.UNAVAILABLE] == await codes([*answers, auth.hash("x")])


# Tokens and codes


def test_tokens_have_256_bits_and_codes_20_a_group(auth: Argon2Auth) -> None:
    tokens = {auth.new_token() for _ in range(100)}
    made = {auth.new_code() for _ in range(100)}
    short = {auth.new_code(2) for _ in range(100)}
    assert (100, 100) == (len(tokens), len(made))
    assert all(len(token) == 43 for token in tokens)
    assert all(CODE.fullmatch(code) for code in made)
    assert all(CODE.fullmatch(f"{code}-aaaa") for code in short)
    assert 32 == len(set(ALPHABET))


def test_api_tokens_have_256_bits_and_are_known_by_their_prefix(auth: Argon2Auth) -> None:
    made = {auth.new_api_token() for _ in range(100)}
    assert 100 == len(made)
    assert all(re.fullmatch("chatd_[A-Za-z0-9]{43}", token) for token in made)
    assert 62 == len(set("".join(made)) - {"_"})


def test_digest_is_sha_256_of_the_very_token(auth: Argon2Auth) -> None:
    token = auth.new_token()
    digests = {
        auth.digest(one) for one in (token, token.lower() + "x", token + " ", token[1:], "half \ud800")
    }
    assert 5 == len(digests)
    assert {32} == {len(digest) for digest in digests}


def test_every_way_of_typing_a_code_has_one_digest(auth: Argon2Auth) -> None:
    ways = [
        "k7f3-9qx2-m4t1",
        "K7F3-9QX2-M4T1",
        " k7f3 9qx2\tm4t1\n",
        "k7f39qx2m4t1",
        "k7f3-9qx2-m4tl",
        "k7f3--9QX2m4tI",
    ]
    assert {auth.digest(ways[0])} == {auth.digest(way) for way in ways}
    others = ["k7f3-9qx2-m4t", "k7f3-9qx2-m4t11", "k7f3-9qx2-m4t2", "k7f3_9qx2_m4t1", "k7f3-9qx2-m4t０"]
    assert len(others) == len({auth.digest(other) for other in others} - {auth.digest(ways[0])})


@given(some.text())
def test_digest_takes_any_text(text: str) -> None:
    auth = make_auth(PatientHasher())
    assert 32 == len(auth.digest(text))
    auth.close()


# The bus


def test_bus_tells_every_subscriber_in_order() -> None:
    heard: list[tuple[str, int]] = []
    bus = LocalBus()
    port: ports.Bus = bus
    bus.subscribe(lambda entry: heard.append(("first", entry.seq)))
    bus.subscribe(lambda entry: heard.append(("second", entry.seq)))
    for seq in (1, 2):
        port.publish(entry(seq))
    assert [("first", 1), ("second", 1), ("first", 2), ("second", 2)] == heard


def entry(seq: int) -> Entry:
    return Said(room=1, seq=seq, at=0, sender=User(1, "alice", "guest"), text="hi")


# Authenticators

RFC_SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
"""RFC 6238 appendix B: `12345678901234567890` in base32; the codes are the last six digits of those there."""


@pytest.mark.parametrize(
    ("second", "code"),
    [(59, "287082"), (1111111109, "081804"), (1234567890, "005924"), (20000000000, "353130")],
)
def test_codes_are_those_of_the_rfc(second: int, code: str) -> None:
    auth = Argon2Auth(IReactorFromThreads(reactor), PatientHasher(), clock=lambda: second)
    assert second // 30 == auth.totp_step(RFC_SECRET, code)
    auth.close()


@pytest.mark.parametrize(("late", "taken"), [(-31, False), (-30, True), (0, True), (59, True), (60, False)])
def test_a_code_is_taken_one_step_early_or_late(late: int, taken: bool) -> None:
    auth = Argon2Auth(IReactorFromThreads(reactor), PatientHasher(), clock=lambda: 1234567890 + late)
    step = auth.totp_step(RFC_SECRET, "005924")
    assert (1234567890 // 30 if taken else None) == step
    auth.close()


def test_secrets_have_160_bits_and_are_read_by_authenticators(auth: Argon2Auth) -> None:
    secrets = {auth.new_totp_secret() for _ in range(100)}
    assert 100 == len(secrets)
    assert all(re.fullmatch("[A-Z2-7]{32}", secret) for secret in secrets)
    secret = secrets.pop()
    assert f"otpauth://totp/chatd:alice?secret={secret}&issuer=chatd" == auth.totp_uri(secret, "alice")


@pytest.mark.parametrize("code", ["", "28708", "2870822", "nonsense", "\ud800", "\u0665" * 6])
def test_what_is_no_code_is_of_no_step(auth: Argon2Auth, code: str) -> None:
    assert None is auth.totp_step(RFC_SECRET, code)
