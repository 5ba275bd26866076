"""`POST /hook/SECRET`: what other programs send is said in a room."""

from twisted.web.http import parse_qs
from twisted.web.resource import Resource
from twisted.web.server import Request

from chatd.core.hooks import Hooks
from chatd.frontends.requests import Caller, answer_later, as_json, body_of, idempotency_key
from chatd.frontends.websocket import WebSocketFrontend
from chatd.model import Stored
from chatd.wires import json
from chatd.wires.hooks import text_of

FORM = "application/x-www-form-urlencoded"
"""What curl calls whatever it sends; and how Slack's senders once wrapped their JSON."""


class HookPlaces(Resource):
    """Everything below `/hook/`."""

    isLeaf = True
    methods = (b"POST",)

    def __init__(self, frontend: WebSocketFrontend) -> None:
        super().__init__()
        self._frontend = frontend
        self._hooks = Hooks(frontend.registry)

    def render(self, request: Request) -> int:
        return answer_later(request, lambda: self._say(request))

    async def _say(self, request: Request) -> bytes:
        registry = self._frontend.registry
        caller = Caller(self._frontend, request)
        registry.admit(caller.address)
        try:
            kind = (request.getHeader("content-type") or "").partition(";")[0].strip().lower()
            body = body_of(request)
            if kind == FORM and body.startswith(b"payload="):
                kind, body = "application/json", parse_qs(body)[b"payload"][0]
            text = text_of(kind, body, request.getHeader("x-github-event"))
            secret = request.path.decode("latin-1").rpartition("/")[2]
            key = idempotency_key(request)
            said = await self._hooks.say(secret, text, key, caller.address)
        finally:
            registry.doors.leave(caller.address)
        return as_json(request, json.encode(Stored(room=said.room, seq=said.seq, at=said.at)))
