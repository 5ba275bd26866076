"""How a new server gets its owner, as its operator sees it."""

import re

from tests.e2e.conftest import StartDaemon
from tests.e2e.daemon import SECRET, Daemon
from tests.e2e.programs import Program, Programs

PASSWORD = f"{SECRET} and honey"
HIDDEN = ("--trusted-proxy", "127.0.0.0/8")
"""Somebody may be behind whoever comes from loopback."""


def register(daemon: Daemon, programs: Programs, name: str) -> Program:
    """At a terminal of the machine; the name is part of what it is greeted with."""
    program = programs.start("nc.openbsd", "localhost", str(daemon.ports["line"]))
    program.type(f"/register {name}\n{PASSWORD}\n")
    return program


def test_the_first_account_made_on_the_machine_owns_the_server(
    start_daemon: StartDaemon, programs: Programs
) -> None:
    server = start_daemon(tls=(), unowned=True)
    register(server, programs, "alice").expect(r"\* You are alice \(server owner\)\.")
    register(server, programs, "bob").expect(r"\* You are bob\.")


def test_the_printed_code_makes_an_owner_once(start_daemon: StartDaemon, programs: Programs) -> None:
    server = start_daemon(*HIDDEN, tls=(), unowned=True)
    printed = re.search(r"/claim (\S+)", server.await_log("/claim "))
    assert printed is not None
    alice, bob = register(server, programs, "alice"), register(server, programs, "bob")
    alice.expect(r"\* You are alice\.")
    bob.expect(r"\* You are bob\.")
    bob.type("/claim aaaa-bbbb-cccc\n")
    bob.expect(r"! wrong_code: This is not the code")
    alice.type(f"/claim {printed[1].upper()}\n")
    alice.expect(r"\* You are an owner of the server now\.")
    bob.type(f"/claim {printed[1]}\n")
    bob.expect(r"! forbidden: This server has an owner\.")
    alice.type("/serverrole bob admin\n")
    bob.expect(r"\* You are an admin of the server now, by alice\.")
    begin = len(server.log)
    server.stop()
    server.start()
    server.stop()
    assert "/claim" not in "".join(server.log[begin:])


def test_the_named_account_owns_the_server_when_it_is_made_on_the_machine(
    start_daemon: StartDaemon, programs: Programs
) -> None:
    server = start_daemon("--owner", "alice", tls=())
    register(server, programs, "bob").expect(r"\* You are bob\.")
    register(server, programs, "alice").expect(r"\* You are alice \(server owner\)\.")


def test_the_name_of_the_owner_is_kept_from_whoever_may_be_elsewhere(
    start_daemon: StartDaemon, programs: Programs
) -> None:
    server = start_daemon("--owner", "alice", *HIDDEN, tls=())
    register(server, programs, "alice").expect(r'! forbidden: The name "alice" is kept for the owner')
