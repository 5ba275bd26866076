"""The servers that are measured side by side: how each is started, and how its members speak."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.dialects import (
    ChatdMember,
    IrcMember,
    JsonMember,
    LineMember,
    Member,
    SocketIoMember,
    TlsChatdMember,
    TlsJsonMember,
)
from bench.probe import longest, stalls
from bench.servers import HOST, LIMITS_OFF, Server, chatd_command, free_port

_PATH = f"{os.environ.get('PATH', os.defpath)}:/usr/sbin"
_PEERS = Path(__file__).resolve().parent / "peers"


@dataclass(frozen=True)
class Listening:
    """What to start, and where it will listen."""

    command: list[str]
    ports: list[int]
    """All that it listens on; the members of each dialect take the port in its place."""
    notes: Path | None = None
    """Where it notes what held its reactor up, if it does."""


@dataclass(frozen=True)
class System:
    """One server with one kind of members, or several."""

    name: str
    dialects: tuple[type[Member], ...]
    listening: Callable[[Path], Listening]
    """Makes what the server needs in this directory."""
    needs: str | None = None
    """A program that is not part of the virtual environment."""

    @property
    def missing(self) -> bool:
        """Whether this machine cannot run it."""
        return self.needs is not None and shutil.which(self.needs, path=_PATH) is None


def _watched(scratch: Path, command: list[str], ports: list[int]) -> Listening:
    """chatd with a probe inside, which looks at the clock 200 times a second."""
    notes = scratch / "notes"
    notes.touch()
    return Listening([sys.executable, "-m", "bench.probe", str(notes), *command[1:]], ports, notes)


def _chatd(scratch: Path) -> Listening:
    ports = [free_port(), free_port()]
    return _watched(scratch, chatd_command(scratch / "data", ports[0], ports[1], LIMITS_OFF), ports)


def _chatd_lines(scratch: Path) -> Listening:
    started = _chatd(scratch)
    return Listening(started.command, started.ports[::-1], started.notes)


def _chatd_tls(scratch: Path) -> Listening:
    web, line, web_tls, line_tls = [free_port() for _ in range(4)]
    command = chatd_command(scratch / "data", web, line, LIMITS_OFF, (web_tls, line_tls))
    return _watched(scratch, command, [web_tls, web, line, line_tls])


def _python(module: str) -> Callable[[Path], Listening]:
    def listening(scratch: Path) -> Listening:
        port = free_port()
        return Listening([sys.executable, "-m", f"bench.peers.{module}", str(port)], [port])

    return listening


def _autobahn_tls(scratch: Path) -> Listening:
    key, certificate = scratch / "key.pem", scratch / "certificate.pem"
    made = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    names = ["-subj", "/CN=localhost", "-keyout", str(key), "-out", str(certificate)]
    subprocess.run([*made, *names], check=True, capture_output=True)
    port = free_port()
    command = [sys.executable, "-m", "bench.peers.autobahn_loop", str(port), str(certificate), str(key)]
    return Listening(command, [port])


def _node(script: str) -> Callable[[Path], Listening]:
    def listening(scratch: Path) -> Listening:
        port = free_port()
        return Listening(["node", str(_PEERS / "node" / script), str(port)], [port])

    return listening


def _ngircd(scratch: Path) -> Listening:
    port = free_port()
    config = scratch / "ngircd.conf"
    config.write_text(
        f"[Global]\nName = irc.bench.test\nInfo = bench\nListen = {HOST}\nPorts = {port}\n"
        "[Limits]\nMaxConnections = 0\nMaxConnectionsIP = 0\nMaxJoins = 0\nMaxPenaltyTime = 0\n"
        "PingTimeout = 600\n[Options]\nDNS = no\nIdent = no\nPAM = no\n"
    )
    return Listening(["/usr/sbin/ngircd", "--nodaemon", "--config", str(config)], [port])


def _inspircd(scratch: Path) -> Listening:
    port = free_port()
    config = scratch / "inspircd.conf"
    config.write_text(
        f'<server name="irc.bench.test" description="bench" network="bench">\n'
        f'<bind address="{HOST}" port="{port}" type="clients">\n'
        '<connect allow="*" timeout="60" pingfreq="10m" threshold="1000000" commandrate="1000000000"'
        ' fakelag="no" recvq="1000000" softsendq="100000000" hardsendq="100000000" localmax="100000"'
        ' globalmax="100000" resolvehostnames="no" maxconnwarn="no">\n'
        '<performance softlimit="100000" somaxconn="4096" nouserdns="yes">\n'
        '<log method="file" type="*" level="default" target="/dev/null">\n'
        f'<pid file="{scratch}/inspircd.pid">\n'
    )
    return Listening(["/usr/sbin/inspircd", "--nofork", "--runasroot", "--config", str(config)], [port])


CHATD = System("chatd", (ChatdMember,), _chatd)
CHATD_LINES = System("chatd, lines", (LineMember,), _chatd_lines)
CHATD_MIXED = System("chatd, half of them lines", (ChatdMember, LineMember), _chatd)
CHATD_TLS = System("chatd, TLS", (TlsChatdMember,), _chatd_tls)
AUTOBAHN = System("Autobahn loop", (JsonMember,), _python("autobahn_loop"))
AUTOBAHN_TLS = System("Autobahn loop, TLS", (TlsJsonMember,), _autobahn_tls)
WEBSOCKETS = System("websockets broadcast", (JsonMember,), _python("websockets_broadcast"))
NODE_WS = System("node ws", (JsonMember,), _node("ws.mjs"), "node")
SOCKET_IO = System("socket.io", (SocketIoMember,), _node("socketio.mjs"), "node")
NGIRCD = System("ngircd", (IrcMember,), _ngircd, "ngircd")
INSPIRCD = System("inspircd", (IrcMember,), _inspircd, "inspircd")

SYSTEMS = (
    CHATD,
    CHATD_LINES,
    CHATD_MIXED,
    CHATD_TLS,
    AUTOBAHN,
    AUTOBAHN_TLS,
    WEBSOCKETS,
    NODE_WS,
    SOCKET_IO,
    NGIRCD,
    INSPIRCD,
)


@dataclass(frozen=True)
class Serving:
    """A system that runs."""

    server: Server
    ports: list[int]
    """The members of each dialect take the port in its place."""
    notes: Path | None

    def longest_stall_ms(self, begun: float, ended: float) -> float | None:
        """Between these times of the monotonic clock, without standing in line for a processor; None where
        nobody looks."""
        return None if self.notes is None else longest(stalls(self.notes, begun, ended)).own * 1000


@contextmanager
def serving(system: System) -> Iterator[Serving]:
    """The system as a fresh process."""
    with TemporaryDirectory(prefix="chatd-bench-") as directory:
        scratch = Path(directory)
        listening = system.listening(scratch)
        server = Server(listening.command, listening.ports, scratch / "log")
        try:
            yield Serving(server, listening.ports, listening.notes)
        except Exception as error:
            error.add_note(f"{system.name} said:\n{server.output()}")
            raise
        finally:
            server.stop()
