"""Bots, what is said by an address, and who may have a file: in the core, without a reactor."""

from collections.abc import Awaitable
from typing import TypeVar

from twisted.internet.defer import Deferred

from chatd.core.hooks import CUT, Hooks
from chatd.model import (
    BotList,
    BotMade,
    Bots,
    ChatError,
    Close,
    Code,
    Create,
    DeleteAccount,
    Destroy,
    Done,
    EndBot,
    Entered,
    Limits,
    Login,
    NewBot,
    Profiles,
    Users,
)
from tests.unit.core_peer import LOBBY, PASSWORD, Core, Peer

T = TypeVar("T")


def now(work: Awaitable[T]) -> T | Code:
    """What this gives at once, or with what code it is refused."""

    async def wait() -> T:
        return await work

    results: list[T | Code] = []

    def refused(failure: object) -> None:
        error = failure.value  # type: ignore[attr-defined]  # a Failure
        assert isinstance(error, ChatError)
        results.append(error.code)

    Deferred.fromCoroutine(wait()).addCallbacks(results.append, refused)
    [result] = results
    return result


def as_bot(core: Core, token: str | None) -> Peer:
    peer = core.connect()
    peer.tell(Login(token=token))
    return peer


def test_a_bot_is_made_listed_and_ended_by_its_maker() -> None:
    core = Core()
    alice = core.account("alice")
    made = alice.expect(BotMade, NewBot("ci"))
    other = alice.expect(BotMade, NewBot("deploys", room="lobby"))
    assert (("ci", "bot"), ("deploys", LOBBY)) == (
        (made.bot.name, made.bot.kind),
        (other.bot.name, other.room),
    )
    assert [made.bot, other.bot] == [one.bot for one in alice.expect(BotList, Bots()).bots]
    bot = as_bot(core, made.token)
    assert made.bot == bot.user
    assert Code.NO_SUCH_USER == alice.refused(EndBot("nobody")).code
    alice.expect(Done, EndBot(other.bot.id))
    alice.expect(Done, EndBot("CI"))
    assert Close.LOGGED_OUT is bot.closed
    assert [] == alice.expect(BotList, Bots()).bots
    core.check()


def test_who_is_no_account_makes_none() -> None:
    core = Core()
    assert Code.FORBIDDEN == core.guest("bob").refused(NewBot("ci")).code


def test_who_takes_the_name_of_a_bot_that_ended_has_it_while_the_old_connection_closes() -> None:
    core = Core()
    alice = core.account("alice")
    bot = as_bot(core, alice.expect(BotMade, NewBot("ci")).token)
    alice.expect(Done, EndBot("ci"))
    guest = core.guest("ci")
    bot.session.lost()
    [profile] = alice.expect(Profiles, Users(["ci"])).profiles
    assert (guest.user.id, ("web",)) == (profile.id, profile.frontends)
    guest.leave_politely()
    core.check()


def test_a_bot_whose_connection_was_lost_ends_at_once() -> None:
    core = Core()
    alice = core.account("alice")
    made = alice.expect(BotMade, NewBot("ci"))
    as_bot(core, made.token).session.lost()
    assert made.bot.id in core.registry.people
    alice.expect(Done, EndBot("ci"))
    assert made.bot.id not in core.registry.people
    core.check()


def test_bots_end_with_their_makers_account() -> None:
    core = Core()
    core.account("owner")
    alice = core.account("alice")
    made = alice.expect(BotMade, NewBot("ci"))
    bot = as_bot(core, made.token)
    alice.ask(DeleteAccount(password=PASSWORD, messages="stay"))
    assert Close.LOGGED_OUT is bot.closed
    core.check()


def test_an_address_says_what_comes_no_faster_and_no_longer_than_may_be() -> None:
    core = Core(Limits(text_chars=10, say_per_second=1, say_burst=3))
    alice = core.account("alice")
    made = alice.expect(BotMade, NewBot("deploys", room="lobby"))
    hooks, secret = Hooks(core.registry), (made.hook or "").rpartition("/")[2]
    assert Code.WRONG_CODE == now(hooks.say("other", "hi", None, "192.0.2.1"))
    assert Code.BAD_REQUEST == now(hooks.say(secret, "", None, "192.0.2.1"))
    said = now(hooks.say(secret, "x" * 11, "k", "192.0.2.1"))
    assert not isinstance(said, Code)
    assert (made.bot, "x" * 8 + CUT) == (said.sender, said.text)
    assert said.seq == now_seq(hooks, secret, "x" * 11, "k")
    assert 2 == now_seq(hooks, secret, "hi", None)
    assert Code.TOO_FAST == now(hooks.say(secret, "hi", None, "192.0.2.1"))
    core.pass_time(1_000)
    assert 3 == now_seq(hooks, secret, "hi", None)
    alice.expect(Done, EndBot("deploys"))
    assert Code.WRONG_CODE == now(hooks.say(secret, "hi", None, "192.0.2.1"))


def now_seq(hooks: Hooks, secret: str, text: str, key: str | None) -> int | Code:
    said = now(hooks.say(secret, text, key, "192.0.2.1"))
    return said if isinstance(said, Code) else said.seq


def test_without_a_limit_nothing_is_cut() -> None:
    core = Core(Limits(text_chars=0))
    made = core.account("alice").expect(BotMade, NewBot("deploys", room="lobby"))
    hooks, secret = Hooks(core.registry), (made.hook or "").rpartition("/")[2]
    said = now(hooks.say(secret, "x" * 9_000, None, "192.0.2.1"))
    assert not isinstance(said, Code)
    assert 9_000 == len(said.text)


def test_a_room_that_is_deleted_ends_the_bots_that_speak_there() -> None:
    core = Core()
    alice = core.account("alice")
    alice.expect(Entered, Create("den"))
    alice.expect(BotMade, NewBot("deploys", room="den"))
    alice.ask(Destroy("den", "den"))
    assert [] == alice.expect(BotList, Bots()).bots
