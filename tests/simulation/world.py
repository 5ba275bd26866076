"""What happens next: a dice says so, and at the end everybody is asked what they saw."""

from collections.abc import Callable
from random import Random

from bench.checks import log_of, violations
from chatd.storage.dialect import driver_of
from tests.simulation.clients import crowd
from tests.simulation.server import Disk, Server

ROOMS = ("lobby", "den")
ROUNDS_MOST = 400
"""Within so many everybody must have what they want, once nothing fails any more."""


class World:
    """One run."""

    def __init__(self, seed: int) -> None:
        self.dice = Random(seed)
        self._order = Random(f"{seed} order")
        """Apart, so that a shorter run is the beginning of a longer one."""
        self.disk = Disk()
        self.server: Server | None = Server(self.disk)
        self.lives = [self.server]
        self.events: list[str] = []
        """What was done, for whoever looks for the reason."""
        self.clients = crowd(self.dice, ROOMS)
        self._found_rooms()
        for client in self.clients:
            client.memory.talking = False
            client.connect(self.server)
        assert self._settle()
        for client in self.clients:
            client.memory.talking = True
            client.memory.padding = self.dice.choice((0, 100, 900))

    def _found_rooms(self) -> None:
        assert self.server is not None
        link = self.server.accept(line=True)
        link.to_server = (
            b"/nick founder\n" + b"".join(b"/create %b\n" % r.encode() for r in ROOMS[1:]) + b"/quit\n"
        )
        for _ in range(50):
            link.bring(1_000)
            self.disk.database.release(1)
            self.server.turn()
            link.carry(10_000)

    # What may happen.

    def carry(self) -> None:
        """Some bytes reach a client."""
        self.dice.choice(self.clients).read(self.dice.choice((3, 300, 3_000, 20_000)))

    def bring(self) -> None:
        """Some bytes reach the server."""
        link = self.dice.choice(self.clients).link
        if link is not None:
            link.bring(self.dice.choice((3, 300, 3_000, 20_000)))

    def commit(self) -> None:
        """Some of what waits is written."""
        self.disk.database.release(self.dice.choice((1, 1, 2, 5)))

    def turn(self) -> None:
        """The server does what it has put off."""
        if self.server is not None:
            self.server.turn()

    def act(self) -> None:
        """Somebody says something, or several things."""
        client = self.dice.choice(self.clients)
        for _ in range(self.dice.choice((1, 1, 4))):
            client.act()

    def wait(self) -> None:
        """Time passes."""
        if self.server is not None:
            self.server.pass_time(self.dice.choice((0.05, 0.3, 1.0, 11.0)))

    def hold_reads(self) -> None:
        """The next questions to the database take long, or those that took long have been answered."""
        if self.dice.random() < 0.5:
            self.disk.database.hold_reads(self.dice.randrange(1, 5))
        else:
            self.disk.database.release_reads()

    def stall(self) -> None:
        """Somebody reads nothing, or reads again."""
        client = self.dice.choice(self.clients)
        client.stalled = not client.stalled

    def drop(self) -> None:
        """A connection ends on both sides, and what was on its way is gone."""
        client = self.dice.choice(self.clients)
        if client.link is not None:
            client.link.to_client = b""
            client.link.lose()
            client.hang_up()

    def forget(self) -> None:
        """A client is gone, and the server does not know."""
        self.dice.choice(self.clients).hang_up()

    def come(self) -> None:
        """Somebody without a connection makes one."""
        client = self.dice.choice(self.clients)
        if self.server is not None and client.link is None:
            client.connect(self.server)

    def crash(self) -> None:
        """The process is gone, with all that was not committed, and with answers to what was."""
        if self.server is None:
            return
        self.disk.database.crash(self.dice.choice((0, 0, 1, 3)))
        self.server = None
        for client in self.clients:
            if client.link is not None:
                client.read(self.dice.choice((0, 50, 5_000)))
            client.hang_up()

    def boot(self) -> None:
        """It is started again."""
        if self.server is None:
            self.server = Server(self.disk)
            self.lives.append(self.server)

    CHOICES: tuple[tuple[Callable[["World"], None], int], ...] = (
        (carry, 40),
        (bring, 40),
        (act, 35),
        (commit, 20),
        (turn, 20),
        (wait, 4),
        (come, 12),
        (boot, 6),
        (drop, 2),
        (forget, 1),
        (stall, 3),
        (hold_reads, 2),
        (crash, 1),
    )

    def run(self, steps: int) -> list[str]:
        """Let so much happen, then everything end well; every promise that was broken."""
        acts, weights = zip(*self.CHOICES, strict=True)
        for act in self._order.choices(acts, weights, k=steps):
            self.events.append(act.__name__)
            act(self)
        return self._end()

    # The end.

    def _end(self) -> list[str]:
        for client in self.clients:
            client.memory.talking = False
            client.stalled = False
        self.boot()
        self.disk.database.release_reads()
        found = [] if self._settle() else ["Not everybody got what they wanted."]
        driver = driver_of(self.disk.database.connection)
        found += violations(log_of(driver), [client.memory.journal for client in self.clients])
        found += [f"A fault of ours: {fault}" for life in self.lives for fault in life.faults]
        return found

    def _settle(self) -> bool:
        """Let all that is on its way arrive, until everybody has what they want; whether that came."""
        server = self.server
        assert server is not None
        for _ in range(ROUNDS_MOST):
            moved = False
            for client in self.clients:
                if client.link is None:
                    client.connect(server)
                assert client.link is not None
                moved |= client.link.bring(100_000)
                self.disk.database.release(1 << 30)
                server.turn()
                moved |= client.read(100_000)
                client.act()  # whoever wanders comes back
            if not moved:
                if all(client.settled for client in self.clients):
                    return True
                server.pass_time(0.5)
        return False


def run(seed: int, steps: int) -> list[str]:
    """Every promise that the server broke in this run."""
    return World(seed).run(steps)
