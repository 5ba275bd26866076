"""What is in force is found by person and by address, until it ends."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from chatd.core.sanctions import Sanctions, contains, parse_address, parse_network
from chatd.model import ChatError, Code, InForce, Sanction, SanctionKind, User

ADMIN = User(1, "admin", "user")
BOB = User(2, "bob", "user")
MINUTE = 60_000


def person(
    kind: SanctionKind, room: int | None = None, left_ms: int | None = None, reason: str = ""
) -> InForce:
    return InForce(Sanction(kind, at=0, by=ADMIN, room=room, user=BOB, reason=reason), left_ms)


def network(text: str, left_ms: int | None = None) -> InForce:
    return InForce(Sanction("ban", at=0, by=ADMIN, network=text), left_ms)


def is_out(sanctions: Sanctions, address: str, now: int = 0) -> bool:
    try:
        sanctions.check_address(address, now)
    except ChatError as error:
        assert Code.BANNED is error.code
        return True
    return False


def test_a_ban_says_how_long_and_why() -> None:
    sanctions = Sanctions()
    sanctions.impose(person("ban", left_ms=90 * MINUTE, reason="spam"), now=1_000)
    with pytest.raises(ChatError) as caught:
        sanctions.check_person(BOB.id, 1_000 + MINUTE)
    assert "You are banned from this server for 89 more minutes. Reason: spam" == caught.value.text
    assert 89 * MINUTE == caught.value.retry_ms
    sanctions.check_person(ADMIN.id, 1_000)
    sanctions.check_person(BOB.id, 1_000 + 90 * MINUTE)


@pytest.mark.parametrize(
    ("minutes", "words"),
    [(1, "1 more minute"), (119, "119 more minutes"), (120, "2 more hours"), (2_881, "3 more days")],
)
def test_a_time_is_said_in_the_unit_that_fits(minutes: int, words: str) -> None:
    sanctions = Sanctions()
    sanctions.impose(person("ban", left_ms=minutes * MINUTE), 0)
    with pytest.raises(ChatError) as caught:
        sanctions.check_person(BOB.id, 0)
    assert f"You are banned from this server for {words}." == caught.value.text


def test_a_ban_without_an_end_ends_when_it_is_lifted() -> None:
    sanctions = Sanctions()
    sanctions.impose(person("ban"), 0)
    with pytest.raises(ChatError) as caught:
        sanctions.check_person(BOB.id, 10**12)
    assert ("You are banned from this server.", None) == (caught.value.text, caught.value.retry_ms)
    sanctions.lift_from("ban", None, BOB.id)
    sanctions.lift_from("ban", None, BOB.id)
    sanctions.check_person(BOB.id, 0)


def test_a_mute_holds_in_its_room_or_everywhere() -> None:
    sanctions = Sanctions()
    sanctions.impose(person("mute", room=7, left_ms=MINUTE), 0)
    assert sanctions.mutes(BOB.id, 7, 0)
    assert not sanctions.mutes(BOB.id, 8, 0)
    assert not sanctions.mutes(BOB.id, 7, MINUTE)
    sanctions.impose(person("mute"), 0)
    assert sanctions.mutes(BOB.id, 8, MINUTE)


def test_a_banned_network_keeps_out_who_lies_in_it() -> None:
    sanctions = Sanctions()
    sanctions.impose(network("192.0.2.0/24"), 0)
    sanctions.impose(network("2001:db8::/32", left_ms=MINUTE), 0)
    assert is_out(sanctions, "192.0.2.255")
    assert is_out(sanctions, "::ffff:192.0.2.1")
    assert not is_out(sanctions, "192.0.3.1")
    assert not is_out(sanctions, "/run/chatd.sock")
    assert is_out(sanctions, "2001:db8:1::1")
    assert not is_out(sanctions, "2001:db8:1::1", now=MINUTE)
    sanctions.lift_network("192.0.2.0/24")
    sanctions.lift_network("198.51.100.0/24")
    assert not is_out(sanctions, "192.0.2.255")


def test_one_network_is_let_in_again_and_no_other() -> None:
    sanctions = Sanctions()
    sanctions.impose(network("192.0.2.0/24"), 0)
    sanctions.impose(network("198.51.100.0/24"), 0)
    sanctions.lift_network("192.0.2.0/24")
    assert not is_out(sanctions, "192.0.2.1")
    assert is_out(sanctions, "198.51.100.1")


def test_what_has_ended_is_forgotten() -> None:
    sanctions = Sanctions()
    for one in (
        person("ban", left_ms=MINUTE),
        person("mute"),
        network("192.0.2.0/24", left_ms=MINUTE),
        network("192.0.3.0/24"),
        network("10.0.0.0/8", left_ms=MINUTE),
    ):
        sanctions.impose(one, 0)
    sanctions.forget(MINUTE)
    assert 2 == len(sanctions)
    assert is_out(sanctions, "192.0.3.1")


@pytest.mark.parametrize(
    "text", ["", "bob", "192.0.2", "192.0.2.0/33", "192.0.2.256", "fe80::1%eth0", "fe80::1%\x1b[31m/64"]
)
def test_what_is_no_network_is_refused(text: str) -> None:
    with pytest.raises(ChatError) as caught:
        parse_network(text)
    assert Code.BAD_REQUEST is caught.value.code


@pytest.mark.parametrize(
    ("text", "network"),
    [
        ("192.0.2.7", "192.0.2.7/32"),
        ("192.0.2.7/24", "192.0.2.0/24"),
        ("::ffff:192.0.2.7", "192.0.2.7/32"),
        ("::ffff:0:0/90", "::ffc0:0:0/90"),
        ("2001:db8::1", "2001:db8::1/128"),
    ],
)
def test_a_network_is_known_by_one_writing(text: str, network: str) -> None:
    assert network == str(parse_network(text))


addresses = some.ip_addresses().map(str).filter(lambda text: "::ffff:" not in text)


@given(addresses, addresses, some.integers(0, 32))
def test_a_network_contains_just_whom_it_keeps_out(inside: str, other: str, length: int) -> None:
    banned = parse_network(f"{inside}/{length}")
    sanctions = Sanctions()
    sanctions.impose(network(str(banned)), 0)
    assert is_out(sanctions, inside)
    assert contains(banned, [other]) == is_out(sanctions, other)
    assert parse_address(inside) is not None
