"""The page's commands are those of the line wire, in the same words."""

import re
from pathlib import Path

from chatd.wires.line.commands import VERBS

ROOT = Path(__file__).resolve().parents[2]
_ROW = re.compile(r'^  (\w+): \{ takes: "(.*)", help: "(.*)" \},$', re.MULTILINE)
_NAME = re.compile(r'\bname: "(\w+)"')

NOT_TYPED_IN_THE_PAGE = {
    # The page has a door for them.
    *("nick", "login", "register", "resume"),
    # It shows messages, and one points at them.
    *("edit", "delete", "reply", "react", "unreact", "pin", "unpin", "report", "show", "history", "since"),
    # It shows rooms and people beside them, and files are chosen.
    *("switch", "put", "whois", "members", "receipts", "numbers", "pipe", "img", "color"),
    # It has dialogs and pages for lists, accounts and administration, or leaves them to a terminal.
    *("mentions", "archived", "ignored", "invitations", "decline", "invitelink", "openings", "icon"),
    *("password", "totp", "deleteaccount", "avatar", "sessions", "tokens", "token", "revoke"),
    *("newbot", "newhook", "bots", "endbot", "invitecode", "invitecodes", "uninvitecode"),
    *("reports", "serverreports", "closereport", "purge", "bans", "audit", "role", "set", "destroy", "claim"),
    *("serverban", "serverunban", "servermute", "serverunmute", "serverpurge", "serveraudit", "serverbans"),
    *("serverrole", "lockdown", "users", "limits"),
}


def _source(name: str) -> str:
    return (ROOT / "web" / "src" / name).read_text()


def test_the_page_says_of_its_commands_what_a_terminal_says() -> None:
    table = {verb.name: (verb.usage, verb.gives[0].upper() + verb.gives[1:]) for verb in VERBS.values()}
    page = {name: (takes, gives) for name, takes, gives in _ROW.findall(_source("words/en/commands.ts"))}
    assert {name: table[name] for name in page} == page
    assert set(page) == set(_NAME.findall(_source("commands.ts")))


def test_each_command_of_a_terminal_is_in_the_page_or_is_not_for_it() -> None:
    assert set(VERBS) == set(_NAME.findall(_source("commands.ts"))) | NOT_TYPED_IN_THE_PAGE
