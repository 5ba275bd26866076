"""The API: every command as `POST /api/<command>`, answered as on the WebSocket."""

from typing import get_args

from msgspec.structs import replace
from twisted.internet.defer import Deferred, succeed
from twisted.web.resource import Resource
from twisted.web.server import Request

from chatd.core.ports import Frame, Wire
from chatd.core.session import Session
from chatd.frontends import login, openapi
from chatd.frontends.login import LOGINS
from chatd.frontends.requests import Caller, answer_later, as_error, as_json, json_body, refusal
from chatd.frontends.websocket import WebSocketFrontend
from chatd.model import (
    CLOSINGS,
    COMMANDS,
    Answer,
    ChatError,
    Close,
    Code,
    Command,
    Delete,
    Edit,
    Error,
    Event,
    Say,
    Topic,
)
from chatd.wires import json

ANSWERS: tuple[type[Answer], ...] = get_args(Answer)

KEYED = (Say, Edit, Delete, Topic)
KEY_CHARS_MOST = 64

CLOSED: dict[Close, Code] = {Close.BANNED: Code.BANNED, Close.LOGGED_OUT: Code.NOT_LOGGED_IN}
"""What a request is refused with whose session ends before it has its answer; otherwise `unavailable`."""


def make_api(frontend: WebSocketFrontend) -> Resource:
    """Everything below `/api/`."""
    return Api(frontend)


class Api(Resource):
    """The calls below `/api/`; whatever comes is answered in JSON."""

    def __init__(self, frontend: WebSocketFrontend) -> None:
        super().__init__()
        self._frontend = frontend
        self._document = Document()

    def getChild(self, path: bytes, request: Request) -> Resource:
        name = path.decode("latin-1")
        if name == "openapi.json" and not request.postpath:
            return self._document
        if request.postpath or (name not in COMMANDS and name not in LOGINS):
            return Nothing()
        return Call(self._frontend, name)

    def render(self, request: Request) -> bytes:
        return Nothing().render(request)


class Document(Resource):
    """What can be asked here, for programs."""

    isLeaf = True

    def __init__(self) -> None:
        super().__init__()
        self._data = openapi.document()

    def render(self, request: Request) -> bytes:
        if request.method not in (b"GET", b"HEAD"):
            request.setHeader("Allow", "GET, HEAD")
            return refusal(request, ChatError(Code.BAD_REQUEST, "This can only be read."), 405)
        return as_json(request, self._data)


class Nothing(Resource):
    """A place where there is nothing."""

    isLeaf = True

    def render(self, request: Request) -> bytes:
        word = request.path.decode("latin-1").removeprefix("/api/")[:40]
        return refusal(request, ChatError(Code.UNKNOWN_TYPE, f'There is no command "{word}".'), 404)


class Call(Resource):
    """One command, or one of a page's logins."""

    isLeaf = True

    def __init__(self, frontend: WebSocketFrontend, name: str) -> None:
        super().__init__()
        self._frontend = frontend
        self._name = name

    def render(self, request: Request) -> bytes | int:
        if request.method != b"POST":
            request.setHeader("Allow", "POST")
            return refusal(request, ChatError(Code.BAD_REQUEST, "A command comes by POST."), 405)
        return answer_later(request, lambda: self._carry_out(request))

    async def _carry_out(self, request: Request) -> bytes:
        call = LOGINS.get(self._name)
        if call is not None:
            return await login.carry_out(self._frontend, request, call)
        command = _command(request, self._name)
        if isinstance(command, json.Malformed):
            error = command.error
            return as_error(request, Error(id=command.id, code=error.code, text=error.text))
        caller = Caller(self._frontend, request)
        registry = self._frontend.registry
        if registry.stopping:
            raise ChatError(Code.UNAVAILABLE, CLOSINGS[Close.RESTART].text)
        registry.admit(caller.address)
        try:
            if caller.token is None:
                raise ChatError(
                    Code.NOT_LOGGED_IN, "Say who you are: Authorization: Bearer TOKEN, or a page's cookie."
                )
            answer = await self._ask(caller, caller.token, command)
        finally:
            registry.doors.leave(caller.address)
        if isinstance(answer, Error):
            return as_error(request, answer)
        return as_json(request, json.encode(answer))

    async def _ask(self, caller: Caller, token: str, command: Command) -> Answer:
        registry = caller.registry
        account = await registry.accounts.by_token(token, caller.address, registry.now)
        client = _Asking()
        session = Session(
            registry,
            client,
            frontend="web",
            address=caller.address,
            follow=False,
            passwords=caller.passwords,
            local=caller.local,
            shown=False,
        )
        session.serve(command, account, registry.accounts.digest(token))
        try:
            return await client.answered
        finally:
            session.lost()


def _command(request: Request, name: str) -> Command | json.Malformed:
    """The command that the request is; raises ChatError."""
    command = json.decode_body(name, json_body(request) or b"{}")
    key = request.getHeader("idempotency-key")
    if key is None or not isinstance(command, KEYED) or command.key is not None:
        return command
    key = key.strip().strip('"')
    if not 1 <= len(key) <= KEY_CHARS_MOST:
        raise ChatError(Code.BAD_REQUEST, f"An Idempotency-Key has 1 to {KEY_CHARS_MOST} characters.")
    return replace(command, key=key)


class _NoOutbox:
    """The outbox of one to whom no room is sent."""

    congested = False

    def __init__(self) -> None:
        self.wire: Wire = json.JsonWire()

    def put(self, frame: Frame) -> bool:
        """Owe nothing."""
        return True

    def drop_room(self, room: int) -> None:
        """Nothing is owed."""

    def drained(self) -> Deferred[None]:
        """Nothing is owed."""
        return succeed(None)


class _Asking:
    """The client of a session that is asked once."""

    def __init__(self) -> None:
        self.outbox = _NoOutbox()
        self.answered: Deferred[Answer] = Deferred()

    def send(self, event: Event) -> None:
        """Take the answer; nobody waits for anything else."""
        if isinstance(event, ANSWERS) and not self.answered.called:
            self.answered.callback(event)

    def read_on(self, wanted: bool) -> None:
        """There is nothing more to read."""

    def close(self, why: Close) -> None:
        """The session ends before there is an answer, or after it."""
        code = CLOSED.get(why, Code.UNAVAILABLE)
        self.send(Error(code=code, text=CLOSINGS[why].text))
