"""Too slow, too fast, too long, or nonsense: who does it is told, and nobody else notices."""

import json
from typing import NamedTuple

import pytest
import pytest_twisted
from _pytest.mark import ParameterSet

from chatd.model import Limits
from tests.scenarios.house import House
from tests.scenarios.people import KINDS, LinePerson, Message, Person, Refusal, WebSocketPerson

OWED_BYTES = 65_536
MORE_THAN_BUFFERS_TAKE = 2 * 2**20
"""More than the two kernel buffers, Twisted's and the outbox hold together."""


class TestSlowReaders:
    @pytest.fixture
    def limits(self) -> Limits:
        return Limits(say_per_second=0, owed_bytes=OWED_BYTES)

    @pytest_twisted.ensureDeferred
    async def test_a_slow_reader_sees_a_gap_and_can_fill_it(
        self, alice: Person, bob: Person, house: House
    ) -> None:
        """Everything is there in the end: what was sent, what the gap named, and what came after."""
        others = [KINDS[kind](house) for kind in KINDS]
        await alice.enter("alice")
        await bob.enter("bob")
        for name, other in zip(("carol", "dave"), others, strict=True):
            await other.enter(name)
        bob.stop_reading()
        number = MORE_THAN_BUFFERS_TAKE // 4_000
        said = [Message("#lobby", 1 + at, "alice", f"{at} ".ljust(4_000, "x")) for at in range(number)]
        for at in range(0, number, 8):
            some = said[at : at + 8]
            alice.shout("#lobby", [message.text for message in some])
            await alice.answered()
            for other in others:  # who reads is sent everything, while bob is not
                assert some == await other.hear(len(some))
        bob.read_again()
        heard = await bob.recover()
        for room, first, last in bob.gaps:
            assert "#lobby" == room
            assert 1 < first <= last <= number
        assert said == sorted(set(heard), key=lambda message: message.seq)
        await alice.say("#lobby", "live again")
        assert "live again" == (await bob.hear(1))[0].text
        for other in others:
            assert [] == other.gaps


class TestDeafReaders:
    @pytest.fixture
    def limits(self) -> Limits:
        return Limits(say_per_second=0, owed_seconds=1, fade_seconds=1)

    @pytest.mark.parametrize("kind", KINDS)
    @pytest_twisted.ensureDeferred
    async def test_who_asks_and_never_reads_is_let_go_and_may_come_back(
        self, house: House, kind: str
    ) -> None:
        alice, bob = WebSocketPerson(house), KINDS[kind](house)
        await alice.enter("alice")
        texts = [f"{at} ".ljust(4_000, "x") for at in range(60)]
        alice.shout("#lobby", texts)
        await alice.answered()
        await bob.enter("bob")
        await alice.see("bob came #lobby")
        bob.stop_reading()
        for _ in range(MORE_THAN_BUFFERS_TAKE // (60 * 4_000)):
            if isinstance(bob, WebSocketPerson):
                bob.peer.send({"type": "history", "room": "lobby", "limit": 200})
            else:
                bob.peer.send("/history 200")
        await alice.see("bob went #lobby")
        bob.read_again()
        await bob.drop()
        await bob.come_back()
        assert ["alice", "bob"] == await bob.who("#lobby")


class TestFastSpeakers:
    @pytest.fixture
    def limits(self) -> Limits:
        return Limits(say_per_second=50, say_burst=5)

    @pytest_twisted.ensureDeferred
    async def test_who_is_too_fast_is_slowed_and_loses_nothing(self, alice: Person, bob: Person) -> None:
        await alice.enter("alice")
        await bob.enter("bob")
        texts = [str(number) for number in range(30)]
        alice.shout("#lobby", texts)
        assert list(range(1, 31)) == await alice.answered()
        assert texts == [message.text for message in await bob.hear(30)]

    @pytest.mark.parametrize("kind", KINDS)
    @pytest_twisted.ensureDeferred
    async def test_the_pace_is_kept_and_nobody_else_waits(self, house: House, kind: str) -> None:
        """While one is slowed, another is not: their one message comes before the last of the many."""
        fast, other = KINDS[kind](house), WebSocketPerson(house)
        await fast.enter("fast")
        await other.enter("other")
        fast.shout("#lobby", [str(number) for number in range(30)])
        await other.hear(1)
        seq = await other.say("#lobby", "me too")
        assert seq < max(await fast.answered())


class Nonsense(NamedTuple):
    """What somebody sends who is logged in as alice and knows of nothing but the lobby, and its refusal."""

    websocket: bytes | None
    line: bytes | None
    """None where the frontend has nothing like it."""
    code: str


NONSENSE = {
    "not JSON": Nonsense(b"{", None, "bad_request"),
    "not an object": Nonsense(b"[]", None, "bad_request"),
    "no type": Nonsense(b'{"room":"lobby"}', None, "bad_request"),
    "a field is missing": Nonsense(b'{"type":"say","room":1}', b"/join", "bad_request"),
    "a field of a wrong type": Nonsense(
        b'{"type":"say","room":"lobby","text":7}', b"/history many", "bad_request"
    ),
    "a number out of range": Nonsense(
        b'{"type":"history","room":1,"limit":201}', b"/history 201", "bad_request"
    ),
    "not UTF-8": Nonsense(None, b"caf\xe9", "bad_request"),  # which ends a WebSocket: RFC 6455 section 8.1
    "nothing to say": Nonsense(b'{"type":"say","room":"lobby","text":" "}', b"/me", "bad_request"),
    "an unknown command": Nonsense(b'{"type":"dance"}', b"/dance", "unknown_type"),
    "a text too long": Nonsense(
        b'{"type":"say","room":"lobby","text":"' + b"x" * 4_001 + b'"}', b"x" * 4_001, "too_long"
    ),
    "far too long": Nonsense(
        b'{"type":"say","room":"lobby","text":"' + b"x" * 70_000 + b'"}', b"x" * 70_000, "too_long"
    ),
    "not a name": Nonsense(b'{"type":"create","name":"no spaces"}', b"/create 9lives", "bad_name"),
    "a reserved name": Nonsense(b'{"type":"create","name":"system"}', b"/create system", "bad_name"),
    "an unknown room": Nonsense(b'{"type":"join","room":"nowhere"}', b"/join nowhere", "no_such_room"),
    "an unknown user": Nonsense(b'{"type":"direct","user":"nobody"}', b"/msg nobody psst", "no_such_user"),
    "an unknown message": Nonsense(
        b'{"type":"say","room":"lobby","text":"yes","reply_to":99}', None, "no_such_message"
    ),
    "a room of others": Nonsense(b'{"type":"who","room":"theirs"}', b"/switch theirs", "not_a_member"),
    "a room that exists": Nonsense(b'{"type":"create","name":"theirs"}', b"/create theirs", "name_taken"),
    "a second login": Nonsense(b'{"type":"login","name":"eve"}', b"/nick eve", "already_logged_in"),
    "a key used for another text": Nonsense(
        b'{"type":"say","room":"lobby","text":"another","key":"k"}', None, "key_reused"
    ),
}

BEFORE_LOGIN = {
    "a name that is taken": Nonsense(b'{"type":"login","name":"Other"}', b"/nick Other", "name_taken"),
    "a name that is none": Nonsense(b'{"type":"login","name":"-"}', b"/nick -", "bad_name"),
    "a reserved name": Nonsense(b'{"type":"login","name":"system"}', b"/nick system", "bad_name"),
    "an unknown token": Nonsense(
        b'{"type":"login","token":"nonsense"}', b"/resume aaaa-bbbb-cccc", "wrong_token"
    ),
    "a wrong password": Nonsense(
        b'{"type":"login","name":"other","password":"guess"}', b"/login other\nguess", "wrong_password"
    ),
    "a short password": Nonsense(
        b'{"type":"register","name":"eve","password":"short"}', b"/register eve\nshort", "bad_request"
    ),
    "nobody yet": Nonsense(b'{"type":"who","room":"lobby"}', b"/who", "not_logged_in"),
    "nobody speaks": Nonsense(b'{"type":"say","room":"lobby","text":"hi"}', b"hi", "not_logged_in"),
}


def told(nonsense: dict[str, Nonsense]) -> list[ParameterSet]:
    """Each of them, through each frontend that it can come through."""
    return [
        pytest.param(kind, data, code, id=f"{what}-{kind}")
        for what, (websocket, line, code) in nonsense.items()
        for kind, data in (("ws", websocket), ("line", line))
        if data is not None
    ]


async def refusal_of(somebody: WebSocketPerson | LinePerson, data: bytes) -> tuple[str, str]:
    """The code and the sentence that this is answered with."""
    if isinstance(somebody, WebSocketPerson):
        somebody.peer.send_raw(data)
        event = await somebody.peer.receive()
        assert "error" == event["type"]
        return event["code"], event["text"]
    somebody.peer.send_raw(data + b"\n")
    line = await somebody.peer.inbox.next()
    while line.startswith("* Password for "):
        line = await somebody.peer.inbox.next()
    assert line.startswith("! ")
    code, _, sentence = line[2:].partition(": ")
    return code, sentence


def is_for_a_person(sentence: str) -> bool:
    return sentence[:1].isupper() and (sentence.endswith(".") or sentence.startswith("Usage: "))


class TestRefusals:
    @pytest.mark.parametrize(("kind", "data", "code"), told(NONSENSE))
    @pytest_twisted.ensureDeferred
    async def test_it_is_refused_and_the_conversation_goes_on(
        self, house: House, kind: str, data: bytes, code: str
    ) -> None:
        alice, other = KINDS[kind](house), WebSocketPerson(house)
        await other.enter("other")
        await other.create("#theirs")
        await alice.enter("alice")
        if isinstance(alice, WebSocketPerson):
            await alice.say("#lobby", "something", key="k")
        else:
            await alice.say("#lobby", "something")
        await other.hear(1)
        refused, sentence = await refusal_of(alice, data)
        assert code == refused
        assert is_for_a_person(sentence)
        assert 2 == await alice.say("#lobby", "still here")
        assert [Message("#lobby", 2, "alice", "still here")] == await other.hear(1)

    @pytest.mark.parametrize(("kind", "data", "code"), told(BEFORE_LOGIN))
    @pytest_twisted.ensureDeferred
    async def test_a_stranger_is_refused_and_may_try_again(
        self, house: House, kind: str, data: bytes, code: str
    ) -> None:
        alice, other = KINDS[kind](house), WebSocketPerson(house)
        await other.register("other", "correct horse")
        await alice.connect()
        refused, sentence = await refusal_of(alice, data)
        assert code == refused
        assert is_for_a_person(sentence)
        await alice.enter("alice")
        assert "alice" == alice.name

    @pytest_twisted.ensureDeferred
    async def test_a_binary_frame_is_refused(self, house: House) -> None:
        alice = WebSocketPerson(house)
        await alice.enter("alice")
        alice.peer.send_raw(b'{"type":"ping"}', binary=True)
        assert "bad_request" == (await alice.peer.receive())["code"]
        await alice.hears_nothing()

    @pytest_twisted.ensureDeferred
    async def test_a_frame_of_more_than_16_mib_ends_the_connection(self, house: House) -> None:
        alice = WebSocketPerson(house)
        await alice.enter("alice")
        alice.peer.send_raw(b"x" * (16 * 2**20 + 1))
        assert await alice.peer.inbox.rest() == []
        assert 1009 == alice.peer.close_code

    @pytest.mark.parametrize("kind", KINDS)
    @pytest_twisted.ensureDeferred
    async def test_a_long_stretch_of_nonsense_is_abuse(self, house: House, kind: str) -> None:
        """Each is answered, until the connection is closed with words that say why. Nobody else notices."""
        eve, other = KINDS[kind](house), WebSocketPerson(house)
        await other.enter("other")
        await eve.enter("eve")
        if isinstance(eve, WebSocketPerson):
            for _ in range(50):
                eve.peer.send({"type": "dance"})
            refused = [json.loads(event)["code"] for event in await eve.peer.inbox.rest()]
            assert {"unknown_type"} == set(refused)
            assert 4003 == eve.peer.close_code
        else:
            for _ in range(50):
                eve.peer.send("/dance")
            *refused, last = await eve.peer.inbox.rest()
            assert {"! unknown_type: There is no command /dance. /help lists them."} == set(refused)
            assert "* Too much of what you sent made no sense. Look at the protocol, then come back." == last
        await other.hears_nothing()


class TestCounts:
    @pytest.fixture
    def limits(self) -> Limits:
        return Limits(
            rooms_per_user=2, creations_per_minute=4, login_tries_per_minute=2, connections_per_address=3
        )

    @pytest.mark.parametrize("kind", KINDS)
    @pytest_twisted.ensureDeferred
    async def test_one_is_in_so_many_rooms_at_most(self, house: House, kind: str) -> None:
        alice = KINDS[kind](house)
        await alice.enter("alice")
        await alice.create("#one")
        with pytest.raises(Refusal, match="too_many"):
            await alice.create("#two")
        await alice.leave("#one")
        await alice.create("#two")

    @pytest.mark.parametrize("kind", KINDS)
    @pytest_twisted.ensureDeferred
    async def test_so_many_things_are_made_per_minute(self, house: House, kind: str) -> None:
        alice = KINDS[kind](house)
        await alice.enter("alice")
        for name in ("#one", "#two", "#three"):
            await alice.create(name)
            await alice.leave(name)
        with pytest.raises(Refusal, match="too_fast"):
            await alice.create("#four")
        assert 1 == await alice.say("#lobby", "talking is something else")

    @pytest.mark.parametrize("kind", KINDS)
    @pytest_twisted.ensureDeferred
    async def test_passwords_cannot_be_tried_for_ever(self, house: House, kind: str) -> None:
        """Not even the right one is heard any more, from this address; another name is."""
        alice, eve = WebSocketPerson(house), KINDS[kind](house)
        await alice.register("alice", "correct horse")
        for code in ("wrong_password", "wrong_password", "too_fast"):
            with pytest.raises(Refusal, match=code):
                await eve.log_in("alice", "battery staple")
        with pytest.raises(Refusal, match="too_fast"):
            await eve.log_in("alice", "correct horse")
        await eve.register("eve", "battery staple")

    @pytest_twisted.ensureDeferred
    async def test_one_address_has_so_many_connections(self, house: House) -> None:
        people: list[Person] = [LinePerson(house), WebSocketPerson(house), LinePerson(house)]
        for person, name in zip(people, ("alice", "bob", "carol"), strict=True):
            await person.enter(name)
        late = LinePerson(house)
        with pytest.raises(EOFError):
            assert (await late.connect()).startswith("! too_many: ")
        with pytest.raises(ConnectionError, match="429"):
            await WebSocketPerson(house).connect()
        await people[0].say_goodbye()
        await LinePerson(house).enter("dave")
