"""What each line means: commands, refusals, and where a plain line goes."""

import pytest

from chatd.model import (
    Appear,
    Attach,
    Away,
    Code,
    Command,
    Create,
    Direct,
    Done,
    End,
    Error,
    Event,
    History,
    Ignoring,
    Join,
    Joined,
    Leave,
    Login,
    Password,
    Position,
    Prefer,
    Present,
    Profile,
    Profiles,
    ReadTo,
    Register,
    Removed,
    Rooms,
    Say,
    SessionList,
    Sessions,
    SessionState,
    Status,
    Users,
    Who,
)
from chatd.wires.line import Conversation
from chatd.wires.line.commands import VERBS
from tests.unit.line_peer import (
    ALICE,
    BOB,
    DEV,
    DIRECT,
    LOBBY,
    attached,
    conversation,
    entered,
    here,
    in_the_lobby,
    logged_in,
    state,
)


def refused(id: int) -> Error:
    return Error(id=id, code=Code.NO_SUCH_ROOM, text="There is no such room.")


def said_in(talk: Conversation, line: bytes = b"x\n") -> int | str:
    """The room that a plain line goes to now."""
    [command] = talk.receive(line)
    assert isinstance(command, Say)
    return command.room


@pytest.mark.parametrize(
    ("line", "command"),
    [
        ("hello", Say(id=2, room=LOBBY, text="hello")),
        ("  hello ", Say(id=2, room=LOBBY, text="  hello ")),
        ("//shrug", Say(id=2, room=LOBBY, text="/shrug")),
        ("  /shrug", Say(id=2, room=LOBBY, text="  /shrug")),
        ("/me  waves at you", Say(id=2, room=LOBBY, text="waves at you", me=True)),
        ("/nick Bob2", Login(id=2, name="bob2")),
        ("/NICK bob2 ", Login(id=2, name="bob2")),
        ("/display  Bob the  Builder", Appear(id=2, display_name="Bob the  Builder")),
        ("/avatar Teal", Appear(id=2, colour="teal")),
        ("/whois @Alice", Users(id=2, users=["alice"])),
        ("/sessions", Sessions(id=2)),
        ("/end 00FF", End(id=2, session="00ff")),
        ("/resume k7f3 9qx2 m4tz", Login(id=2, token="k7f3 9qx2 m4tz")),
        ("/join new", Join(id=2, room="new")),
        ("/join #Dev", Join(id=2, room=DEV)),
        ("/create new", Create(id=2, name="new")),
        ("/create #new private", Create(id=2, name="new", kind="private")),
        ("/leave", Leave(id=2, room=LOBBY)),
        ("/leave dev", Leave(id=2, room=DEV)),
        ("/leave @alice", Leave(id=2, room=DIRECT)),
        ("/switch elsewhere", Who(id=2, room="elsewhere", limit=1)),
        ("/msg alice psst, you", Say(id=2, room="@alice", text="psst, you")),
        ("/msg @Alice\tpsst", Say(id=2, room="@alice", text="psst")),
        ("/msg alice", Direct(id=2, user="alice")),
        ("/who", Who(id=2, room=LOBBY, limit=500)),
        ("/rooms", Rooms(id=2)),
        ("/rooms  Big  dogs", Rooms(id=2, query="Big dogs")),
        ("/history", History(id=2, room=LOBBY, limit=20)),
        ("/history 200", History(id=2, room=LOBBY, limit=200)),
        ("/since lobby 0", Attach(id=2, rooms=[Position(LOBBY, 0)])),
        ("/since @carol  4674", Attach(id=2, rooms=[Position("@carol", 4674)])),
    ],
)
def test_a_line_is_a_command(line: str, command: Command) -> None:
    talk = in_the_lobby(state(DEV, "dev"), state(DIRECT, "@alice", "direct"))
    assert [command] == talk.receive(line.encode() + b"\n")
    assert b"" == talk.output()


def test_who_comes_into_a_room_is_a_line() -> None:
    joined = Joined(LOBBY, users=[here(ALICE)], count=2)
    assert b"* alice joined #lobby\n" == in_the_lobby().event(joined)


@pytest.mark.parametrize("event", [ReadTo(LOBBY, 7), Ignoring([])])
def test_what_ones_other_sessions_did_to_show_things_otherwise_is_no_line(event: Event) -> None:
    assert b"" == in_the_lobby().event(event)


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("/foo", "! unknown_type: There is no command /foo. /help lists them."),
        ("/", "! unknown_type: There is no such command. /help lists them."),
        ("/\x1b[0m bar", "! unknown_type: There is no such command. /help lists them."),
        (" /login alice", "! bad_request: /login works only at the very beginning of a line."),
        ("\ufeff\t/Me waves", "! bad_request: /me works only at the very beginning of a line."),
        ("/nick", "! bad_request: Usage: /nick NAME"),
        ("/nick a b", "! bad_request: Usage: /nick NAME"),
        ("/nick 9lives", "! bad_name: A name begins with a letter"),
        ("/resume", "! bad_request: Usage: /resume CODE"),
        ("/join", "! bad_request: Usage: /join ROOM|+CODE"),
        ("/join b@d", "! bad_name: "),
        ("/create", "! bad_request: Usage: /create NAME [private]"),
        ("/create new public", "! bad_request: Usage: /create NAME [private]"),
        ("/leave a b", "! bad_request: Usage: /leave [ROOM]"),
        ("/switch", "! bad_request: Usage: /switch ROOM"),
        ("/switch @", "! bad_name: "),
        ("/back again", "! bad_request: Usage: /back"),
        ("/me", "! bad_request: Usage: /me TEXT"),
        ("/msg", "! bad_request: Usage: /msg USER[,USER] [TEXT]"),
        ("/who dev", "! bad_request: Usage: /who"),
        ("/rooms " + "x" * 101, "! too_long: At most 100 characters can be looked for."),
        ("/history 0", "! bad_request: Usage: /history [N]"),
        ("/history 201", "! bad_request: Usage: /history [N]"),
        ("/history ²", "! bad_request: Usage: /history [N]"),
        ("/since lobby", "! bad_request: Usage: /since ROOM SEQ"),
        ("/since lobby x", "! bad_request: Usage: /since ROOM SEQ"),
        ("/since lobby 99999999999999999999", "! bad_request: Usage: /since ROOM SEQ"),
        ("/since", "! bad_request: Usage: /since ROOM SEQ"),
        ("/receipts", "! bad_request: Usage: /receipts on|off"),
        ("/numbers maybe", "! bad_request: Usage: /numbers on|off"),
        ("/pipe", "! bad_request: Usage: /pipe ROOM"),
        ("/display", "! bad_request: Usage: /display TEXT"),
        ("/end", "! bad_request: Usage: /end SESSION"),
        (
            "/avatar grey",
            "! bad_request: An avatar is red, orange, yellow, green, teal, blue, purple, pink or, with",
        ),
        ("/quit now", "! bad_request: Usage: /quit"),
        (
            "\x00" * 1000,
            "! too_long: That line is too long and was dropped. A message has at most 100 characters.\n",
        ),
    ],
)
def test_what_makes_no_sense_is_refused_and_counted(line: str, answer: str) -> None:
    talk = in_the_lobby()
    assert [] == talk.receive(line.encode() + b"\n")
    shown = talk.output().decode()
    assert shown.startswith(answer)
    assert 1 == shown.count("\n")
    assert 1 == talk.refusals
    assert not talk.quit


def test_bytes_that_are_not_utf8_are_refused() -> None:
    talk = in_the_lobby()
    assert [] == talk.receive(b"caf\xe9\n")
    assert b"! bad_request: That line is not UTF-8 and was dropped.\n" == talk.output()
    assert 1 == talk.refusals


def test_without_a_limit_on_texts_a_line_still_has_one() -> None:
    talk = conversation(text_chars=0)
    talk.receive(b"x" * 300_000)
    assert b"! too_long: That line is too long and was dropped.\n" == talk.output()


@pytest.mark.parametrize("data", [b"\n", b"\r\n", b"  \n", b"unfinished", b""])
def test_nothing_is_not_said(data: bytes) -> None:
    talk = in_the_lobby()
    assert [] == talk.receive(data)
    assert b"" == talk.output()


def test_a_stranger_is_told_how_to_come_in() -> None:
    talk = conversation()
    assert [] == talk.receive(b"hello\n/who\n/leave\n")
    assert b"! not_logged_in: Say who you are first: /nick NAME or /login NAME.\n" * 3 == talk.output()
    assert 0 == talk.refusals
    talk = conversation(guests=False)
    talk.receive(b"hello\n")
    assert b"! not_logged_in: Say who you are first: /login NAME.\n" == talk.output()


def test_the_first_line_says_what_to_do() -> None:
    assert (
        b"* chatd 0.1. Say who you are: /nick NAME (guest) or /login NAME. /help lists the commands.\n"
        == conversation().greeting()
    )
    assert b"Say who you are: /login NAME. /help" in conversation(guests=False).greeting()


def test_help_prints_the_table() -> None:
    talk = conversation()
    assert [] == talk.receive(b"/help\n")
    shown = talk.output().decode().splitlines()
    assert all(line.startswith("* ") for line in shown)
    assert [f"/{name}" for name in VERBS] == [line.split()[1] for line in shown[1:]]


def test_what_is_said_behind_an_answer_that_is_awaited_is_counted() -> None:
    talk = in_the_lobby()
    talk.receive(b"/who\n/help\n")
    held = talk.held_chars
    talk.event(Error(id=2, code=Code.UNAVAILABLE, text="Later."))
    assert held > 1_000
    assert 0 == talk.held_chars


def test_help_with_words_shows_what_has_them() -> None:
    talk = conversation()
    talk.receive(b"/help LET speak\n/help /unpin\n/help \x1b[0m nonsense\n")
    assert [
        "* /unmute USER              let them speak again",
        "* /serverunmute USER        let them speak again",
        "* /unpin N                  take it down again",
        "* No command is about that. /help lists all of them.",
    ] == talk.output().decode().splitlines()


def test_help_leaves_out_what_this_server_does_not_offer() -> None:
    talk = conversation(guests=False, registration=False)
    talk.receive(b"/help\n")
    shown = talk.output().decode()
    assert not any(f"* /{name} " in shown for name in ("nick", "register"))
    assert "* /login " in shown


def test_nothing_is_read_after_quit() -> None:
    talk = in_the_lobby()
    [command] = talk.receive(b"bye\n/quit\nmore\n\xff\xf6")
    assert Say(id=2, room=LOBBY, text="bye") == command
    assert talk.quit
    assert not talk.hangup
    assert [] == talk.receive(b"more\n")


# Where a plain line goes.


def test_a_whole_script_in_one_packet() -> None:
    assert [
        Login(id=1, name="bob"),
        Say(id=2, room="lobby", text="hello"),
        Join(id=3, room="dev"),
        Say(id=4, room="dev", text="hi"),
        Create(id=5, name="new"),
        Say(id=6, room="new", text="first"),
        Direct(id=7, user="alice"),
        Say(id=8, room="@alice", text="psst"),
        Who(id=9, room="lobby", limit=1),
        Say(id=10, room="lobby", text="back"),
        Leave(id=11, room="dev"),
        Say(id=12, room="lobby", text="still"),
    ] == conversation().receive(
        b"/nick bob\nhello\n/join dev\nhi\n/create new\nfirst\n/msg alice\npsst\n/switch lobby\nback\n"
        b"/leave dev\nstill\n"
    )


def test_a_line_goes_to_the_new_room_by_id_once_that_is_known() -> None:
    talk = in_the_lobby()
    talk.receive(b"/msg alice\n")
    talk.event(entered(DIRECT, "@alice", "direct", id=2))
    assert DIRECT == said_in(talk)


def test_a_refused_room_gives_way_to_the_one_before() -> None:
    talk = in_the_lobby()
    talk.receive(b"/join nowhere\n")
    assert "nowhere" == said_in(talk)
    talk.event(refused(2))
    assert LOBBY == said_in(talk)


def test_a_refusal_does_not_disturb_a_later_choice() -> None:
    talk = in_the_lobby()
    talk.receive(b"/join one\n/join two\n")
    talk.event(refused(2))
    assert "two" == said_in(talk)
    talk.event(refused(3))
    assert LOBBY == said_in(talk)


def test_refusals_in_any_order_lead_back() -> None:
    talk = in_the_lobby()
    talk.receive(b"/join one\n/join two\n")
    talk.event(refused(3))
    assert "one" == said_in(talk)
    talk.event(refused(2))
    assert LOBBY == said_in(talk)


def test_a_refused_name_leaves_one_a_stranger() -> None:
    talk = conversation()
    talk.receive(b"/nick bob\n")
    talk.event(Error(id=1, code=Code.NAME_TAKEN, text="Taken."))
    assert [] == talk.receive(b"hello\n")
    assert b"! name_taken: Taken.\n! not_logged_in: " in b"! name_taken: Taken.\n" + talk.output()


def test_a_second_name_is_refused_without_moving_one() -> None:
    talk = in_the_lobby(state(DEV, "dev"))
    talk.receive(b"/switch dev\n/nick bob2\n")
    assert DEV == said_in(talk)


def test_switching_to_a_room_of_ones_own_is_immediate() -> None:
    talk = in_the_lobby(state(DEV, "dev"))
    assert [Say(id=2, room=DEV, text="x")] == talk.receive(b"/switch #dev\nx\n")
    assert b"* Lines go to #dev now.\n" == talk.output()


def test_switching_elsewhere_asks_whether_one_is_there() -> None:
    talk = in_the_lobby()
    talk.receive(b"/switch dev\n/switch gone\n")
    assert b"* Lines go to #dev now.\n" == talk.event(
        Present(id=2, room=DEV, users=[here(BOB)], count=1, more=False)
    )
    assert "gone" == said_in(talk)
    talk.event(refused(3))
    assert DEV == said_in(talk)


def test_a_name_that_two_rooms_have_is_left_to_the_server() -> None:
    """A guest's name may be held by another guest later: then there are two rooms `@alice`."""
    talk = in_the_lobby(state(DIRECT, "@alice", "direct"), state(DEV, "@alice", "direct"))
    talk.receive(b"/switch @alice\n")
    assert "@alice" == said_in(talk)


def test_leaving_falls_back_to_the_lobby() -> None:
    talk = in_the_lobby(state(DEV, "dev"))
    talk.receive(b"/switch dev\n")
    talk.output()
    assert [Leave(id=2, room=DEV), Say(id=3, room=LOBBY, text="x")] == talk.receive(b"/leave\nx\n")
    assert b"* You left #dev. Lines go to #lobby now.\n" == talk.event(Done(id=2))


def test_leaving_another_room_changes_nothing_else() -> None:
    talk = in_the_lobby(state(DEV, "dev"))
    talk.receive(b"/leave dev\n")
    assert b"* You left #dev.\n" == talk.event(Done(id=2))
    assert LOBBY == said_in(talk)


def test_leaving_the_lobby_falls_back_to_the_first_room() -> None:
    talk = in_the_lobby(state(DEV, "dev"))
    talk.receive(b"/leave\n")
    assert b"* You left #lobby. Lines go to #dev now.\n" == talk.event(Done(id=2))
    assert DEV == said_in(talk)


def test_leaving_the_last_room_leaves_none() -> None:
    talk = in_the_lobby()
    talk.receive(b"/leave\n")
    nowhere = "You are in no room. /join ROOM enters one; /rooms lists them."
    assert f"* You left #lobby. {nowhere}\n".encode() == talk.event(Done(id=2))
    assert [] == talk.receive(b"hello\n")
    assert f"! not_a_member: {nowhere}\n".encode() == talk.output()


def test_a_refused_leave_changes_nothing() -> None:
    talk = in_the_lobby(state(DEV, "dev"))
    talk.receive(b"/leave\n")
    assert DEV == said_in(talk)
    talk.event(refused(2))
    assert LOBBY == said_in(talk)


def test_leaving_before_any_answer() -> None:
    talk = conversation()
    talk.receive(b"/nick bob\n/join dev\n/leave\n")
    assert "lobby" == said_in(talk)
    talk.event(logged_in(state(LOBBY, "lobby")))
    talk.event(attached(LOBBY, "lobby"))
    talk.event(entered(DEV, "dev", id=2))
    talk.event(attached(DEV, "dev"))
    assert b"* You left #dev. Lines go to #lobby now.\n" == talk.event(Done(id=3))


def test_leaving_the_lobby_before_any_answer_leaves_none() -> None:
    talk = conversation()
    talk.receive(b"/nick bob\n/leave\n")
    assert [] == talk.receive(b"hello\n")


def test_a_later_choice_outlives_a_leave() -> None:
    talk = in_the_lobby(state(DEV, "dev"))
    talk.receive(b"/leave\n/join new\n")
    assert b"* You left #lobby.\n" == talk.event(Done(id=2))
    assert "new" == said_in(talk)


def test_who_is_thrown_out_speaks_nowhere_until_choosing() -> None:
    """A line that was meant for a small room must not reach the lobby."""
    talk = in_the_lobby(state(DEV, "dev"))
    talk.receive(b"/switch dev\n")
    talk.output()
    assert (
        b"* You are in #dev no longer. Your lines go nowhere until /switch ROOM chooses another.\n"
        == talk.event(Removed(room=DEV))
    )
    assert [] == talk.receive(b"secret\n")
    assert talk.output().startswith(b"! not_a_member: ")
    assert b"" == talk.event(Removed(room=DEV))


def test_a_lost_room_is_not_gone_back_to() -> None:
    talk = in_the_lobby(state(DEV, "dev"))
    talk.receive(b"/switch dev\n/join nowhere\n")
    talk.output()
    assert b"* You are in #dev no longer.\n" == talk.event(Removed(room=DEV))
    talk.event(refused(2))
    assert [] == talk.receive(b"secret\n")


def test_one_is_put_where_one_can_be() -> None:
    talk = conversation()
    talk.receive(b"/nick bob\n")
    talk.event(logged_in(state(DEV, "dev")))
    assert DEV == said_in(talk)


# Passwords.


@pytest.mark.parametrize(
    ("line", "command"),
    [
        (b"/login Alice\n", Login(id=1, name="alice", password=" hunter2 ")),
        (b"/register alice\n", Register(id=1, name="alice", password=" hunter2 ")),
    ],
)
def test_the_next_line_is_the_password_as_it_is(line: bytes, command: Command) -> None:
    talk = conversation()
    assert [] == talk.receive(line)
    assert b"* Password for alice:\n" == talk.output()
    assert [command] == talk.receive(b" hunter2 \n")
    assert b"" == talk.output()
    assert "lobby" == said_in(talk)


@pytest.mark.parametrize(
    ("passwords", "line", "answer"),
    [
        (True, b"/login\n", b"! bad_request: Usage: /login NAME, and the password on the next line. "),
        (
            True,
            b"/register a b\n",
            b"! bad_request: Usage: /register NAME, and the password on the next line. ",
        ),
        (True, b"/login 9lives\n", b"! bad_name: A name begins with "),
        (False, b"/login alice\n", b"! forbidden: Passwords are not taken on an unencrypted connection. "),
        (False, b"/register alice\n", b"! forbidden: Passwords are not taken on an unencrypted connection. "),
    ],
)
def test_the_next_line_is_a_password_even_when_it_is_not_wanted(
    passwords: bool, line: bytes, answer: bytes
) -> None:
    talk = conversation(passwords=passwords)
    talk.receive(line)
    shown = talk.output()
    assert shown.startswith(answer)
    assert shown.endswith(b"The next line is dropped, in case it is a password.\n")
    assert [] == talk.receive(b"/nick hunter2\n")
    assert b"* That line was dropped.\n" == talk.output()
    assert [Login(id=1, name="bob")] == talk.receive(b"/nick bob\n")


@pytest.mark.parametrize(
    ("password", "code"), [(b"", b"bad_request"), (b"\xff\xff", b"bad_request"), (b"x" * 1000, b"too_long")]
)
def test_a_bad_password_line_was_the_password_line(password: bytes, code: bytes) -> None:
    talk = conversation()
    talk.receive(b"/register alice\n")
    talk.output()
    assert [] == talk.receive(password + b"\n")
    assert talk.output().startswith(b"! " + code)
    assert [Login(id=1, name="bob")] == talk.receive(b"/nick bob\n")


WILL_ECHO, WONT_ECHO = b"\xff\xfb\x01", b"\xff\xfc\x01"


def test_a_telnet_client_is_asked_not_to_echo() -> None:
    """Bytes as GNU inetutils telnet 2.4 sends them: CR LF, and no option unless asked."""
    talk = conversation()
    talk.receive(b"/login alice\r\n")
    assert b"* Password for alice:\n" + WILL_ECHO == talk.output()
    assert [] == talk.receive(b"\xff\xfd\x01")
    assert b"" == talk.output()
    [command] = talk.receive(b"hunter2\r\n")
    assert Login(id=1, name="alice", password="hunter2") == command
    assert WONT_ECHO == talk.output()
    assert [] == talk.receive(b"\xff\xfe\x01")
    assert b"" == talk.output()


def test_a_client_that_negotiated_is_asked_too() -> None:
    talk = conversation(passwords=False)
    talk.receive(b"\xff\xfb\x1f/login alice\n")
    assert b"\xff\xfe\x1f" in talk.output()
    talk.receive(b"hunter2\n")
    assert WONT_ECHO in talk.output()


def test_a_password_is_hidden_before_an_earlier_answer_has_come() -> None:
    talk = in_the_lobby()
    talk.receive(b"/rooms\r\n/login alice\r\n")
    assert WILL_ECHO == talk.output()


# Settings.


def test_numbers_of_a_guest_last_as_long_as_the_connection() -> None:
    talk = in_the_lobby()
    assert [] == talk.receive(b"/numbers ON \n")
    assert talk.numbers
    assert b"* Numbers are on.\n" == talk.output()


def test_numbers_of_an_account_are_kept() -> None:
    talk = in_the_lobby(user=ALICE, numbers=True)
    assert talk.numbers
    assert [Prefer(id=2, numbers=False)] == talk.receive(b"/numbers off\n")
    assert not talk.numbers
    talk.receive(b"/receipts off\n")
    assert b"* Numbers are off.\n* Receipts are off.\n" == talk.output() + talk.event(Done(id=2))


def test_numbers_chosen_before_the_login_are_kept_after_it() -> None:
    talk = conversation()
    talk.receive(b"/login alice\nhunter2\n/numbers on\n")
    talk.event(logged_in(state(LOBBY, "lobby"), user=ALICE))
    assert talk.numbers
    assert [Prefer(id=2, numbers=True)] == talk.further()
    assert [] == talk.further()


def test_numbers_chosen_before_the_login_may_be_those_kept() -> None:
    talk = conversation()
    talk.receive(b"/login alice\nhunter2\n/numbers on\n")
    talk.event(logged_in(state(LOBBY, "lobby"), user=ALICE, numbers=True))
    assert [] == talk.further()


# Literal input.


def test_everything_after_pipe_is_said_as_it_is() -> None:
    talk = in_the_lobby(state(DEV, "dev"))
    assert [
        Say(id=2, room=DEV, text="/quit"),
        Say(id=3, room=DEV, text=" //x"),
        Say(id=4, room=DEV, text=" "),
    ] == talk.receive(b"/pipe dev\n/quit\n //x\n\n \n")
    assert b"* All that follows is said in #dev, to the end of the connection.\n" == talk.output()
    assert not talk.quit


def test_pipe_into_a_room_that_is_not_known_yet() -> None:
    talk = conversation()
    assert Say(id=2, room="dev", text="a") == talk.receive(b"/nick bob\n/pipe dev\na\n")[1]


# Who does not belong here.


@pytest.mark.parametrize(
    "data",
    [
        b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n/nick evil\n",
        b"POST /x HTTP/1.1\r\n\r\n/nick evil\nspam\n",
        b"anything /x HTTP/1.0\r\n/nick evil\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"\x16\x03\x01\n/nick evil\n",
        b"POST /" + b"x" * 1000 + b" HTTP/1.1\r\n/nick evil\n",
    ],
)
def test_a_web_page_must_not_speak_here(data: bytes) -> None:
    for size in (1, len(data)):
        talk = conversation()
        cut = [command for at in range(0, len(data), size) for command in talk.receive(data[at : at + size])]
        assert [] == cut
        assert talk.hangup
        assert talk.quit
        assert b"" == talk.output()


def test_only_the_first_line_is_looked_at_so() -> None:
    talk = in_the_lobby()
    [command] = talk.receive(b"GET / HTTP/1.1\n")
    assert isinstance(command, Say)
    talk.receive(b"\x16\x03 odd\n")
    assert not talk.hangup


def test_a_long_first_line_of_a_person_is_refused() -> None:
    talk = conversation()
    talk.receive(b"well, " * 1000 + b"\n")
    assert talk.output().startswith(b"! too_long: ")
    assert not talk.hangup


# Telnet.


def test_are_you_there_is_answered() -> None:
    talk = conversation()
    talk.receive(b"\xff\xf6")
    assert b"* chatd 0.1 is here.\n" == talk.output()


def test_an_interrupt_takes_back_the_unfinished_line() -> None:
    talk = in_the_lobby()
    assert [Say(id=2, room=LOBBY, text="hi")] == talk.receive(b"secr\xff\xf4hi\n")
    assert b"" == talk.output()


def test_control_c_in_telnet_tells_how_to_leave() -> None:
    """GNU inetutils telnet 2.4 sends this, and shows nothing before the answer to its timing mark."""
    talk = conversation()
    talk.receive(b"\xff\xf4\xff\xfd\x06")
    assert b"\xff\xfb\x06* /quit ends the connection.\n" == talk.output()


# Oneself.


def test_a_password_is_changed_by_the_two_lines_that_follow() -> None:
    talk = in_the_lobby()
    talk.receive(b"/password\r\n")
    assert b"* Your password as it is now:\n\xff\xfb\x01" == talk.output()
    assert [] == talk.receive(b"correct horse\r\n")
    assert b"* New password:\n" == talk.output()
    assert [Password(id=2, current="correct horse", password="battery staple")] == talk.receive(
        b"battery staple\r\n"
    )
    assert b"\xff\xfc\x01" == talk.output()
    assert b"* Your password is changed. All your other sessions have ended.\n" == talk.event(Done(id=2))


def test_an_empty_password_changes_nothing() -> None:
    talk = in_the_lobby()
    assert [] == talk.receive(b"/password\ncorrect horse\n\n")
    assert b"! bad_request: A password is not empty. /password asks again.\n" in talk.output()


def test_a_password_on_the_line_of_the_command_is_refused_and_the_next_one_dropped() -> None:
    talk = in_the_lobby()
    assert [] == talk.receive(b"/password horse\nbattery\n")
    assert b"! bad_request: Usage: /password, " in (output := talk.output())
    assert b"* That line was dropped.\n" in output


def test_no_password_is_changed_on_an_unencrypted_connection() -> None:
    talk = conversation(passwords=False)
    assert [] == talk.receive(b"/password\nhorse\n")
    assert b"! forbidden: Passwords are not taken" in talk.output()


def test_a_guest_is_told_of_the_account() -> None:
    talk = in_the_lobby()
    talk.receive(b"/register bob\ncorrect horse\n")
    talk.output()
    answer = talk.event(Profiles(id=2, profiles=[Profile(BOB.id, "bob", "user")]))
    assert b"* You are bob, with an account. /login bob comes back.\n" == answer
    assert [Prefer(id=3, numbers=True)] == talk.receive(b"/numbers on\n")


def test_a_guest_may_register_before_the_login_is_answered() -> None:
    talk = conversation()
    talk.receive(b"/nick bob\n/register bob\ncorrect horse\n")
    talk.event(logged_in(state(LOBBY, "lobby")))
    talk.event(attached(LOBBY, "lobby", present=[BOB]))
    talk.event(Profiles(id=2, profiles=[Profile(BOB.id, "bob", "user")]))
    assert LOBBY == said_in(talk)


def test_profiles_are_shown_safely() -> None:
    talk = in_the_lobby()
    talk.receive(b"/whois alice\n")
    profile = Profile(ALICE.id, "alice", "user", 'A "x" \x1b', "teal")
    assert b'* alice, "A \\"x\\" \\x1b", teal\n' == talk.event(Profiles(id=2, profiles=[profile]))
    assert b"* bob (guest)\n" == talk.event(Profiles(profiles=[Profile(BOB.id, "bob", "guest")]))


def test_a_profile_tells_where_somebody_is_present_or_when_they_were() -> None:
    talk = in_the_lobby(state(DEV, "dev"))
    talk.receive(b"/whois alice\n/whois bob\n/whois alice\n")
    alice = Profile(
        ALICE.id,
        "alice",
        "user",
        "Alice",
        status="lunch",
        frontends=("web", "line"),
        away=True,
        rooms=(LOBBY, DEV),
    )
    assert b'* alice (web, line), "Alice", away: "lunch", in #lobby #dev\n' == talk.event(
        Profiles(id=2, profiles=[alice])
    )
    bob = Profile(BOB.id, "bob", "guest", frontends=("line",), rooms=(LOBBY, DEV))
    assert b"* bob (guest, line)\n" == talk.event(Profiles(id=3, profiles=[bob]))
    gone = Profile(ALICE.id, "alice", "user", status="on holiday", seen=1_790_586_840_000)
    assert b'* alice, status: "on holiday", last seen 2026-09-28 09:14\n' == talk.event(
        Profiles(id=4, profiles=[gone])
    )


@pytest.mark.parametrize(
    ("line", "command", "told"),
    [
        ("/away", Away(id=2), "You are away. /back ends it."),
        ("/away  to lunch ", Away(id=2, text="to lunch"), "You are away. /back ends it."),
        ("/back", Away(id=2, on=False), "You are back."),
        ('/status at "work"', Status(id=2, text='at "work"'), r'Your status is "at \"work\"".'),
        ("/status", Status(id=2, text=""), "You have no status."),
    ],
)
def test_one_says_how_one_is_present(line: str, command: Command, told: str) -> None:
    talk = in_the_lobby()
    assert [command] == talk.receive(f"{line}\n".encode())
    assert f"* {told}\n" == talk.event(Done(id=2)).decode()


def test_profiles_come_to_who_is_nobody_yet_too() -> None:
    assert b"* bob\n" == conversation().event(Profiles(profiles=[Profile(9, "bob", "user")]))


def test_sessions_are_listed_with_where_and_when() -> None:
    talk = in_the_lobby()
    talk.receive(b"/sessions\n")
    since = 1_790_586_840_000
    states = [
        SessionState("aa", "line", "::1", since, since, 1, 0, True),
        SessionState("bb", "web", "192.0.2.1", since, since, 2, 125_000),
        SessionState("cc", "web", "192.0.2.1", since, since + 60_000, 0),
    ]
    assert (
        b"* aa, line from ::1, since 2026-09-28 09:14, this one\n"
        b"* bb, web from 192.0.2.1, since 2026-09-28 09:14, here, idle for 2 min\n"
        b"* cc, web from 192.0.2.1, since 2026-09-28 09:14, last here 2026-09-28 09:15\n"
    ) == talk.event(SessionList(id=2, sessions=states))
