"""What clients think that lose nothing, as docs/protocol.md and `/help` tell programs to be them.

They are told what came and say what to send; how it comes and goes is another's business. Each talks and
listens in a few rooms, comes back after every lost connection, and keeps a journal of what it saw and of what
it was promised.
"""

import itertools
import random
import re
import time
from collections import Counter, deque
from collections.abc import Callable, Sequence
from typing import Any

from bench.checks import Journal, Message, unedited

_IN_FLIGHT = 4
_REPEAT_CHANCE = 0.02
"""That what was answered is sent once more."""
_EDIT_CHANCE = 0.05
_DELETE_CHANCE = 0.02
"""That a message is changed or taken back, instead of another one sent."""
_REACT_CHANCE = 0.05
"""That somebody reacts to a message of theirs."""
_WANDER_CHANCE = 0.01
"""That who wanders leaves a room, or comes back."""

_PAST = {"edit": "edited", "delete": "deleted", "react": "reacted"}
_EMOJIS = ("👍", "🎉", "😀", "❤️")


class Memory:
    """What any client remembers between its connections."""

    def __init__(self, journal: Journal, rooms: Sequence[str], seed: int) -> None:
        name = journal.client
        self.journal = journal
        self.rooms = rooms
        self.random = random.Random(f"{seed} {name}")
        self.texts = (f"{name} {number}" for number in itertools.count(1))
        self.padding = 100
        """Characters of a text beyond what it is called."""
        self.stalls = False
        """It sometimes reads nothing for a while."""
        self.positions = dict.fromkeys(rooms, 0)
        """The highest seq of each room that was processed."""
        self.talking = True
        """Otherwise it says nothing new, and only finishes."""
        self.connected = False
        """It is logged in and hears its rooms."""
        self.clock: Callable[[], float] = time.monotonic
        self.acknowledged_at: list[float] = []
        """When each of its commands was, by that clock in seconds."""
        self._attachments: dict[str, list[Message]] = {}

    def open(self, room: str) -> None:
        """What comes of this room from now on belongs to a new attachment."""
        self._attachments[room] = []
        self.journal.attachments.append(self._attachments[room])

    def see(self, message: Message, *, whole: bool = True) -> None:
        """It came from the server; not `whole`: something before it may still be missing."""
        self._attachments[message.room].append(message)
        if whole:
            self.positions[message.room] = max(self.positions[message.room], message.seq)

    def last_seen(self, room: str) -> int:
        """The seq that came last on the open attachment; 0 when none has."""
        attachment = self._attachments[room]
        return attachment[-1].seq if attachment else 0

    def acknowledge(self, message: Message) -> None:
        """The server said that it is stored."""
        self.journal.acknowledged.append(message)
        self.acknowledged_at.append(self.clock())

    def complain(self, what: str) -> None:
        """The server did what no correct server does."""
        self.journal.complaints.append(what)


class JsonMind:
    """Sends with keys, and again until answered; resumes by `attach` with its positions."""

    def __init__(self, memory: Memory, *, wanders: str | None = None) -> None:
        """`wanders`: a room that it leaves and joins, and says nothing in."""
        self.memory = memory
        self.outgoing: list[dict[str, Any]] = []
        """Commands that are to be sent, in order."""
        self.entered = False
        """It is logged in on this connection."""
        self.retries = 0
        """Commands that were sent more than once."""
        self._wanders = wanders
        self._leaving = self._away = False
        """It is about to leave, or has left, the room that it wanders through."""
        self._token: str | None = None
        self._epoch: str | None = None
        self._names: dict[int, str] = {}
        """Rooms by id."""
        self._unanswered: dict[str, dict[str, Any]] = {}
        """Commands by key, in the order of sending."""
        self._answered: dict[str, tuple[dict[str, Any], int]] = {}
        """Commands and the seqs that they were given."""
        self._own: list[Message] = []
        """What it has said and not taken back."""
        self._edits = itertools.count(2)
        self._catching_up: set[str] = set()

    @property
    def waiting(self) -> int:
        """Messages that it still wants an answer for."""
        return len(self._unanswered) + self._leaving + self._away

    def begin(self) -> None:
        """There is a new connection; the server speaks first."""
        self.outgoing.clear()
        self.entered = False

    def hear(self, event: dict[str, Any]) -> None:
        """This came. EOFError: it wants another connection."""
        match event["type"]:
            case "welcome":
                self._log_in(event)
            case "ok" if event.get("id") == "login":
                self._token = event.get("token", self._token)
                self.entered = True
                self._attach()
                self.retries += len(self._unanswered)
                self.outgoing += self._unanswered.values()
            case "said" | "edited" | "deleted" | "reacted":
                self._see(event)
            case "attached":
                self._take_page(event)
            case "gap":
                room = self._names[event["room"]]
                self.memory.journal.gaps += 1
                self.memory.open(room)
                position = {"room": event["room"], "after": self.memory.positions[room]}
                self.outgoing.append({"type": "attach", "rooms": [position]})
            case "ok" if event.get("id") == f"leave {self._wanders}":
                self._leaving, self._away = False, True
            case "ok" if "seq" in event:
                self._take_answer(event)
            case "ok":
                for refusal in event.get("refused", ()):
                    if self._wanders is not None and self._names.get(refusal["room"]) == self._wanders:
                        continue  # it asked to be told what a gap left out, and had left
                    self.memory.complain(f"A room was refused: {refusal}")
            case "error" if event["code"] == "unavailable":
                raise EOFError
            case "error":
                self.memory.complain(f"A refusal that nobody earned: {event}")
                if event.get("id") == "login":
                    raise EOFError

    def act(self) -> None:
        """Perhaps say something, or change or repeat what was said, or wander."""
        memory = self.memory
        if not memory.connected:
            return
        self._wander()
        if not memory.talking:
            return
        if self._answered and memory.random.random() < _REPEAT_CHANCE:
            command, _ = memory.random.choice(list(self._answered.values())[-100:])
            self.retries += 1
            self.outgoing.append(command)
        elif len(self._unanswered) < _IN_FLIGHT:
            command = self._next()
            self._unanswered[command["key"]] = command
            self.outgoing.append(command)

    def _log_in(self, welcome: dict[str, Any]) -> None:
        if self._epoch not in (None, welcome["epoch"]):
            self.memory.complain(f"The epoch {self._epoch} became {welcome['epoch']}.")
        self._epoch = welcome["epoch"]
        who = {"name": self.memory.journal.client} if self._token is None else {"token": self._token}
        self.outgoing.append({"type": "login", "id": "login", **who})

    def _attach(self) -> None:
        positions = self.memory.positions
        self._leaving = self._away = False
        self._catching_up = set(self.memory.rooms)
        for room in self.memory.rooms:
            if room in self._names.values() and room != self._wanders:
                self.memory.open(room)
            else:
                self._join(room)
        rooms = [
            {"room": number, "after": positions[name]}
            for number, name in self._names.items()
            if name != self._wanders
        ]
        if rooms:
            self.outgoing.append({"type": "attach", "id": "attach", "rooms": rooms})

    def _join(self, room: str) -> None:
        self.memory.open(room)
        after = self.memory.positions[room]
        self.outgoing.append({"type": "join", "id": f"join {room}", "room": room, "after": after})

    def _wander(self) -> None:
        room = self._wanders
        if room is None or self._leaving or self._catching_up:
            return
        if self._away and (not self.memory.talking or self.memory.random.random() < 10 * _WANDER_CHANCE):
            self._away = False
            self._catching_up.add(room)
            self._join(room)
        elif not self._away and self.memory.talking and self.memory.random.random() < _WANDER_CHANCE:
            self._leaving = True
            self.outgoing.append({"type": "leave", "id": f"leave {room}", "room": room})

    def _take_page(self, page: dict[str, Any]) -> None:
        self._names[page["room"]] = page["name"]
        if "gap" in page or page.get("reset"):
            self.memory.complain(f"A gap that nobody made: {page.get('gap', 'reset')}")
        for entry in page["entries"]:
            self._see(entry)
        if page["complete"]:
            self._catching_up.discard(page["name"])
            self.memory.connected = not self._catching_up

    def _see(self, entry: dict[str, Any]) -> None:
        room, author, kind = self._names[entry["room"]], entry["from"]["name"], entry["type"]
        text = unedited(entry["text"]) if kind == "said" else str(entry["target"])
        self.memory.see(Message(room, entry["seq"], author, text, kind))
        if kind != "reacted":
            seq = entry["seq"] if kind == "said" else entry["target"]
            changed = entry.get("changed", entry["seq"])
            view = self.memory.journal.view
            if changed >= view.get((room, seq), (0, ""))[0]:
                view[room, seq] = changed, entry.get("text", "")

    def _take_answer(self, answer: dict[str, Any]) -> None:
        key: str = answer["id"]
        room, seq = self._names[answer["room"]], answer["seq"]
        if key in self._unanswered:
            command = self._unanswered.pop(key)
            self._answered[key] = command, seq
            self.memory.acknowledge(self._promised(command, seq))
        elif self._answered[key][0]["room"] != room or self._answered[key][1] != seq:
            self.memory.complain(f"{self._answered[key]} was answered again with #{room} {seq}.")

    def _promised(self, command: dict[str, Any], seq: int) -> Message:
        author, room = self.memory.journal.client, command["room"]
        match command["type"]:
            case "say":
                message = Message(room, seq, author, unedited(command["text"]))
                self._own.append(message)
                return message
            case kind:
                return Message(room, seq, author, str(command["target"]), _PAST[kind])

    def _next(self) -> dict[str, Any]:
        """A new message, or a change of one of the last ones."""
        chance = self.memory.random.random()
        if self._own and chance < _EDIT_CHANCE + _REACT_CHANCE + _DELETE_CHANCE:
            message = self.memory.random.choice(self._own[-20:])
            key = f"{message.text} {next(self._edits)}".replace(" ", "-")
            change = {"id": key, "key": key, "room": message.room, "target": message.seq}
            if chance < _EDIT_CHANCE:
                return {"type": "edit", "text": f"{message.text} ({key})", **change}
            if chance < _EDIT_CHANCE + _REACT_CHANCE:
                emoji = self.memory.random.choice(_EMOJIS)
                return {"type": "react", "emoji": emoji, "on": True, **change}
            self._own.remove(message)
            return {"type": "delete", **change}
        text = next(self.memory.texts)
        rooms = [room for room in self.memory.rooms if room != self._wanders]
        key, room = text.replace(" ", "-"), self.memory.random.choice(rooms)
        return {
            "type": "say",
            "id": key,
            "key": key,
            "room": room,
            "text": f"{text} ({'.' * self.memory.padding})",
        }


class LineMind:
    """Comes back by `/resume`, and catches up by `/since`; what was not receipted is not sent again."""

    _MESSAGE = re.compile(r"\[#(\S+) (\d+)\] \d\d:\d\d <(\S+)> (.*)")
    _EDITED = re.compile(r"\(edited (\d+)\) .*")
    _MARKS = re.compile(r"^(?:\((?:edited|deleted|\S+\d+(?: \S+\d+)*)\) ?)+")
    _RECEIPT = re.compile(r"\* stored #(\S+) (\d+)")
    _COMPLETE = re.compile(r"\* complete #(\S+) (\d+)")
    _GAP = re.compile(r"\* gap #(\S+) (\d+) \d+; /since")
    _GREETING = re.compile(r"\* You are \S+ \(guest\)\.(?:.* /resume ([-\w]+))?")

    def __init__(self, memory: Memory) -> None:
        self.memory = memory
        self.outgoing: list[str] = []
        """Lines that are to be sent, in order."""
        self._home = memory.random.choice(memory.rooms)
        """The room that it talks in."""
        self._code: str | None = None
        self._in_flight: deque[str] = deque()
        self._holes: dict[str, int] = {}
        """Where something was left out, and is being fetched: the seq before it, by room."""
        self._catching_up: set[str] = set()
        self._since: Counter[str] = Counter()
        """How many `/since` of a room have not been answered yet."""
        self._begun_anew: set[str] = set()
        """Rooms whose answer that comes now has gone back."""

    @property
    def waiting(self) -> int:
        """Messages that it still wants an answer for, and holes that it still wants filled."""
        return len(self._in_flight) + len(self._holes)

    def begin(self) -> None:
        """There is a new connection."""
        self._in_flight.clear()
        name = self.memory.journal.client
        commands = ["/numbers on", "/receipts on", f"/resume {self._code}" if self._code else f"/nick {name}"]
        for room in self.memory.rooms:
            self.memory.open(room)
            commands += [] if self._code or room == "lobby" else [f"/join {room}"]
            position = min(self.memory.positions[room], self._holes.get(room, 2**63))
            commands.append(f"/since {room} {position}")
        commands.append(f"/switch {self._home}")
        self._since = Counter(self.memory.rooms)
        self._begun_anew.clear()
        self._catching_up = set(self.memory.rooms)
        self.outgoing[:] = commands

    def act(self) -> None:
        """Perhaps say something."""
        memory = self.memory
        if memory.talking and memory.connected and len(self._in_flight) < _IN_FLIGHT:
            text = next(memory.texts)
            self._in_flight.append(text)
            self.outgoing.append(f"{text} ({'.' * memory.padding})")

    def hear(self, line: str) -> None:
        """This line came. EOFError: it wants another connection."""
        if found := self._MESSAGE.fullmatch(line):
            room, seq, author, text = found.groups()
            if edited := self._EDITED.fullmatch(text):
                self._see(Message(room, int(seq), author, edited[1], "edited"))
            else:
                self._see(Message(room, int(seq), author, unedited(self._MARKS.sub("", text))))
        elif found := self._RECEIPT.fullmatch(line):
            room, seq = found[1], int(found[2])
            self.memory.acknowledge(Message(room, seq, self.memory.journal.client, self._in_flight.popleft()))
            # After a hole that is still to be announced, or filled, it is no place to come back from.
            if room not in self._catching_up and seq == self.memory.positions[room] + 1:
                self.memory.positions[room] = seq
        elif found := self._GREETING.match(line):
            self._code = found[1] or self._code
        elif found := self._GAP.match(line):
            room = found[1]
            self.memory.journal.gaps += 1
            self._holes[room] = min(int(found[2]) - 1, self._holes.get(room, 2**63))
            self._since[room] += 1
            self._catching_up.add(room)
            self.outgoing.append(f"/since {room} {self._holes[room]}")
        elif found := self._COMPLETE.match(line):
            room, head = found[1], int(found[2])
            self._since[room] -= 1
            self._begun_anew.discard(room)
            self._holes.pop(room, None)
            self._catching_up.discard(room)
            self.memory.positions[room] = max(self.memory.positions[room], head)
            self.memory.connected = not self._catching_up
        elif line.startswith("! unavailable"):
            raise EOFError
        elif line.startswith(("! ", "* gap")) and "The last line had no end" not in line:
            self.memory.complain(f"A refusal or gap that nobody earned: {line}")

    def _see(self, message: Message) -> None:
        # Coming back makes every room live at once, and each /since then begins it anew, once.
        room = message.room
        anew = self._since[room] > 0 and room not in self._begun_anew
        if anew and message.seq <= self.memory.last_seen(room):
            self._begun_anew.add(room)
            self.memory.open(room)
        self.memory.see(message, whole=room not in self._catching_up)
