"""Every program that people open a line with, against the real daemon."""

import itertools
from collections.abc import Callable

import pytest

from tests.e2e.daemon import SECRET, Daemon
from tests.e2e.programs import Program, Programs

NAMES = (f"person{number}" for number in itertools.count(1))
"""Guests of one daemon do not share names."""

ADDRESS = "localhost"


def plain(*command: str) -> Callable[[Daemon], list[str]]:
    return lambda daemon: [*command, ADDRESS, str(daemon.ports["line"])]


def socat(daemon: Daemon) -> list[str]:
    return ["socat", "-t", "30", "-", f"TCP:{ADDRESS}:{daemon.ports['line']}"]


def socat_tls(daemon: Daemon) -> list[str]:
    address = f"OPENSSL:{ADDRESS}:{daemon.ports['line over tls']}"
    return ["socat", "-", f"{address},cafile={daemon.certificate},commonname=localhost"]


def ncat_tls(daemon: Daemon) -> list[str]:
    trust = ["--ssl-verify", "--ssl-trustfile", str(daemon.certificate)]
    return ["ncat", *trust, "localhost", str(daemon.ports["line over tls"]), "-4"]


def openssl(*options: str) -> Callable[[Daemon], list[str]]:
    def command(daemon: Daemon) -> list[str]:
        where = f"localhost:{daemon.ports['line over tls']}"
        trust = ["-CAfile", str(daemon.certificate), "-verify_return_error", "-verify_hostname", "localhost"]
        return ["openssl", "s_client", "-4", "-quiet", *trust, *options, "-connect", where]

    return command


TALKERS = {
    "nc.openbsd": plain("nc.openbsd"),
    "nc.traditional": plain("nc.traditional"),
    "ncat": plain("ncat"),
    "telnet": plain("telnet"),
    "socat": socat,
    "socat over TLS": socat_tls,
    "ncat over TLS": ncat_tls,
    "openssl over TLS 1.2": openssl("-tls1_2"),
    "openssl over TLS 1.3": openssl("-tls1_3"),
}

PIPES = {
    "nc.openbsd -N": plain("nc.openbsd", "-N"),
    "nc.traditional -q 30": plain("nc.traditional", "-q", "30"),
    "ncat": plain("ncat"),
    "socat": socat,
}


def enter(program: Program) -> str:
    """Be a guest; gives the name."""
    name = next(NAMES)
    program.expect(r"\* chatd [\d.]+\. Say who you are: /nick NAME \(guest\) or /login NAME\.")
    program.type(f"/nick {name}\n")
    program.expect(rf"\* You are {name} \(guest\)\. You are (alone )?in #lobby")
    return name


@pytest.mark.parametrize("talker", TALKERS)
def test_two_people_talk(shared: Daemon, programs: Programs, talker: str) -> None:
    first = programs.start(*TALKERS[talker](shared), terminal=talker == "telnet")
    second = programs.start(*TALKERS["nc.openbsd"](shared))
    alice, bob = enter(first), enter(second)
    first.type(f"{SECRET} jam for {bob}\n")
    second.expect(rf"\[#lobby\] \d\d:\d\d <{alice}> {SECRET} jam for {bob}\r?\n")
    second.type(f"{SECRET} jelly for {alice}\n")
    first.expect(rf"\[#lobby\] \d\d:\d\d <{bob}> {SECRET} jelly for {alice}\r?\n")
    first.type("/quit\n")
    first.expect(r"\* Goodbye\.")
    first.end_input()  # most of them wait for that, too
    first.rest()
    assert first.status() in (0, 1)  # telnet calls a connection that the other side closes a failure


@pytest.mark.parametrize("pipe", PIPES)
def test_a_pipe_stores_what_it_says_and_prints_the_answers(
    shared: Daemon, programs: Programs, pipe: str
) -> None:
    """Complete commands are carried out and answered, though the input has ended meanwhile."""
    name = next(NAMES)
    said = f"{SECRET} by {name}"
    shown = programs.run(*PIPES[pipe](shared), stdin=f"/nick {name}\n/receipts on\n{said}\n")
    greeting, entered, receipts, stored, *goodbye = shown.splitlines()
    assert greeting.startswith("* chatd ")
    assert entered.startswith(f"* You are {name} (guest). ")
    assert ("* Receipts are on.", ["* Goodbye."]) == (receipts, goodbye)
    assert stored.startswith("* stored #lobby ")
    number = int(stored.rpartition(" ")[2])
    since = f"/nick {next(NAMES)}\n/numbers on\n/since lobby {number - 1}\n"
    found = programs.run(*PIPES[pipe](shared), stdin=since)
    assert f"<{name}> {said}\n" in found


def test_a_log_is_piped_into_a_room(shared: Daemon, programs: Programs) -> None:
    """Faster than anybody may speak, and with slashes: nothing is lost, and nothing is carried out."""
    name = next(NAMES)
    lines = [f"/{SECRET} {number}" for number in range(15)]
    nc = PIPES["nc.openbsd -N"](shared)
    shown = programs.run(
        *nc, stdin="\n".join([f"/nick {name}", f"/create {name}", f"/pipe {name}", *lines, ""])
    )
    assert "! " not in shown
    other = programs.run(*nc, stdin=f"/nick {next(NAMES)}\n/join {name}\n/history 50\n")
    assert lines == [line.partition("> ")[2] for line in other.splitlines() if line.startswith(f"[#{name}] ")]


def test_a_password_typed_at_telnet_is_not_shown(shared: Daemon, programs: Programs) -> None:
    """And everything else is: the client edits and echoes its lines itself."""
    password = f"correct {SECRET} staple"
    telnet = programs.start(*TALKERS["telnet"](shared), terminal=True)
    telnet.expect(r"/help lists the commands\.")
    telnet.type("/register zoe\n")
    telnet.expect(r"/register zoe\r\n")
    telnet.expect(r"\* Password for zoe:")
    telnet.await_echo(False)
    telnet.type(f"{password}\n")
    telnet.expect(r"\* You are zoe\. You are (alone )?in #lobby")
    telnet.await_echo(True)
    telnet.type(f"{SECRET} pie\n")
    telnet.expect(rf"{SECRET} pie\r\n")
    telnet.type("/quit\n")
    telnet.expect(r"\* Goodbye\.")
    assert password not in telnet.rest()


def test_a_web_page_cannot_speak_here(shared: Daemon, programs: Programs) -> None:
    """A browser that is sent here to post a form is hung up on: nothing that it says is carried out."""
    form = programs.start(
        *("curl", "--silent", "--show-error", "--data", f"x=1\n/nick eve\n{SECRET}\n"),
        f"http://127.0.0.1:{shared.ports['line']}/",
    )
    form.rest()
    assert form.status() != 0
    shown = programs.run(*PIPES["nc.openbsd -N"](shared), stdin=f"/nick {next(NAMES)}\n/who\n")
    assert "eve" not in shown
