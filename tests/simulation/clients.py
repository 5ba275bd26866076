"""The clients' ends: what `bench.minds` think, as bytes on links."""

import json
from random import Random

from bench.checks import Journal
from bench.dialects import UPGRADE, frame, frames
from bench.minds import JsonMind, LineMind, Memory
from tests.simulation.links import Link
from tests.simulation.server import Server


class Client:
    """Somebody with a link now and then."""

    line = False

    def __init__(self, memory: Memory) -> None:
        self.memory = memory
        self.link: Link | None = None
        self.stalled = False
        """It reads nothing now."""
        self._rest = b""

    @property
    def waiting(self) -> int:
        """What it still wants."""
        raise NotImplementedError

    @property
    def settled(self) -> bool:
        """It is connected, has caught up, and waits for nothing."""
        return self.link is not None and self.memory.connected and not self.waiting

    def connect(self, server: Server) -> None:
        """Come, for the first time or again."""
        self._rest = b""
        self.memory.connected = False
        self.link = server.accept(line=self.line)
        self.begin()
        self.flush()

    def hang_up(self) -> None:
        """Have no link any more."""
        self.link = None
        self.memory.connected = False

    def read(self, most: int) -> bool:
        """Take up to so many bytes that are on their way; whether there were any, or an end."""
        link = self.link
        if link is None or self.stalled:
            return False
        data = link.carry(most)
        try:
            self.hear(data)
        except EOFError:
            link.lose()
            self.hang_up()
            return True
        self.flush()
        if link.over and not link.to_client:
            self.hang_up()
            return True
        return bool(data)

    def begin(self) -> None:
        """The first that it says on a new link."""
        raise NotImplementedError

    def hear(self, data: bytes) -> None:
        """These bytes came."""
        raise NotImplementedError

    def act(self) -> None:
        """Perhaps say something."""
        raise NotImplementedError

    def flush(self) -> None:
        """Give the link what is to be sent."""
        raise NotImplementedError


class JsonClient(Client):
    """A browser, nearly."""

    def __init__(self, memory: Memory, *, wanders: str | None = None) -> None:
        super().__init__(memory)
        self._mind = JsonMind(memory, wanders=wanders)
        self._upgraded = False

    @property
    def waiting(self) -> int:
        return self._mind.waiting

    def begin(self) -> None:
        assert self.link is not None
        self._upgraded = False
        self._mind.begin()
        self.link.to_server += UPGRADE.format(path="/ws", host="localhost", port=80).encode()

    def hear(self, data: bytes) -> None:
        self._rest += data
        if not self._upgraded:
            if b"\r\n\r\n" not in self._rest:
                return
            self._upgraded = True
            head, _, self._rest = self._rest.partition(b"\r\n\r\n")
            if not head.startswith(b"HTTP/1.1 101 "):
                raise EOFError
        taken = 0
        for first, start, stop in frames(self._rest):
            taken = stop
            if first == 0x81:
                self._mind.hear(json.loads(self._rest[start:stop]))
            elif first == 0x88:
                raise EOFError
        self._rest = self._rest[taken:]

    def act(self) -> None:
        self._mind.act()
        self.flush()

    def flush(self) -> None:
        commands, self._mind.outgoing = self._mind.outgoing, []
        if self.link is not None:
            self.link.to_server += b"".join(frame(json.dumps(command).encode()) for command in commands)


class LineClient(Client):
    """A terminal with a script behind it."""

    line = True

    def __init__(self, memory: Memory) -> None:
        super().__init__(memory)
        self._mind = LineMind(memory)

    @property
    def waiting(self) -> int:
        return self._mind.waiting

    def begin(self) -> None:
        self._mind.begin()

    def hear(self, data: bytes) -> None:
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            self._mind.hear(line.decode())

    def act(self) -> None:
        self._mind.act()
        self.flush()

    def flush(self) -> None:
        lines, self._mind.outgoing = self._mind.outgoing, []
        if self.link is not None:
            self.link.to_server += "".join(f"{line}\n" for line in lines).encode()


def crowd(dice: Random, rooms: tuple[str, ...]) -> list[Client]:
    """Two browsers, one of which wanders through the last room, and a terminal."""
    shown = frozenset({"said", "edited"})
    seed = dice.getrandbits(32)
    return [
        JsonClient(Memory(Journal("web1", echoes=True), rooms, seed)),
        JsonClient(Memory(Journal("web2", echoes=True), rooms, seed), wanders=rooms[-1]),
        LineClient(Memory(Journal("line1", echoes=False, kinds=shown), rooms, seed)),
    ]
