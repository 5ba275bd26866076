"""docs/protocol.md is true and complete: its examples are played, and its words are those of the model."""

import json
import re
import typing
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import NamedTuple

import msgspec
import pytest
import pytest_twisted
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import TCP4ClientEndpoint

from chatd.auth import Argon2Auth
from chatd.bus import LocalBus
from chatd.core.accounts import Accounts
from chatd.core.registry import Registry
from chatd.frontends.gate import Gate
from chatd.frontends.http import make_site
from chatd.frontends.login import LOGINS
from chatd.frontends.outbox import Flusher
from chatd.frontends.websocket import WebSocketFrontend
from chatd.model import (
    CLOSINGS,
    COMMANDS,
    EVENTS,
    HTTP_STATUS,
    Code,
    Colour,
    Level,
    Limits,
    Notice,
    RoomRole,
    ServerRole,
)
from chatd.model.answers import answers_to
from chatd.storage.threads import open_store
from tests.peers import Json, WebSocketPeer, reactor

DOCUMENT = (Path(__file__).parents[2] / "docs" / "protocol.md").read_text(encoding="utf-8")

NOW = 1_764_000_000_000
"""When everything in the document happens."""

DIFFERENT = "…"
"""Stands in the document for what differs each time."""

BLOCK = re.compile(r"^```(chat|json)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SPOKEN = re.compile(r"(?P<who>[a-z]*)(?P<way>[<>]) (?:close (?P<code>\d+)|(?P<object>\{.*\}))")
ROW = re.compile(r"^\| (.+) \|$", re.MULTILINE)
CODE_SPAN = re.compile(r"`([^`\n]+)`")
WORD = re.compile(r"[a-z_]\w*")


class Spoken(NamedTuple):
    """One line of a conversation in the document."""

    who: str
    received: bool
    text: str
    """The JSON object, as it is written; empty for a closing."""
    close_code: int | None

    @property
    def object(self) -> Json:
        return typing.cast(Json, json.loads(self.text))


def conversation() -> Iterator[Spoken]:
    """Every line of every conversation, in order."""
    for kind, body in BLOCK.findall(DOCUMENT):
        if kind == "chat":
            for line in body.splitlines():
                match = SPOKEN.fullmatch(line)
                assert match is not None, f"This is no line of a conversation: {line}"
                code = None if match["code"] is None else int(match["code"])
                yield Spoken(match["who"] or "alice", match["way"] == "<", match["object"] or "", code)


def examples() -> Iterator[Json]:
    """Every event that the document shows, played or not."""
    for kind, body in BLOCK.findall(DOCUMENT):
        if kind == "json":
            yield json.loads(body)
    for spoken in conversation():
        if spoken.received and spoken.text:
            yield spoken.object


def answers() -> Iterator[tuple[str, Json]]:
    """What each command of a conversation is answered with, where that is no refusal."""
    asked: dict[tuple[str, object], str] = {}
    for spoken in conversation():
        if spoken.text and not spoken.received:
            asked[spoken.who, spoken.object.get("id")] = spoken.object["type"]
        elif spoken.text and spoken.object["type"] in ("ok", "pong") and "id" in spoken.object:
            yield asked[spoken.who, spoken.object["id"]], spoken.object


def test_each_command_is_answered_as_the_model_says() -> None:
    found = set()
    for word, answer in answers():
        kinds = [
            {field.encode_name for field in msgspec.structs.fields(kind)}
            for kind in answers_to(COMMANDS[word])
        ]
        assert any(answer.keys() - {"type"} <= names for names in kinds), (word, answer)
        found.add(word)
    assert COMMANDS.keys() - found <= {
        "claim",
        "draw",
        "closereport",
        "lockdown",
        "listusers",
        "limits",
        "invitecode",
        "invitecodes",
        "uninvitecode",
    }


# The conversations.


class Stack:
    """The WebSocket frontend and everything behind it, in a world where time passes when it is told to."""

    def __init__(self, data: Path) -> None:
        limits = Limits()
        bus = LocalBus()
        self.now = NOW
        self.store = open_store(data, reactor=reactor, clock=lambda: NOW, publish=bus.publish)
        self.auth = Argon2Auth(reactor)
        accounts = Accounts(self.store, self.auth, limits, guests=True, registration=True)
        self.faults: list[object] = []
        self.registry = Registry(self.store, accounts, limits, spawn=self._spawn, report=self.faults.append)
        bus.subscribe(self.registry.publish)
        self.frontend = WebSocketFrontend(
            self.registry,
            Gate((), ()),
            Flusher(reactor, stalled_seconds=limits.owed_seconds),
            allow_plaintext_login=False,
        )
        self.site = make_site(self.frontend)
        self.port = reactor.listenTCP(0, self.site, interface="127.0.0.1")
        self.registry.tick(self.now)

    def _spawn(self, work: typing.Coroutine[typing.Any, typing.Any, None]) -> None:
        Deferred.fromCoroutine(work).addErrback(self.faults.append)

    def let_pass(self, milliseconds: int) -> None:
        self.now += milliseconds
        self.registry.tick(self.now)

    async def connect(self) -> WebSocketPeer:
        port = self.port.getHost().port
        return await WebSocketPeer.connect(TCP4ClientEndpoint(reactor, "127.0.0.1", port), port)

    async def close(self) -> None:
        await self.port.stopListening()
        await self.store.close()
        self.auth.close()


@pytest_twisted.async_yield_fixture
async def stack(tmp_path: Path) -> AsyncIterator[Stack]:
    stack = Stack(tmp_path)
    yield stack
    await stack.close()
    assert stack.faults == []


class Stage:
    """The clients of the document, and the last secrets that any of them was given."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self._peers: dict[str, WebSocketPeer] = {}
        self._given = dict.fromkeys(("token", "code", "session"), "")

    async def play(self, spoken: Spoken) -> None:
        """Send a command, or compare what a client receives next."""
        if spoken.received:
            await self._receive(spoken)
            return
        self._stack.let_pass(2_000)  # so that what came before is told, and nobody is too fast
        if spoken.who not in self._peers:
            await self._connect(spoken.who)
            await self._peers[spoken.who].inbox.next()  # `welcome`, which the document shows once
        command = spoken.text
        for name, secret in self._given.items():
            command = command.replace(f'"{name}":"{DIFFERENT}"', f'"{name}":"{secret}"')
        self._peers[spoken.who].send_raw(command.encode())

    async def _receive(self, spoken: Spoken) -> None:
        if spoken.who not in self._peers:
            await self._connect(spoken.who)
        peer = self._peers[spoken.who]
        if spoken.close_code is not None:
            assert await peer.inbox.rest() == []
            assert spoken.close_code == peer.close_code
            del self._peers[spoken.who]
            return
        text = await peer.inbox.next()
        event = json.loads(text)
        self._given.update((name, event[name]) for name in self._given if name in event)
        assert spoken.text == _written(text, spoken.object)

    async def _connect(self, who: str) -> None:
        self._peers[who] = await self._stack.connect()

    async def nothing_is_left_out(self) -> None:
        """Whatever came to anybody stood in the document."""
        for peer in self._peers.values():
            peer.send({"type": "ping", "id": "last"})
        for who, peer in self._peers.items():
            assert (who, {"type": "pong", "id": "last"}) == (who, await peer.receive())

    async def close(self) -> None:
        for peer in self._peers.values():
            peer.close()
            await peer.closed


def _written(frame: str, example: Json) -> str:
    """What came, with `…` wherever the document has it."""
    written = json.dumps(example, ensure_ascii=False, separators=(",", ":"))
    for name in re.findall(rf'"(\w+)":"{DIFFERENT}"', written):
        frame = re.sub(rf'"{name}":"[^"]+"', f'"{name}":"{DIFFERENT}"', frame)
    return frame


@pytest_twisted.ensureDeferred
async def test_every_conversation_happens_as_written(stack: Stack) -> None:
    stage = Stage(stack)
    for spoken in conversation():
        await stage.play(spoken)
    await stage.nothing_is_left_out()
    await stage.close()


# The words.


def shapes(example: Json) -> list[type[msgspec.Struct]]:
    """The events that this is an example of: it decodes as one, with no field unknown, and encodes back."""
    found: list[type[msgspec.Struct]] = []
    for kind in EVENTS:
        if kind.__struct_config__.tag == example["type"]:
            try:
                event = msgspec.convert(example, kind)
            except msgspec.ValidationError:
                continue
            if json.loads(msgspec.json.encode(event)) == example:
                found.append(kind)
    return found


@pytest.mark.parametrize("example", list(examples()), ids=lambda example: example["type"])
def test_an_example_is_an_event_and_nothing_more(example: Json) -> None:
    assert shapes(example) != []


def test_every_command_has_an_example() -> None:
    played = {spoken.object["type"] for spoken in conversation() if not spoken.received}
    assert set(COMMANDS) - played == set()


def test_every_event_has_an_example() -> None:
    shown = {kind for example in examples() for kind in shapes(example)}
    assert [kind.__name__ for kind in EVENTS if kind not in shown] == []


def section(heading: str) -> str:
    """What stands under this heading, up to the next one."""
    match = re.search(rf"^### {heading}\n(.*?)(?=^#|\Z)", DOCUMENT, re.MULTILINE | re.DOTALL)
    assert match is not None, f"There is no section {heading}."
    return match[1]


def mentioned(text: str) -> set[str]:
    """The names in the examples and in `code spans` of a text."""
    prose = BLOCK.sub("", text)
    examples = "".join(body for _, body in BLOCK.findall(text))
    spans = " ".join(CODE_SPAN.findall(prose))
    return set(WORD.findall(spans)) | set(re.findall(r'"(\w+)":', examples))


def names_of(kind: type[msgspec.Struct]) -> set[str]:
    return {field.encode_name for field in msgspec.structs.fields(kind)}


@pytest.mark.parametrize("word", COMMANDS)
def test_a_command_is_described_field_by_field_in_its_own_section(word: str) -> None:
    assert names_of(COMMANDS[word]) - {"id"} - mentioned(section(word)) == set()


def test_every_field_of_every_event_is_described() -> None:
    words = mentioned(DOCUMENT)
    missing = {
        f"{kind.__name__}.{name}"
        for kind in all_structs(EVENTS)
        for name in names_of(kind)
        if name not in words
    }
    assert missing == set()


def all_structs(kinds: typing.Iterable[type[msgspec.Struct]]) -> set[type[msgspec.Struct]]:
    """These, and those inside them."""
    found: set[type[msgspec.Struct]] = set()
    waiting: list[object] = list(kinds)
    while waiting:
        kind = waiting.pop()
        if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
            if kind not in found:
                found.add(kind)
                waiting.extend(typing.get_type_hints(kind).values())
        else:
            waiting.extend(typing.get_args(kind))
    return found


def test_no_section_describes_what_does_not_exist() -> None:
    words = {str(kind.__struct_config__.tag) for kind in EVENTS} | set(COMMANDS)
    headings = set(re.findall(r"^### (\w+)$", DOCUMENT, re.MULTILINE))
    assert headings - words == set()


def test_no_word_is_used_that_does_not_exist() -> None:
    """Every name in an example or a code span that looks like one of the protocol's is one."""
    structs = all_structs([*EVENTS, *COMMANDS.values()])
    known = {name for kind in structs for name in names_of(kind)}
    known |= set(COMMANDS) | {str(kind.__struct_config__.tag) for kind in EVENTS} | {"type"}
    known |= {str(code) for code in Code} | set(Limits.__struct_fields__)
    known |= {
        "guests",
        "registration",
        "plaintext",
        "unowned",
        "founds",
        "guest",
        "user",
        "bot",
        "public",
        "private",
        "true",
        "web",
        "line",
        "stay",
        "go",
    }
    known |= {
        *typing.get_args(Notice),
        *typing.get_args(Colour),
        *typing.get_args(ServerRole),
        *typing.get_args(RoomRole),
        *typing.get_args(Level),
    }
    names = {span for span in CODE_SPAN.findall(BLOCK.sub("", DOCUMENT)) if re.fullmatch(r"[a-z_]+", span)}
    assert names - known == set()


# The tables.


def rows(first_heading: str) -> list[list[str]]:
    """The rows of the table whose first column is called so."""
    table = re.search(rf"^\| {first_heading} \|.*\n\|[-|]+\|\n((?:\|.*\n)+)", DOCUMENT, re.MULTILINE)
    assert table is not None, f"There is no table of {first_heading}."
    return [row.split(" | ") for row in ROW.findall(table[1])]


def test_the_codes_are_those_of_the_model() -> None:
    assert [str(code) for code in Code] == [CODE_SPAN.findall(row[0])[0] for row in rows("code")]


def test_what_may_be_noticed_is_what_the_model_says() -> None:
    assert list(typing.get_args(Notice)) == [CODE_SPAN.findall(row[0])[0] for row in rows("`what`")]


def test_the_http_statuses_are_those_of_the_model() -> None:
    documented = {name: int(row[1]) for row in rows("error") for name in CODE_SPAN.findall(row[0])}
    assert {str(code): status for code, status in HTTP_STATUS.items()} == documented


def test_the_closings_are_those_of_the_model() -> None:
    documented = {int(row[0]): row[2].startswith("yes") for row in rows("close code")}
    assert {closing.code: closing.come_back for closing in CLOSINGS.values()} == documented


def test_the_calls_over_http_are_those_of_the_server() -> None:
    served = {("POST", name) for name in (*LOGINS, "files")} | {("GET", "openapi"), ("GET", "events")}
    assert served == set(re.findall(r"(GET|POST) /api/(\w+)", DOCUMENT))
