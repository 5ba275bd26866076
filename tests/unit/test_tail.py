"""The newest entries of a room, in memory: whatever was changed, they are what the store gives."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from twisted.internet.defer import Deferred

from chatd.core.tail import CROWD_ENTRIES, TAIL_BYTES, TAIL_ENTRIES, Tail
from chatd.model import (
    DELETED,
    Account,
    Change,
    ChatError,
    Deleted,
    Draft,
    Edited,
    Entry,
    Noticed,
    Page,
    Preview,
    Previewed,
    Previewing,
    Purged,
    Reacted,
    Reacting,
    Reaction,
    Said,
    User,
    text_of,
)
from tests.fakes import MemoryStore
from tests.unit.store_bench import purge

ALICE = User(1, "alice", "user")
BOB = User(2, "bob", "guest")


def said(seq: int, text: str = "hi", sender: User = ALICE) -> Said:
    return Said(room=1, seq=seq, at=0, sender=sender, text=text)


def edited(seq: int, target: int, text: str | None) -> Edited:
    return Edited(room=1, seq=seq, at=0, sender=ALICE, target=target, text=text)


def deleted(seq: int, target: int) -> Deleted:
    return Deleted(room=1, seq=seq, at=0, sender=ALICE, target=target)


def reacted(seq: int, target: int, user: User = ALICE, emoji: str = "👍", on: bool = True) -> Reacted:
    return Reacted(room=1, seq=seq, at=0, sender=user, target=target, emoji=emoji, on=on)


FOUND = Preview("https://example.org", "Example", "example.org")
NEWER = Preview("https://example.org", "Newer", "example.org")


def previewed(seq: int, target: int, preview: Preview | None = FOUND) -> Previewed:
    return Previewed(room=1, seq=seq, at=0, sender=ALICE, target=target, preview=preview)


def previews(*entries: Entry) -> list[Preview | None]:
    return [entry.preview for entry in tail(*entries) if isinstance(entry, Said | Previewed)]


def topic(seq: int) -> Noticed:
    return Noticed(room=1, seq=seq, at=0, sender=ALICE, what="topic")


def purged(seq: int, user: User) -> Purged:
    return Purged(room=1, seq=seq, at=0, sender=ALICE, user=user, up_to=seq - 1)


def reactions(*entries: Entry) -> tuple[Reaction, ...]:
    message = tail(*entries)[0]
    assert isinstance(message, Said)
    return message.reactions


def tail(*entries: Entry) -> list[Entry]:
    kept = Tail()
    for entry in entries:
        kept.keep(entry)
    return kept.page(0)


def texts(*entries: Entry) -> list[str]:
    return [text_of(entry) for entry in tail(*entries)]


def test_an_edit_changes_the_message_that_is_kept() -> None:
    expected = Said(room=1, seq=1, at=0, sender=ALICE, text="hello", edited=True, changed=2)
    assert [expected, edited(2, 1, "hello")] == tail(said(1), edited(2, 1, "hello"))


def test_a_deletion_takes_the_text_out_of_all_that_showed_it() -> None:
    assert ["", "b", "", ""] == texts(said(1, "a"), said(2, "b"), edited(3, 1, "c"), deleted(4, 1))


def test_edits_of_a_message_that_is_kept_no_more_show_its_newest_text() -> None:
    assert ["c", "c"] == texts(edited(8, 1, "b"), edited(9, 1, "c"))


def test_removing_all_of_somebody_leaves_the_others() -> None:
    entries: list[Entry] = [
        said(1, "a"),
        said(2, "b", BOB),
        edited(3, 1, "c"),
        purged(4, ALICE),
        said(5, "d"),
    ]
    assert ["", "b", "", "", "d"] == texts(*entries)


def test_reactions_are_on_the_message_until_they_are_taken_off() -> None:
    put: list[Entry] = [said(1), reacted(2, 1), reacted(3, 1, BOB), reacted(4, 1, BOB, "🎉")]
    assert (Reaction("🎉", (2,)), Reaction("👍", (1, 2))) == reactions(*put)
    assert (Reaction("👍", (1, 2)),) == reactions(*put, reacted(5, 1, BOB, "🎉", on=False))
    assert 4 == next(entry.changed for entry in tail(*put) if isinstance(entry, Said))


@pytest.mark.parametrize("end", [deleted(3, 1), purged(3, ALICE)])
def test_nothing_is_on_a_message_that_is_gone(end: Entry) -> None:
    assert () == reactions(said(1), reacted(2, 1), end)
    assert () == reactions(said(1), end, reacted(4, 1))


def test_a_preview_is_on_its_message_and_in_what_told_of_it() -> None:
    assert [FOUND, None, FOUND] == previews(said(1), said(2), previewed(3, 1))
    assert [NEWER, NEWER, NEWER] == previews(said(1), previewed(2, 1), reacted(3, 1), previewed(4, 1, NEWER))
    assert [NEWER, NEWER] == previews(previewed(8, 1), previewed(9, 1, NEWER))
    assert ["new"] == texts(edited(8, 1, "new"), previewed(9, 1))[:1]


@pytest.mark.parametrize("end", [edited(3, 1, "new"), deleted(3, 1), purged(3, ALICE)])
def test_a_preview_goes_with_the_text_that_had_the_link(end: Entry) -> None:
    assert [None, None] == previews(said(1), previewed(2, 1), end)


def test_what_told_of_a_preview_of_what_is_kept_no_longer_shows_none() -> None:
    kept = Tail()
    for entry in (said(1), said(2), previewed(3, 1), previewed(4, 2)):
        kept.keep(entry)
    kept.forget(1)
    left = [entry.preview for entry in kept.page(0) if isinstance(entry, Previewed)]
    assert [None, FOUND] == left


def test_a_page_that_was_read_before_a_preview_is_amended() -> None:
    kept = Tail()
    kept.keep(previewed(8, 1, NEWER))
    assert [NEWER] == [one.preview for one in kept.amended([previewed(5, 1)])]


def test_a_reaction_changes_no_text() -> None:
    assert ["new", "new", ""] == texts(said(1), edited(2, 1, "new"), reacted(3, 1))


def test_what_was_deleted_before_is_not_changed_by_removing_the_rest() -> None:
    gone = Said(room=1, seq=1, at=0, sender=ALICE, text="", deleted=True, changed=2)
    assert gone == tail(said(1), deleted(2, 1), purged(3, ALICE))[0]


@pytest.mark.parametrize("change", [edited(3, 1, "new"), deleted(3, 1), purged(3, ALICE)])
def test_a_page_that_was_read_before_a_change_is_amended(change: Edited | Deleted | Purged) -> None:
    kept = Tail()
    kept.keep(said(2, "other", BOB))
    kept.keep(change)
    expected = tail(said(1, "old"), said(2, "other", BOB), change)
    assert expected[:2] == kept.amended([said(1, "old"), said(2, "other", BOB)])
    assert expected[:2] == kept.amended(expected[:2])


def test_a_page_that_was_read_after_a_change_is_not_set_back() -> None:
    kept = Tail()
    for entry in (edited(8, 1, "new"), edited(9, 1, "newer")):
        kept.keep(entry)
    newest = Said(room=1, seq=1, at=0, sender=ALICE, text="newest", edited=True, changed=10)
    assert [newest] == kept.amended([newest])


def test_an_edit_that_was_read_after_its_message_was_deleted_changes_nothing() -> None:
    assert said(1) == tail(said(1), edited(2, 1, None))[0]


def test_a_page_that_was_read_between_changes_has_each_of_them_once() -> None:
    kept = Tail()
    changes: list[Entry] = [edited(2, 1, "new"), reacted(3, 1), reacted(4, 1, BOB), deleted(5, 9)]
    for entry in changes:
        kept.keep(entry)
    for read in range(4):
        page = tail(said(1), *changes[:read])[:1]
        assert tail(said(1), *changes)[:1] == kept.amended(page)


def test_a_message_is_found_by_its_seq() -> None:
    kept = Tail()
    assert kept.message(1) is None
    for entry in (said(4), topic(5), said(6, "b")):
        kept.keep(entry)
    assert [None, said(4), None, said(6, "b"), None] == [kept.message(seq) for seq in (3, 4, 5, 6, 7)]


def test_room_that_an_edit_makes_is_given_back() -> None:
    kept = Tail()
    for seq in range(1, 4):
        kept.keep(said(seq, "x" * (TAIL_BYTES // 3)))
    kept.keep(deleted(4, 3))
    kept.keep(said(5, "x" * (TAIL_BYTES // 3)))
    assert 5 == len(kept)
    kept.keep(edited(6, 5, "y" * (TAIL_BYTES // 2)))
    assert sum(len(text_of(entry)) for entry in kept.page(0)) <= TAIL_BYTES
    assert "y" in text_of(kept.page(0)[-1])


def test_where_many_are_an_entry_is_kept_for_each_of_them() -> None:
    kept = Tail()
    for seq in range(1, 3 * CROWD_ENTRIES):
        kept.keep(said(seq), audience=TAIL_ENTRIES + 50)
    assert TAIL_ENTRIES + 50 == len(kept)
    for seq in range(3 * CROWD_ENTRIES, 6 * CROWD_ENTRIES):
        kept.keep(said(seq), audience=10 * CROWD_ENTRIES)
    assert CROWD_ENTRIES == len(kept)
    kept.keep(said(6 * CROWD_ENTRIES), audience=1)
    assert TAIL_ENTRIES == len(kept)


def test_what_a_crowd_has_kept_is_read_page_by_page() -> None:
    kept = Tail()
    for seq in range(1, 2 * TAIL_ENTRIES + 2):
        kept.keep(said(seq), audience=3 * TAIL_ENTRIES)
    pages = [kept.page(after) for after in (0, TAIL_ENTRIES, 2 * TAIL_ENTRIES, 2 * TAIL_ENTRIES + 1)]
    assert [*range(1, 2 * TAIL_ENTRIES + 2)] == [entry.seq for page in pages for entry in page]
    assert [TAIL_ENTRIES, TAIL_ENTRIES, 1, 0] == [len(page) for page in pages]
    kept.keep(said(2 * TAIL_ENTRIES + 2, "x" * TAIL_BYTES), audience=3 * TAIL_ENTRIES)
    assert [1, 1] == [len(kept.page(2 * TAIL_ENTRIES + more)) for more in (0, 1)]


def test_a_change_reaches_what_a_crowd_has_kept() -> None:
    kept = Tail()
    for seq in range(1, 3 * TAIL_ENTRIES):
        kept.keep(said(seq), audience=3 * TAIL_ENTRIES)
    kept.keep(deleted(3 * TAIL_ENTRIES, 7), audience=3 * TAIL_ENTRIES)
    assert "" == text_of(kept.page(6)[0])


def test_a_change_that_is_kept_no_more_amends_nothing() -> None:
    kept = Tail()
    kept.keep(deleted(2, 1))
    assert "" == text_of(kept.amended([said(1)])[0])
    for seq in range(3, TAIL_ENTRIES + 3):
        kept.keep(said(seq))
    assert [said(1)] == kept.amended([said(1)])


def test_of_several_edits_those_that_are_kept_show_the_newest_text() -> None:
    kept = Tail()
    for entry in (said(1), edited(2, 1, "a"), edited(3, 1, "b")):
        kept.keep(entry)
    for seq in range(4, TAIL_ENTRIES + 3):
        kept.keep(said(seq))
    assert ("b", TAIL_ENTRIES) == (text_of(kept.page(0)[0]), len(kept))
    kept.keep(edited(TAIL_ENTRIES + 3, 1, "c"), audience=2 * TAIL_ENTRIES)
    assert "c" == text_of(kept.page(0)[0])
    for seq in range(TAIL_ENTRIES + 4, 2 * TAIL_ENTRIES + 4):
        kept.keep(said(seq))
    kept.keep(edited(2 * TAIL_ENTRIES + 4, 1, "d"))
    assert {"hi", "d"} == {text_of(entry) for entry in kept.page(TAIL_ENTRIES + 4)}


LINK = "https://example.org/"
targets = some.integers(1, 6)
says = some.tuples(
    some.just("say"), some.sampled_from([ALICE, BOB]), some.sampled_from("abc"), some.booleans()
)
reacts = some.tuples(
    some.just("react"), targets, some.sampled_from([ALICE, BOB]), some.sampled_from("👍🎉"), some.booleans()
)
steps = some.one_of(
    says,
    says,
    says,
    some.tuples(some.just("edit"), targets, some.sampled_from("abc")),
    some.tuples(some.just("edit"), targets, some.sampled_from("abc")),
    some.tuples(some.just("delete"), targets),
    reacts,
    reacts,
    some.tuples(some.just("preview"), targets, some.sampled_from("abc")),
    some.tuples(some.just("preview"), targets, some.sampled_from("abc")),
    some.tuples(some.just("topic"), some.sampled_from("abc")),
    some.tuples(some.just("purge"), some.sampled_from([ALICE, BOB])),
)


def test_what_is_recalled_shows_the_old_name_no_more() -> None:
    kept = Tail()
    kept.recall(said(5))
    kept.rename(User(ALICE.id, DELETED, "user"))
    message = kept.message(5)
    assert message is not None
    assert DELETED == message.sender.name


@settings(max_examples=150)
@given(some.lists(steps, min_size=8, max_size=25))
def test_the_tail_is_what_the_store_gives(steps: list[tuple[object, ...]]) -> None:
    kept = Tail()
    store = MemoryStore(publish=kept.keep)
    store.create_account("alice", "hash")
    store.create_guest("bob")
    authors: dict[int, User] = {}
    pages: list[Page[Entry]] = []
    for step in steps:
        match step:
            case "say", User() as author, str() as text, bool() as me:
                authors[store.head(1) + 1] = author
                store.append(Draft(1, author, LINK + text, me=me))
            case "preview", int() as target, str() as text:
                store.show_preview(Previewing(1, target, Preview(LINK + text, "title", "site")))
            case "edit", int() as target, str() as text if target in authors:
                author = authors[target]
                editing = store.change(Change(1, author, target, author.id, LINK + text))
                editing.addErrback(lambda failure: failure.trap(ChatError))  # it was deleted
            case "delete", int() as target if target in authors:
                store.change(Change(1, BOB, target, authors[target].id, None))
            case "react", int() as target, User() as user, str() as emoji, bool() as on:
                reacting = store.react(Reacting(1, user, target, emoji, on))
                reacting.addErrback(lambda failure: failure.trap(ChatError))  # no message, or it was deleted
            case "topic", str() as text:
                store.set_topic(1, ALICE, text)
            case "purge", User() as user:
                Deferred.fromCoroutine(purge(store, 1, BOB, user))
        pages.clear()
        store.entries(1, 0).addCallback(pages.append)
        assert pages[0].entries == kept.page(0)
    store.end_account(Account(ALICE, "hash", False), False, lambda actor, same, owners: None)
    kept.rename(User(ALICE.id, DELETED, "user"))
    store.entries(1, 0).addCallback(pages.append)
    assert pages[1].entries == kept.page(0)
