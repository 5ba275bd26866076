"""Answering a message: what it must be, and who may read a quote of it."""

from collections.abc import Iterator

import pytest

from chatd.core.tail import RECALLED_MOST, Tail
from chatd.model import (
    Code,
    Command,
    Delete,
    Edit,
    Ignore,
    IgnoredList,
    Messages,
    Said,
    Say,
    Stored,
    User,
)
from chatd.wires.line import LineWire
from tests.unit.core_peer import LOBBY, Core, Peer
from tests.unit.line_peer import ALICE, AT, UTC, in_the_lobby, said


@pytest.fixture
def core() -> Iterator[Core]:
    core = Core()
    yield core
    core.check()


@pytest.fixture
def alice(core: Core) -> Peer:
    return core.account("alice")


@pytest.fixture
def bob(core: Core) -> Peer:
    return core.account("bob")


def reply(peer: Peer, text: str, to: int) -> int:
    return peer.expect(Stored, Say(room=LOBBY, text=text, reply_to=to)).seq


def listener(core: Core, name: str) -> Peer:
    """Somebody live in the lobby."""
    peer = core.guest(name)
    peer.attach()
    peer.take()
    return peer


def quotes(peer: Peer) -> list[str]:
    """What was quoted since the last time."""
    outbox = peer.client.outbox
    labels, outbox.labels = outbox.labels, []
    return [label.removeprefix("#lobby ") for label in labels if label != "#lobby"]


def test_what_is_answered_is_a_message_of_the_room(alice: Peer) -> None:
    alice.say("one")
    alice.expect(Stored, Edit(LOBBY, 1, "two"))
    for target in (0, 2, 9):
        assert Code.NO_SUCH_MESSAGE is alice.refused(Say(room=LOBBY, text="yes", reply_to=target)).code
    assert 3 == reply(alice, "yes", 1)


def test_minus_one_is_what_one_said_last(alice: Peer, bob: Peer) -> None:
    assert Code.NO_SUCH_MESSAGE is alice.refused(Say(room=LOBBY, text="yes", reply_to=-1)).code
    alice.say("one")
    bob.say("two")
    bob.attach()
    bob.take()
    reply(alice, "yes", -1)
    assert [1] == [one.reply_to for one in bob.take_all(Said)]


def test_a_wire_can_quote_what_is_answered_as_it_is_now(core: Core, alice: Peer) -> None:
    carol = listener(core, "carol")
    alice.say("one")
    reply(alice, "yes", 1)
    alice.expect(Stored, Edit(LOBBY, 1, "two"))
    reply(alice, "yes", 1)
    alice.expect(Stored, Delete(LOBBY, 1))
    reply(alice, "yes", 1)
    assert ["one", "two"] == quotes(carol)


def test_what_is_no_more_in_memory_is_read_again(core: Core, alice: Peer) -> None:
    """Once; and it is changed like the rest."""
    core.write(300)
    carol = listener(core, "carol")
    reply(alice, "yes", 7)
    statements = core.store.overheard()
    reply(alice, "yes", 7)
    read_again = [one for one in statements if "entries.reply_to" in one]
    core.change(7, "seven")
    reply(alice, "yes", 7)
    assert ["7", "7", "seven"] == quotes(carol)
    assert [] == read_again
    core.change(7, None)
    reply(alice, "yes", 7)
    assert [] == quotes(carol)


def test_what_was_changed_while_it_was_read_is_quoted_as_it_is(core: Core, alice: Peer) -> None:
    core.write(300)
    carol = listener(core, "carol")
    core.store.hold_reads(1)
    alice.tell(Say(room=LOBBY, text="yes", reply_to=7))
    core.change(7, None)
    core.store.release_reads()
    assert [] == quotes(carol)


def test_the_order_of_what_one_says_stays(core: Core, alice: Peer, bob: Peer) -> None:
    """Though an answer waits for what it answers to be read."""
    core.write(300)
    bob.attach()
    bob.take()
    core.store.hold_reads(1)
    alice.tell(Say(room=LOBBY, text="a"), Say(room=LOBBY, text="b", reply_to=7), Say(room=LOBBY, text="c"))
    core.store.release_reads()
    assert ["a", "b", "c"] == bob.take_texts()


def test_who_ignores_somebody_reads_no_quote_of_them(core: Core, alice: Peer, bob: Peer) -> None:
    carol, dave = listener(core, "carol"), listener(core, "dave")
    bob.say("psst")
    carol.expect(IgnoredList, Ignore("bob"))
    for peer in (carol, dave):
        peer.take()
    reply(alice, "yes", 1)
    assert ["yes"] == carol.take_texts() == dave.take_texts()
    assert ([], ["psst"]) == (quotes(carol), quotes(dave))
    reply(bob, "no", 1)
    assert ["no"] == dave.take_texts()
    assert [] == carol.take_texts()


def test_only_the_last_few_are_kept_in_mind() -> None:
    tail = Tail()
    for seq in range(1, RECALLED_MOST + 2):
        tail.recall(said(seq))
    assert None is tail.message(1)
    assert said(2) == tail.message(2)
    tail.clear()
    assert None is tail.message(2)


# On a line


QUOTED = said(7, "hi\nbob")
ANSWER = Said(room=1, seq=8, at=AT, sender=User(2, "bob", "guest"), text="yes\nno", reply_to=7)


def test_a_line_quotes_in_a_few_words() -> None:
    first = '[#lobby] 09:14 <bob> (to alice: "hi…") yes\n'
    assert f"{first}[#lobby] 09:14 <bob> no\n".encode() == LineWire(False, UTC).encode(
        ANSWER, "#lobby", QUOTED
    )
    first = '[#lobby 8] 09:14 <bob> (to 7, alice: "hi…") yes\n'
    assert f"{first}[#lobby 8] 09:14 <bob> no\n".encode() == LineWire(True, UTC).encode(
        ANSWER, "#lobby", QUOTED
    )


@pytest.mark.parametrize("deleted", [False, True])
def test_a_page_quotes_what_it_has(deleted: bool) -> None:
    talk = in_the_lobby()
    talk.receive(b"/history 2\n")
    before = Said(room=1, seq=7, at=AT, sender=ALICE, text="" if deleted else "hi", deleted=deleted)
    page = Messages(id=2, room=1, entries=[before, ANSWER], first=7, last=8, complete=False)
    lines = talk.event(page).decode().splitlines()
    assert (
        f"[#lobby] 09:14 <bob> (to {'7' if deleted else 'alice: ' + chr(34) + 'hi' + chr(34)}) yes"
        == lines[2]
    )


def test_replying() -> None:
    talk = in_the_lobby()
    asked: list[Command] = [Say(id=2, room=1, text="yes, I do", reply_to=7)]
    assert asked == talk.receive(b"/reply 7  yes, I do\n")
    assert [Say(id=3, room=1, text="yes", reply_to=-1)] == talk.receive(b"/reply -1 yes\n")


@pytest.mark.parametrize("line", ["/reply", "/reply 7", "/reply x yes"])
def test_an_answer_needs_a_number_and_a_text(line: str) -> None:
    talk = in_the_lobby()
    assert [] == talk.receive(f"{line}\n".encode())
    assert b"! bad_request: Usage: /reply N TEXT\n" == talk.output()
