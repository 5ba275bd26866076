"""What every store does: one suite, run over the one in memory and the real one."""

from collections.abc import Sequence

import pytest
import pytest_twisted
from twisted.internet.defer import CancelledError, Deferred, gatherResults

from chatd.model import (
    Account,
    Arrival,
    Code,
    Draft,
    Entry,
    Listing,
    Profile,
    RoomState,
    Said,
    Token,
    User,
    text_of,
)
from tests.unit.store_bench import AnyStore, Bench, refusal

DAY_MS = 24 * 3600 * 1000
LOBBY = 1


async def say(store: AnyStore, author: User, *texts: str, room: int = LOBBY) -> list[Entry]:
    return [await store.append(Draft(room, author, text)) for text in texts]


def texts(entries: Sequence[Entry]) -> list[str]:
    return [text_of(entry) for entry in entries]


# Appending


@pytest_twisted.ensureDeferred
async def test_entry_has_all_of_its_draft_and_the_next_seq(bench: Bench) -> None:
    alice = await bench.store.create_guest("alice")
    await say(bench.store, alice, "first")
    entry = await bench.store.append(Draft(LOBBY, alice, "hi\0 ü\n", key="k", reply_to=1, me=True))
    expected = Said(room=LOBBY, seq=2, at=1_000, sender=alice, text="hi\0 ü\n", key="k", reply_to=1, me=True)
    assert entry == expected
    assert (await bench.store.entries(LOBBY, 1)).entries == [expected]


@pytest_twisted.ensureDeferred
async def test_many_appends_at_once_get_dense_seqs_in_the_order_of_the_calls(bench: Bench) -> None:
    people = [await bench.store.create_guest(f"guest{number}") for number in range(5)]
    rooms = [LOBBY, *[(await bench.store.create_room(f"room{n}", "public", 1)).id for n in range(3)]]
    for person in people:
        for room in rooms:
            await bench.store.join(person.id, room)
    drafts = [
        Draft(
            rooms[number * 7 % 4],
            people[number % 5],
            f"text {number}",
            key=f"k{number // 5}" if number % 3 else None,
        )
        for number in range(1_000)
    ]
    entries = await gatherResults([bench.store.append(draft) for draft in drafts])
    assert entries == bench.published
    assert texts(entries) == [draft.text for draft in drafts]
    for room in rooms:
        mine = [entry for entry in entries if entry.room == room]
        assert list(range(1, len(mine) + 1)) == [entry.seq for entry in mine]


@pytest_twisted.ensureDeferred
async def test_entry_is_published_before_its_sender_is_answered(bench: Bench) -> None:
    alice = await bench.store.create_guest("alice")
    seen_at_answer: list[tuple[int, int]] = []

    async def send(text: str) -> None:
        entry = await bench.store.append(Draft(LOBBY, alice, text))
        seen_at_answer.append((entry.seq, len(bench.published)))

    await gatherResults([Deferred.fromCoroutine(send(f"{number}")) for number in range(20)])
    assert all(seq <= published for seq, published in seen_at_answer)


@pytest_twisted.ensureDeferred
async def test_times_of_a_room_never_go_back(bench: Bench) -> None:
    alice = await bench.store.create_guest("alice")
    await say(bench.store, alice, "before")
    bench.now = 500
    other = await bench.store.create_room("other", "public", alice.id)
    [late] = await say(bench.store, alice, "the clock was set back")
    [elsewhere] = await say(bench.store, alice, "another room", room=other.id)
    assert (1_000, 500) == (late.at, elsewhere.at)


@pytest_twisted.ensureDeferred
async def test_cancelled_append_is_still_stored_and_published(bench: Bench) -> None:
    alice = await bench.store.create_guest("alice")
    answer = bench.store.append(Draft(LOBBY, alice, "said before leaving"))
    if not answer.called:
        answer.cancel()
        with pytest.raises(CancelledError):
            await answer
    await say(bench.store, alice, "after")
    assert texts(bench.published) == ["said before leaving", "after"]
    assert (await bench.store.entries(LOBBY, 0)).entries == bench.published


@pytest_twisted.ensureDeferred
async def test_known_key_is_answered_with_the_first_entry_and_not_published_again(bench: Bench) -> None:
    alice = await bench.store.create_guest("alice")
    bob = await bench.store.create_guest("bob")
    first = await bench.store.append(Draft(LOBBY, alice, "once", key="k"))
    bench.now = 2_000
    assert first == await bench.store.append(Draft(LOBBY, alice, "once", key="k"))
    assert first.seq != (await bench.store.append(Draft(LOBBY, bob, "once", key="k"))).seq
    assert [1, 2] == [entry.seq for entry in bench.published]


@pytest_twisted.ensureDeferred
async def test_repeats_among_waiting_appends_get_one_seq(bench: Bench) -> None:
    alice = await bench.store.create_guest("alice")
    draft = Draft(LOBBY, alice, "once", key="k")
    entries = await gatherResults(
        [bench.store.append(one) for one in (draft, Draft(LOBBY, alice, "between"), draft, draft)]
    )
    assert [1, 2, 1, 1] == [entry.seq for entry in entries]
    assert ["once", "between"] == texts(bench.published)


@pytest.mark.parametrize(
    "change",
    [{"text": "else"}, {"room": 2}, {"reply_to": 1}, {"me": True}, {"text": "x None False x"}],
    ids=str,
)
@pytest_twisted.ensureDeferred
async def test_key_with_other_content_is_refused(bench: Bench, change: dict[str, object]) -> None:
    alice = await bench.store.create_guest("alice")
    await bench.store.create_room("second", "public", alice.id)
    content: dict[str, object] = {"room": LOBBY, "text": "x", "reply_to": None, "me": False}
    draft = _draft(alice, content)
    await bench.store.append(draft)
    assert Code.KEY_REUSED == await refusal(bench.store.append(_draft(alice, content | change)))
    assert draft.text == (await bench.store.append(draft)).text


def _draft(author: User, content: dict[str, object]) -> Draft:
    room, text, reply_to, me = (content[name] for name in ("room", "text", "reply_to", "me"))
    assert isinstance(room, int)
    assert isinstance(text, str)
    assert reply_to is None or isinstance(reply_to, int)
    return Draft(room, author, text, key="k", reply_to=reply_to, me=bool(me))


@pytest.mark.parametrize("reply_to", [2, 10**30])
@pytest_twisted.ensureDeferred
async def test_reply_needs_a_message_of_the_same_room(bench: Bench, reply_to: int) -> None:
    alice = await bench.store.create_guest("alice")
    other = await bench.store.create_room("other", "public", alice.id)
    await say(bench.store, alice, "one", "two", room=other.id)
    await say(bench.store, alice, "one")
    answer = bench.store.append(Draft(LOBBY, alice, "well", reply_to=reply_to, key="k"))
    assert Code.NO_SUCH_MESSAGE == await refusal(answer)
    assert 2 == (await bench.store.append(Draft(LOBBY, alice, "well", reply_to=1, key="k"))).seq


@pytest_twisted.ensureDeferred
async def test_refused_append_harms_no_neighbour(bench: Bench) -> None:
    alice = await bench.store.create_guest("alice")
    ghost = User(99, "ghost", "guest")
    drafts = {
        Draft(LOBBY, alice, "good 1"): None,
        Draft(LOBBY, ghost, "by nobody"): Code.NOT_A_MEMBER,
        Draft(99, alice, "nowhere"): Code.NOT_A_MEMBER,
        Draft(10**30, alice, "far away"): Code.NOT_A_MEMBER,
        Draft(LOBBY, alice, "half a character \ud800"): Code.BAD_REQUEST,
        Draft(LOBBY, alice, "text", key="half \ud800"): Code.BAD_REQUEST,
        Draft(LOBBY, alice, "text", key="nul \0"): Code.BAD_REQUEST,
        Draft(LOBBY, alice, "an answer", reply_to=50): Code.NO_SUCH_MESSAGE,
        Draft(LOBBY, alice, "good 2"): None,
    }
    answers = [bench.store.append(draft) for draft in drafts]
    for answer, code in zip(answers, drafts.values(), strict=True):
        if code is None:
            await answer
        else:
            assert code == await refusal(answer)
    assert [(1, "good 1"), (2, "good 2")] == [(entry.seq, text_of(entry)) for entry in bench.published]
    assert bench.published == (await bench.store.entries(LOBBY, 0)).entries


@pytest_twisted.ensureDeferred
async def test_who_has_read_what_they_answer_has_read_up_to_what_they_say(bench: Bench) -> None:
    alice, bob = [await bench.store.create_guest(name) for name in ("alice", "bob")]
    for draft in (
        Draft(LOBBY, bob, "one"),
        Draft(LOBBY, alice, "two", reads=True),
        Draft(LOBBY, alice, "three", reads=True),
        Draft(LOBBY, bob, "four"),
    ):
        await bench.store.append(draft)
    states = [await bench.store.room_of(one.id, LOBBY) for one in (alice, bob)]
    assert [(3, 1), (0, 2)] == [(state.read, state.unread) for state in states if state is not None]


# Pages


async def fill(bench: Bench, count: int) -> User:
    """The lobby with entries 1 to `count`, said by the user who is given back."""
    alice = await bench.store.create_guest("alice")
    await gatherResults([bench.store.append(Draft(LOBBY, alice, f"{seq}")) for seq in range(1, count + 1)])
    return alice


@pytest.mark.parametrize(
    ("after", "upto", "first", "last", "complete"),
    [
        (0, None, 1, 200, False),
        (100, None, 101, 300, False),
        (101, None, 102, 301, True),
        (301, None, 302, 301, True),
        (5, 9, 6, 9, True),
        (5, 5, 6, 5, True),
        (5, 900, 6, 205, False),
    ],
)
@pytest_twisted.ensureDeferred
async def test_log_after_a_seq(
    bench: Bench, after: int, upto: int | None, first: int, last: int, complete: bool
) -> None:
    await fill(bench, 301)
    page = await bench.store.entries(LOBBY, after, upto)
    assert (first, last, complete) == (page.first, page.last, page.complete)
    assert list(range(first, last + 1)) == [entry.seq for entry in page.entries]


@pytest.mark.parametrize(
    ("before", "after", "limit", "first", "last", "complete"),
    [
        (None, None, 5, 16, 20, False),
        (None, None, 20, 1, 20, True),
        (6, None, 5, 1, 5, True),
        (7, None, 5, 2, 6, False),
        (1, None, 5, 1, 0, True),
        (None, 0, 5, 1, 5, False),
        (None, 15, 5, 16, 20, True),
        (None, 20, 5, 21, 20, True),
        (5, 2, 50, 3, 4, True),
    ],
)
@pytest_twisted.ensureDeferred
async def test_messages_before_or_after_a_seq(
    bench: Bench, before: int | None, after: int | None, limit: int, first: int, last: int, complete: bool
) -> None:
    await fill(bench, 20)
    page = await bench.store.messages(LOBBY, before=before, after=after, limit=limit)
    assert (first, last, complete) == (page.first, page.last, page.complete)
    assert list(range(first, last + 1)) == [entry.seq for entry in page.entries]


@pytest_twisted.ensureDeferred
async def test_page_ends_at_256_kib_of_text_but_has_one_entry_at_least(bench: Bench) -> None:
    alice = await bench.store.create_guest("alice")
    await say(bench.store, alice, "é" * 64 * 1024, "é" * 64 * 1024, "x", "y" * 300 * 1024)
    pages = [await bench.store.entries(LOBBY, after) for after in (0, 2, 3)]
    assert [[1, 2], [3], [4]] == [[entry.seq for entry in page.entries] for page in pages]
    assert [False, False, True] == [page.complete for page in pages]
    newest = await bench.store.messages(LOBBY, before=None, after=None, limit=50)
    assert ([4], 4, 4, False) == (
        [entry.seq for entry in newest.entries],
        newest.first,
        newest.last,
        newest.complete,
    )


@pytest_twisted.ensureDeferred
async def test_pages_show_senders_as_they_are_called_now(bench: Bench) -> None:
    alice = await fill(bench, 1)
    await bench.store.free_name(alice.id)
    await bench.store.create_guest("alice")
    await bench.store.hold_name(alice.id)
    [entry] = (await bench.store.entries(LOBBY, 0)).entries
    assert User(alice.id, "alice2", "guest") == entry.sender


@pytest_twisted.ensureDeferred
async def test_page_of_no_room_is_refused(bench: Bench) -> None:
    assert Code.NO_SUCH_ROOM == await refusal(bench.store.entries(99, 0))
    assert Code.NO_SUCH_ROOM == await refusal(bench.store.messages(99, before=None, after=None, limit=5))


# Rooms


@pytest_twisted.ensureDeferred
async def test_lobby_is_there_and_everybody_is_in_it(bench: Bench) -> None:
    alice = await bench.store.create_guest("alice")
    await say(bench.store, alice, "one")
    bob = await bench.store.create_account("bob", "hash")
    lobby = RoomState(LOBBY, "lobby", "public", "", head=1, read=1, unread=0)
    assert Arrival("user", [lobby], [], []) == await bench.store.arrival(bob.id)


@pytest_twisted.ensureDeferred
async def test_room_is_found_by_id_and_by_name(bench: Bench) -> None:
    alice = await bench.store.create_guest("alice")
    made = await bench.store.create_room("den", "private", alice.id)
    await say(bench.store, alice, "one", room=made.id)
    by_id, by_name = [await bench.store.room(ref, alice.id) for ref in (made.id, "den")]
    assert by_id == by_name
    assert by_id is not None
    assert (made.id, "private", "den", 1) == (by_id.id, by_id.kind, by_id.name, by_id.head)
    assert [None, None, None] == [await bench.store.room(ref, alice.id) for ref in (99, "nowhere", "")]


@pytest_twisted.ensureDeferred
async def test_room_name_is_taken_whatever_the_kind(bench: Bench) -> None:
    alice = await bench.store.create_guest("alice")
    await bench.store.create_room("den", "private", alice.id)
    assert Code.NAME_TAKEN == await refusal(bench.store.create_room("den", "public", alice.id))
    assert Code.NO_SUCH_USER == await refusal(bench.store.create_room("cave", "public", 99))
    assert None is await bench.store.room("cave", alice.id)


@pytest_twisted.ensureDeferred
async def test_direct_room_is_one_for_its_two_users(bench: Bench) -> None:
    alice = await bench.store.create_guest("alice")
    bob = await bench.store.create_account("bob", "hash")
    carol = await bench.store.create_account("carol", "hash")
    assert None is await bench.store.direct_room((alice.id, bob.id))
    room = await bench.store.open_direct((bob.id, alice.id))
    assert (alice, bob) == room.participants
    assert room == await bench.store.open_direct((alice.id, bob.id))
    assert room == await bench.store.direct_room((bob.id, alice.id))
    assert room == await bench.store.room(room.id, bob.id)
    assert None is await bench.store.direct_room((alice.id, carol.id))
    expected = RoomState(room.id, "@alice", "direct", "", 0, 0, 0, (alice, bob))
    assert expected == await bench.store.room_of(bob.id, room.id)
    assert Code.NO_SUCH_USER == await refusal(bench.store.open_direct((alice.id, 99)))


@pytest_twisted.ensureDeferred
async def test_direct_room_with_oneself_has_one_participant(bench: Bench) -> None:
    alice = await bench.store.create_guest("alice")
    room = await bench.store.open_direct((alice.id, alice.id))
    state = await bench.store.room_of(alice.id, room.id)
    assert state is not None
    assert ((alice,), "@alice") == (room.participants, state.name)


@pytest_twisted.ensureDeferred
async def test_direct_room_keeps_its_participants_when_one_leaves(bench: Bench) -> None:
    alice, bob = await bench.store.create_guest("alice"), await bench.store.create_guest("bob")
    room = await bench.store.open_direct((alice.id, bob.id))
    await bench.store.leave(alice.id, room.id)
    assert None is await bench.store.room_of(alice.id, room.id)
    assert room == await bench.store.room(room.id, bob.id)
    await bench.store.open_direct((alice.id, bob.id))
    assert None is not await bench.store.room_of(alice.id, room.id)


@pytest_twisted.ensureDeferred
async def test_rooms_of_a_user_are_sorted_with_direct_ones_last(bench: Bench) -> None:
    alice, zoe = await bench.store.create_guest("alice"), await bench.store.create_guest("zoe")
    bob = await bench.store.create_guest("bob")
    for one in (zoe, bob):
        await bench.store.open_direct((alice.id, one.id))
    await bench.store.create_room("zoo", "public", alice.id)
    await bench.store.create_room("den", "private", alice.id)
    await bench.store.create_room("elsewhere", "public", bob.id)
    names = [state.name for state in (await bench.store.arrival(alice.id)).rooms]
    assert ["den", "lobby", "zoo", "@bob", "@zoe"] == names


@pytest_twisted.ensureDeferred
async def test_read_position_begins_at_the_head_and_outlives_leaving(bench: Bench) -> None:
    alice, bob = await bench.store.create_guest("alice"), await bench.store.create_guest("bob")
    room = (await bench.store.create_room("den", "public", alice.id)).id
    await say(bench.store, alice, "1", "2", room=room)
    await bench.store.join(bob.id, room)
    await say(bench.store, alice, "3", room=room)
    await bench.store.leave(bob.id, room)
    assert None is await bench.store.room_of(bob.id, room)
    for _ in range(2):
        await bench.store.join(bob.id, room)
        state = await bench.store.room_of(bob.id, room)
        assert state is not None
        assert (2, 1) == (state.read, state.unread)


@pytest_twisted.ensureDeferred
async def test_joining_needs_a_room_and_a_user(bench: Bench) -> None:
    alice = await bench.store.create_guest("alice")
    assert None is await bench.store.join(alice.id, 99)
    assert Code.NO_SUCH_USER == await refusal(bench.store.join(99, LOBBY))
    await bench.store.leave(alice.id, 99)


@pytest_twisted.ensureDeferred
async def test_read_position_moves_forward_only_and_not_past_the_head(bench: Bench) -> None:
    alice, bob = await bench.store.create_guest("alice"), await bench.store.create_guest("bob")
    await say(bench.store, alice, "1", "2", "3")
    assert [2, 2, 3] == [await bench.store.read(bob.id, LOBBY, seq) for seq in (2, 1, 10**30)]
    await bench.store.leave(bob.id, LOBBY)
    assert Code.NOT_A_MEMBER == await refusal(bench.store.read(bob.id, LOBBY, 3))
    assert Code.NOT_A_MEMBER == await refusal(bench.store.read(bob.id, 99, 3))


@pytest_twisted.ensureDeferred
async def test_unread_counts_what_others_said_up_to_a_thousand(bench: Bench) -> None:
    alice, bob = await bench.store.create_guest("alice"), await bench.store.create_guest("bob")

    async def unread() -> int:
        state = await bench.store.room_of(bob.id, LOBBY)
        assert state is not None
        return state.unread

    await say(bench.store, alice, "1", "2")
    await say(bench.store, bob, "own")
    assert 2 == await unread()
    await bench.store.read(bob.id, LOBBY, 1)
    assert 1 == await unread()
    await gatherResults([bench.store.append(Draft(LOBBY, alice, "more")) for _ in range(1_100)])
    assert 1_000 == await unread()


@pytest_twisted.ensureDeferred
async def test_list_shows_public_rooms_and_own_private_ones_by_name(bench: Bench) -> None:
    alice, bob = await bench.store.create_guest("alice"), await bench.store.create_guest("bob")
    attic = (await bench.store.create_room("attic", "public", alice.id)).id
    den = (await bench.store.create_room("den", "private", alice.id)).id
    await bench.store.open_direct((alice.id, bob.id))
    await bench.store.join(bob.id, attic)
    await bench.store.leave(alice.id, attic)
    listed = [
        Listing(attic, "attic", "public", "", members=1, member=False),
        Listing(den, "den", "private", "", members=1, member=True),
        Listing(LOBBY, "lobby", "public", "", members=2, member=True),
    ]
    assert (listed, False) == await bench.store.list_rooms(alice.id, "", 3)
    assert (listed[:2], True) == await bench.store.list_rooms(alice.id, "", 2)
    assert (listed[2:], False) == await bench.store.list_rooms(alice.id, "den", 3)
    seen_by_bob, _ = await bench.store.list_rooms(bob.id, "", 10)
    assert [attic, LOBBY] == [one.room for one in seen_by_bob]


# Users


@pytest_twisted.ensureDeferred
async def test_account_is_found_by_id_and_by_the_name_it_holds(bench: Bench) -> None:
    guest = await bench.store.create_guest("guest")
    bob = await bench.store.create_account("bob", "hash")
    assert Account(bob, "hash", numbers=False) == await bench.store.account("bob")
    assert Account(guest, None, numbers=False) == await bench.store.account(guest.id)
    assert [None, None, None] == [await bench.store.account(ref) for ref in ("nobody", 99, "")]
    await bench.store.prefer(bob.id, True)
    assert Account(bob, "hash", numbers=True) == await bench.store.account(bob.id)


@pytest_twisted.ensureDeferred
async def test_name_is_taken_while_somebody_holds_it(bench: Bench) -> None:
    guest = await bench.store.create_guest("bob")
    assert Code.NAME_TAKEN == await refusal(bench.store.create_account("bob", "hash"))
    assert Code.NAME_TAKEN == await refusal(bench.store.create_guest("bob"))
    await bench.store.free_name(guest.id)
    account = await bench.store.create_account("bob", "hash")
    await bench.store.free_name(account.id)
    assert Code.NAME_TAKEN == await refusal(bench.store.create_guest("bob"))
    assert guest.id != account.id


@pytest_twisted.ensureDeferred
async def test_guest_holds_the_name_again_or_the_first_free_number_after_it(bench: Bench) -> None:
    guests = []
    for _ in range(4):
        guests.append(await bench.store.create_guest("bob"))
        await bench.store.free_name(guests[-1].id)
    assert None is await bench.store.account("bob")
    names = [(await bench.store.hold_name(guest.id)).name for guest in (*guests, guests[0])]
    assert ["bob", "bob2", "bob3", "bob4", "bob"] == names
    await bench.store.free_name(guests[2].id)
    assert [guest.id for guest in guests if guest != guests[2]] == sorted(
        await bench.store.guests_holding_names()
    )
    assert Code.NO_SUCH_USER == await refusal(bench.store.hold_name(99))


@pytest_twisted.ensureDeferred
async def test_numbered_name_is_cut_to_31_characters(bench: Bench) -> None:
    guest = await bench.store.create_guest("n" * 31)
    await bench.store.free_name(guest.id)
    await bench.store.create_guest("n" * 31)
    assert "n" * 30 + "2" == (await bench.store.hold_name(guest.id)).name


@pytest_twisted.ensureDeferred
async def test_token_lives_for_30_days_after_its_last_use(bench: Bench) -> None:
    alice = await bench.store.create_guest("alice")
    await bench.store.add_token(alice.id, b"digest")
    for _ in range(3):
        bench.now += 30 * DAY_MS - 1
        assert Account(alice, None, numbers=False) == await bench.store.use_token(b"digest")
    bench.now += 30 * DAY_MS
    assert None is await bench.store.use_token(b"digest")


@pytest_twisted.ensureDeferred
async def test_dropped_and_unknown_tokens_open_nothing(bench: Bench) -> None:
    alice = await bench.store.create_guest("alice")
    await bench.store.add_token(alice.id, b"digest")
    await bench.store.drop_token(b"digest")
    assert [None, None] == [await bench.store.use_token(digest) for digest in (b"digest", b"other")]
    assert Code.NO_SUCH_USER == await refusal(bench.store.add_token(99, b"digest"))


# Accounts


@pytest_twisted.ensureDeferred
async def test_guest_becomes_an_account_under_the_same_id(bench: Bench) -> None:
    guest = await bench.store.create_guest("bob")
    await say(bench.store, guest, "hi")
    user = await bench.store.promote(guest.id, "hash")
    assert User(guest.id, "bob", "user") == user
    assert Account(user, "hash", numbers=False) == await bench.store.account("bob")
    assert [user] == [one.sender for one in (await bench.store.entries(LOBBY, 0)).entries]
    await bench.store.free_name(user.id)
    assert Code.NAME_TAKEN == await refusal(bench.store.create_guest("bob"))
    assert Code.NO_SUCH_USER == await refusal(bench.store.promote(user.id, "hash"))
    assert Code.NO_SUCH_USER == await refusal(bench.store.promote(99, "hash"))


@pytest_twisted.ensureDeferred
async def test_guest_without_a_name_does_not_become_an_account(bench: Bench) -> None:
    guest = await bench.store.create_guest("bob")
    await bench.store.free_name(guest.id)
    assert Code.NO_SUCH_USER == await refusal(bench.store.promote(guest.id, "hash"))


@pytest_twisted.ensureDeferred
async def test_another_password_ends_all_tokens_of_the_user_but_one(bench: Bench) -> None:
    alice = await bench.store.create_account("alice", "old")
    bob = await bench.store.create_guest("bob")
    for user, digest in ((alice, b"mine"), (alice, b"other"), (bob, b"his")):
        await bench.store.add_token(user.id, digest)
    known = Account(alice, "old", False)
    await bench.store.set_password(known, "new", b"mine")
    account = await bench.store.account("alice")
    assert account is not None
    assert "new" == account.password_hash
    found = [await bench.store.use_token(digest) for digest in (b"mine", b"other", b"his")]
    assert [alice, None, bob] == [one and one.user for one in found]


@pytest_twisted.ensureDeferred
async def test_another_password_is_set_by_a_login_that_is_there_in_place_of_the_one_that_was_checked(
    bench: Bench,
) -> None:
    alice = await bench.store.create_account("alice", "old")
    await bench.store.add_token(alice.id, b"mine")
    await bench.store.add_api_token(alice.id, "ci", b"ci", b"mine")
    known, stale = Account(alice, "old", False), Account(alice, "older", False)
    assert Code.NOT_LOGGED_IN == await refusal(bench.store.set_password(known, "new", b"ended"))
    assert Code.FORBIDDEN == await refusal(bench.store.set_password(known, "new", b"ci"))
    assert Code.WRONG_PASSWORD == await refusal(bench.store.set_password(stale, "new", b"mine"))
    assert known == await bench.store.account("alice")
    assert 2 == len(await bench.store.tokens_of(alice.id))


@pytest_twisted.ensureDeferred
async def test_profile_is_what_its_user_chose(bench: Bench) -> None:
    alice = await bench.store.create_account("alice", "hash")
    bob = await bench.store.create_guest("bob")
    assert [] == await bench.store.profiles([])
    await bench.store.appear(alice.id, None, None)
    assert [Profile(alice.id, "alice", "user", seen=1_000)] == await bench.store.profiles([alice.id, 99])
    await bench.store.appear(alice.id, "Alïce 🦊", None)
    await bench.store.appear(alice.id, None, "teal")
    await bench.store.appear(99, "Nobody", "red")
    assert [
        Profile(alice.id, "alice", "user", "Alïce 🦊", "teal", seen=1_000),
        Profile(bob.id, "bob", "guest", seen=1_000),
    ] == await bench.store.profiles([bob.id, alice.id, bob.id])


@pytest_twisted.ensureDeferred
async def test_what_one_says_of_oneself_is_kept_until_one_says_otherwise(bench: Bench) -> None:
    alice = await bench.store.create_account("alice", "hash")
    bob = await bench.store.create_guest("bob")

    async def kept(user: User) -> tuple[str, str | None]:
        arrival = await bench.store.arrival(user.id)
        return arrival.status, arrival.away

    assert ("", None) == await kept(alice)
    await bench.store.set_status(alice.id, "at work 🛠")
    await bench.store.set_away(alice.id, "")
    await bench.store.set_away(bob.id, "lunch")
    await bench.store.set_status(99, "nobody")
    assert ("at work 🛠", "") == await kept(alice)
    assert ("", "lunch") == await kept(bob)
    assert ["at work 🛠", ""] == [one.status for one in await bench.store.profiles([alice.id, bob.id])]
    await bench.store.set_status(alice.id, "")
    await bench.store.set_away(alice.id, None)
    assert ("", None) == await kept(alice)


@pytest_twisted.ensureDeferred
async def test_when_somebody_was_last_seen_is_kept(bench: Bench) -> None:
    alice = await bench.store.create_account("alice", "hash")
    bob = await bench.store.create_guest("bob")

    async def seen() -> list[int | None]:
        return [one.seen for one in await bench.store.profiles([alice.id, bob.id])]

    assert [1_000, 1_000] == await seen()
    bench.now = 20_000
    await bench.store.add_token(alice.id, b"alice's")
    assert [20_000, 1_000] == await seen()
    await bench.store.saw({alice.id: 0, bob.id: 10_000, 99: 0})
    assert [20_000, 10_000] == await seen()
    bench.now = 30_000
    await bench.store.use_token(b"alice's")
    assert [30_000, 10_000] == await seen()


@pytest_twisted.ensureDeferred
async def test_tokens_are_listed_with_where_and_when(bench: Bench) -> None:
    alice = await bench.store.create_account("alice", "hash")
    bob = await bench.store.create_guest("bob")
    await bench.store.add_token(bob.id, b"his")
    await bench.store.add_token(alice.id, b"first", "web", "192.0.2.1")
    bench.now += 1_000
    await bench.store.add_token(alice.id, b"second", "line", "192.0.2.2")
    bench.now += 1_000
    await bench.store.use_token(b"first")
    assert [
        Token(b"second", "line", "192.0.2.2", 2_000, 2_000),
        Token(b"first", "web", "192.0.2.1", 1_000, 3_000),
    ] == await bench.store.tokens_of(alice.id)
    bench.now = 2_000 + 30 * DAY_MS
    assert [b"first"] == [token.digest for token in await bench.store.tokens_of(alice.id)]
