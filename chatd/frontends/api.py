"""The API: every command as `POST /api/<command>`, answered as on the WebSocket."""

from msgspec.structs import replace
from twisted.web.resource import Resource
from twisted.web.server import Request

from chatd.frontends import login, openapi
from chatd.frontends.asking import ask
from chatd.frontends.events import Events
from chatd.frontends.login import LOGINS
from chatd.frontends.requests import (
    Caller,
    answer_later,
    as_error,
    as_json,
    body_fault,
    body_of,
    idempotency_key,
    refusal,
)
from chatd.frontends.websocket import WebSocketFrontend
from chatd.model import (
    CLOSINGS,
    COMMANDS,
    ChatError,
    Close,
    Code,
    Command,
    Error,
)
from chatd.wires import json

KEYED = tuple(kind for kind in COMMANDS.values() if "key" in kind.__struct_fields__)


def make_api(frontend: WebSocketFrontend) -> Resource:
    """Everything below `/api/`."""
    return Api(frontend)


class Api(Resource):
    """The calls below `/api/`; whatever comes is answered in JSON."""

    def __init__(self, frontend: WebSocketFrontend) -> None:
        super().__init__()
        self._frontend = frontend
        self._document = Document()
        self._events = Events(frontend)

    def getChild(self, path: bytes, request: Request) -> Resource:
        name = path.decode("latin-1")
        if name == "openapi.json" and not request.postpath:
            return self._document
        if name == "events" and not request.postpath:
            return self._events
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
        fault = body_fault(request)
        if fault is not None:
            return refusal(request, fault, 415)
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
            answer = await ask(caller, command)
        finally:
            registry.doors.leave(caller.address)
        if isinstance(answer, Error):
            return as_error(request, answer)
        return as_json(request, json.encode(answer))


def _command(request: Request, name: str) -> Command | json.Malformed:
    """The command that the request is; raises ChatError."""
    command = json.decode_body(name, body_of(request) or b"{}")
    if not isinstance(command, KEYED) or getattr(command, "key", None) is not None:
        return command
    key = idempotency_key(request)
    return command if key is None else replace(command, key=key)
