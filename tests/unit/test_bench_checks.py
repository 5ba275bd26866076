"""The checks of `bench/chaos.py` find what they are there to find."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from bench.checks import Journal, Log, Message, read_log, violations


def message(seq: int, text: str | None = None, author: str = "alice", room: str = "lobby") -> Message:
    return Message(room, seq, author, text or f"{room} text {seq}")


def three_messages() -> Log:
    messages = [message(1), message(2, author="nc"), message(3)]
    return Log(messages, {"lobby": 3}, [("alice", "k1", messages[0]), ("alice", "k3", messages[2])])


def reader(*attachments: list[Message]) -> Journal:
    return Journal("bob", echoes=True, attachments=list(attachments))


def test_a_reader_who_resumed_at_the_position_it_had_is_in_order() -> None:
    log = three_messages()
    assert not violations(log, [reader(log.messages[:1], log.messages[1:])])


def test_a_reader_may_see_again_what_it_saw_before_on_another_attachment() -> None:
    log = three_messages()
    assert not violations(log, [reader(log.messages, log.messages[1:])])


def test_a_client_that_is_not_shown_its_own_messages_has_no_hole_there() -> None:
    log = three_messages()
    assert not violations(log, [Journal("nc", False, attachments=[[log.messages[0], log.messages[2]]])])


def test_what_comes_before_the_start_is_no_hole() -> None:
    log = three_messages()
    assert not violations(log, [Journal("bob", True, start=2, attachments=[[log.messages[2]]])])


def repeat_text(log: Log, bob: Journal) -> None:
    log.messages[2] = message(3, log.messages[0].text)
    bob.attachments[0][2] = log.messages[2]


def repeat_key(log: Log, bob: Journal) -> None:
    log.keys.append(("alice", "k1", log.messages[2]))


def skip_a_seq(log: Log, bob: Journal) -> None:
    log.heads["lobby"] = 4


def store_less_than_the_head(log: Log, bob: Journal) -> None:
    del log.messages[2:]
    del bob.attachments[0][2:]


def lose_what_was_acknowledged(log: Log, bob: Journal) -> None:
    bob.acknowledged.append(message(4))


def store_the_acknowledged_elsewhere(log: Log, bob: Journal) -> None:
    bob.acknowledged.append(message(2, log.messages[0].text))


def lose_what_was_seen(log: Log, bob: Journal) -> None:
    bob.attachments[0].append(message(4))


def show_another_text(log: Log, bob: Journal) -> None:
    bob.attachments[0][1] = message(2, "another", author="nc")


def show_another_author(log: Log, bob: Journal) -> None:
    bob.attachments[0][1] = message(2)


def swap_two(log: Log, bob: Journal) -> None:
    bob.attachments[0][:2] = reversed(bob.attachments[0][:2])


def show_one_twice(log: Log, bob: Journal) -> None:
    bob.attachments[0].insert(1, log.messages[0])


def leave_a_hole(log: Log, bob: Journal) -> None:
    del bob.attachments[0][1]


def leave_out_the_end(log: Log, bob: Journal) -> None:
    del bob.attachments[0][2]


def leave_out_the_beginning(log: Log, bob: Journal) -> None:
    del bob.attachments[0][0]


def complain(log: Log, bob: Journal) -> None:
    bob.complaints.append("was refused")


@pytest.mark.parametrize(
    ("violate", "sentence"),
    [
        (repeat_text, '"lobby text 1" is stored 2 times.'),
        (repeat_key, "The key k1 of alice is stored 2 times."),
        (skip_a_seq, "#lobby has the head 4 and 3 entries that are not 1 to head."),
        (store_less_than_the_head, "#lobby has the head 3 and 2 entries that are not 1 to head."),
        (lose_what_was_acknowledged, "was acknowledged and is not stored."),
        (store_the_acknowledged_elsewhere, "was acknowledged and is not stored."),
        (lose_what_was_seen, "was seen by bob and is not stored."),
        (show_another_text, '#lobby 2 <nc> "another" was seen by bob and is not stored.'),
        (show_another_author, "was seen by bob and is not stored."),
        (swap_two, "after 2 on one attachment."),
        (show_one_twice, "after 1 on one attachment."),
        (leave_a_hole, '#lobby 2 <nc> "lobby text 2" was never seen by bob.'),
        (leave_out_the_end, "was never seen by bob."),
        (leave_out_the_beginning, "was never seen by bob."),
        (complain, "bob: was refused"),
    ],
)
def test_a_violation_is_found(violate: Callable[[Log, Journal], None], sentence: str) -> None:
    log = three_messages()
    bob = reader(list(log.messages))
    assert not violations(log, [bob])
    violate(log, bob)
    assert any(sentence in found for found in violations(log, [bob]))


def test_two_readers_with_different_messages_under_one_seq_are_found_without_the_log() -> None:
    log = three_messages()
    other = reader([message(1, "another"), *log.messages[1:]])
    found = violations(log, [reader(log.messages), other])
    assert any("and somebody saw" in sentence for sentence in found)


def test_one_message_under_two_seqs_is_found_without_the_log() -> None:
    log = three_messages()
    other = reader([*log.messages, message(4, log.messages[0].text)])
    found = violations(log, [reader(log.messages), other])
    assert any("and somebody saw" in sentence for sentence in found)


def test_a_message_may_be_seen_before_it_is_deleted_and_after() -> None:
    log = three_messages()
    before = list(log.messages)
    log.messages[0] = log.messages[0].gone
    deleted = Message("lobby", 4, "alice", "1", "deleted")
    log.messages.append(deleted)
    log.heads["lobby"] = 4
    author = Journal(
        "alice", echoes=True, attachments=[[*before, deleted]], acknowledged=[before[0], deleted]
    )
    late = reader([*log.messages])
    assert [] == violations(log, [author, late])
    assert [] == violations(log, [late, author])


def test_a_message_that_was_seen_as_deleted_and_is_stored_is_found() -> None:
    log = three_messages()
    bob = reader([log.messages[0].gone, *log.messages[1:]])
    assert any("was seen by bob and is not stored" in found for found in violations(log, [bob]))


def test_who_is_not_shown_the_seqs_of_deletions_has_no_hole_there() -> None:
    log = three_messages()
    log.messages.append(Message("lobby", 4, "alice", "9", "deleted"))
    log.heads["lobby"] = 4
    line = Journal("nc", echoes=False, kinds=frozenset({"said"}), attachments=[log.messages[:3]])
    assert [] == violations(log, [line])
    assert {"lobby": 3} == log.ends(line.kinds)
    assert any("was never seen by bob" in found for found in violations(log, [reader(log.messages[:3])]))


def test_who_is_not_shown_deletions_need_not_see_an_edit_of_what_is_gone() -> None:
    log = three_messages()
    log.messages[1:2] = [log.messages[1].gone]
    log.messages += [
        message(4),
        Message("lobby", 5, "nc", "2", "edited"),
        Message("lobby", 6, "nc", "2", "deleted"),
    ]
    log.heads["lobby"] = 6
    kinds = frozenset({"said", "edited"})
    line = Journal("dozer", echoes=False, kinds=kinds, attachments=[log.messages[:4]])
    assert [] == violations(log, [line])
    assert {"lobby": 4} == log.ends(kinds)
    log.messages[1] = message(2, author="nc")
    assert any("was never seen by dozer" in found for found in violations(log, [line]))


def hold_another_text(log: Log, bob: Journal) -> None:
    bob.view["lobby", 2] = 5, "another"


def hold_what_was_deleted(log: Log, bob: Journal) -> None:
    log.texts["lobby", 2] = ""


def hold_too_little(log: Log, bob: Journal) -> None:
    del bob.view["lobby", 2]


@pytest.mark.parametrize("violate", [hold_another_text, hold_what_was_deleted, hold_too_little])
def test_whoever_holds_something_else_in_the_end_is_found(violate: Callable[[Log, Journal], None]) -> None:
    log = three_messages()
    log.texts |= {("lobby", one.seq): one.text for one in log.messages}
    bob = reader(log.messages)
    bob.view |= {place: (place[1], text) for place, text in log.texts.items()}
    assert [] == violations(log, [bob])
    violate(log, bob)
    assert any("bob has #lobby 2 as " in found for found in violations(log, [bob]))


def test_the_log_is_read_from_the_tables_that_the_daemon_writes(tmp_path: Path) -> None:
    database = tmp_path / "chatd.db"
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.executescript(
            """
            CREATE TABLE users (id, name);
            CREATE TABLE rooms (id, name, kind, head);
            CREATE TABLE entries (room, seq, kind, author, target, text, key);
            INSERT INTO users VALUES (7, 'alice');
            INSERT INTO rooms VALUES (1, 'lobby', 'public', 5), (2, NULL, 'direct', 1);
            INSERT INTO entries VALUES (1, 2, 'said', 7, NULL, NULL, NULL),
                                       (1, 1, 'said', 7, NULL, 'one (2)', 'k1'),
                                       (1, 3, 'edited', 7, 1, NULL, NULL),
                                       (1, 4, 'deleted', 7, 2, NULL, NULL),
                                       (1, 5, 'topic', 7, NULL, 'plans', NULL),
                                       (2, 1, 'said', 7, NULL, 'psst', NULL);
            """
        )
    one = message(1, "one")
    others = [
        Message("lobby", 2, "alice", ""),
        Message("lobby", 3, "alice", "1", "edited"),
        Message("lobby", 4, "alice", "2", "deleted"),
        Message("lobby", 5, "alice", "plans", "topic"),
    ]
    texts = {("lobby", 1): "one (2)", ("lobby", 2): ""}
    assert Log([one, *others], {"lobby": 5}, [("alice", "k1", one)], texts) == read_log(database)
