"""People asked into rooms that are nobody else's business, and conversations of a few."""

import pytest
import pytest_twisted

from tests.scenarios.house import House
from tests.scenarios.people import KINDS, Message, Person, Refusal, WebSocketPerson


@pytest_twisted.ensureDeferred
async def test_somebody_is_asked_into_a_private_room(alice: Person, bob: Person) -> None:
    await alice.enter("alice")
    await bob.enter("bob")
    await alice.create("#den", private=True)
    await alice.say("#den", "shall we ask bob?")
    await alice.invite("bob", "#den")
    await bob.see("invited #den")
    assert ["#den"] == await bob.invitations()
    assert (["bob"], []) == await alice.ways_in("#den")
    await bob.hears_nothing()
    await bob.join("#den")
    await alice.see("bob joined #den")
    assert ([], []) == (await bob.invitations(), (await alice.ways_in("#den"))[0])
    await alice.say("#den", "welcome")
    assert [Message("#den", 2, "alice", "welcome")] == await bob.hear(1)
    await bob.leave("#den")
    with pytest.raises(Refusal, match="no_such_room"):
        await bob.join("#den")


@pytest_twisted.ensureDeferred
async def test_an_invitation_waits_for_who_is_away_and_is_taken_back(
    alice: Person, bob: Person, house: House
) -> None:
    await bob.register("bob", "correct horse")
    await bob.drop()
    await alice.enter("alice")
    for room in ("#den", "#cave", "#attic"):
        await alice.create(room, private=True)
        await alice.invite("bob", room)
    await house.restart()
    await bob.log_in("bob", "correct horse")
    await alice.drop()
    await alice.come_back()
    assert ["#attic", "#cave", "#den"] == sorted(await bob.invitations())
    await alice.uninvite("bob", "#den")
    await bob.see("uninvited #den")
    await bob.decline("#cave")
    assert ["#attic"] == await bob.invitations()
    for room in ("#den", "#cave"):
        with pytest.raises(Refusal, match="no_such_room"):
            await bob.join(room)
    with pytest.raises(Refusal, match="no_such_invitation"):
        await bob.decline("#den")


@pytest_twisted.ensureDeferred
async def test_a_code_opens_a_private_room_so_often(alice: Person, bob: Person, house: House) -> None:
    await alice.enter("alice")
    await bob.enter("bob")
    await alice.create("#den", private=True)
    code, other = await alice.make_door("#den", 1), await alice.make_door("#den", 5)
    assert "#den" == await bob.join_by_code(code)
    await alice.see("bob joined #den")
    await bob.say("#den", "found it")
    assert [Message("#den", 1, "bob", "found it")] == await alice.hear(1)
    late = WebSocketPerson(house)
    await late.enter("late")
    [number] = (await alice.ways_in("#den"))[1]
    await alice.close_door("#den", number)
    for dead in (code, other, "k7f3-9qx2-m4tz"):
        with pytest.raises(Refusal) as refusal:
            await late.join_by_code(dead)
        assert ("no_such_invitation", "This code is unknown or has expired. Ask for another one.") == (
            refusal.value.code,
            refusal.value.text,
        )


@pytest_twisted.ensureDeferred
async def test_whoever_is_in_a_room_is_not_invited_into_it(alice: Person, bob: Person) -> None:
    await alice.enter("alice")
    await bob.enter("bob")
    with pytest.raises(Refusal, match="already_a_member"):
        await alice.invite("bob", "#lobby")


@pytest_twisted.ensureDeferred
async def test_rooms_are_found_by_words(alice: Person, bob: Person) -> None:
    await alice.enter("alice")
    await bob.enter("bob")
    for room in ("#dogs", "#cats"):
        await alice.create(room)
    await alice.create("#hotdogs", private=True)
    assert ["#dogs"] == await bob.rooms("Dog")
    assert ["#dogs", "#hotdogs"] == await alice.rooms("dog")
    assert [] == await bob.rooms("dog cat")


@pytest.mark.parametrize("kind", KINDS)
@pytest_twisted.ensureDeferred
async def test_a_few_people_talk_among_themselves(
    alice: Person, bob: Person, house: House, kind: str
) -> None:
    carol, dave = KINDS[kind](house), WebSocketPerson(house)
    for person, name in ((alice, "alice"), (bob, "bob"), (carol, "carol"), (dave, "dave")):
        await person.enter(name)
    assert 1 == await alice.say("@bob,carol", "psst")
    assert [Message("@alice,carol", 1, "alice", "psst")] == await bob.hear(1)
    assert [Message("@alice,bob", 1, "alice", "psst")] == await carol.hear(1)
    assert 2 == await carol.say("@alice,bob", "yes?")
    assert [Message("@bob,carol", 2, "carol", "yes?")] == await alice.hear(1)
    assert ["alice", "bob", "carol"] == await bob.who("@alice,carol")
    await dave.hears_nothing()
    with pytest.raises(Refusal, match="forbidden"):
        await bob.leave("@alice,carol")
