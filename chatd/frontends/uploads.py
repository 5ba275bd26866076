"""Bodies that come in by HTTP: each is written to the disk as it comes, and never held in memory.

`PUT /api/put/CODE` takes what somebody was given an address for. `PUT /api/files/ROOM/NAME`, `POST
/api/files?room=…&name=…`, `PUT /api/icon` and `PUT /api/icon/ROOM` ask for such an address themselves. Who
asks and whether there is room is decided before the body is read; then slices of it go to threads, and the
connection is not read while too much waits.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import unquote_to_bytes

import msgspec
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IDelayedCall, IReactorTime
from twisted.logger import Logger
from twisted.web.http import parse_qs

from chatd.core.tickets import IconTicket, Ticket
from chatd.core.uploads import Intake, Uploads
from chatd.frontends.asking import ask
from chatd.frontends.requests import (
    Caller,
    LimitedRequest,
    as_json,
    connection,
    early_refusal,
    idempotency_key,
    refusal,
)
from chatd.frontends.websocket import WebSocketFrontend
from chatd.model import ChatError, Code, Error, Icon, RoomRef, Upload, UploadPlace
from chatd.wires import json

if TYPE_CHECKING:
    from chatd.core.registry import Registry

log = Logger()

SLICE_BYTES = 64 * 1024
"""What is hashed and written at once, at least: as much as a read of a socket gives. So hundreds of slow
senders cost little memory; while a slice is written, more may come together."""
WAITING_BYTES = 256 * 1024
"""More than this, and what arrived with it, does not wait beside the slice that is being written."""
LINGER_SECONDS = 3
"""How long a refused body is read on, so that its sender reads the refusal instead of a reset."""
TEXTS = ("room", "name", "text", "key")


class UploadSite:
    """What all uploads share."""

    def __init__(self, frontend: WebSocketFrontend, uploads: Uploads, reactor: IReactorTime) -> None:
        self.frontend = frontend
        self.uploads = uploads
        self.reactor = reactor

    def take(
        self, request: LimitedRequest, method: bytes, target: bytes, length: int | None
    ) -> Taking | None:
        """Who takes the body of this request; None for one that is no upload. Called before it comes."""
        path, _, query = target.partition(b"?")
        sends = method == b"PUT"
        if (
            path.startswith((b"/api/put/", b"/api/files/", b"/api/icon/")) or path == b"/api/icon"
            if sends
            else (method, path) == (b"POST", b"/api/files")
        ):
            return Taking(self, request, path, query, length, sends=sends)
        return None


class Taking:
    """One body that comes in."""

    def __init__(
        self,
        site: UploadSite,
        request: LimitedRequest,
        path: bytes,
        query: bytes,
        length: int | None,
        *,
        sends: bool,
    ) -> None:
        """`sends`: what comes becomes a message by itself."""
        self._site = site
        self._request = request
        self._path = path
        self._query = {_text(name): _text(values[0]) for name, values in parse_qs(query).items()}
        self._sends = sends
        self._length = length
        self._intake: Intake | None = None
        self._waiting: list[bytes] = []
        self._waiting_bytes = 0
        self._whole = False
        self._lost = False
        self._refused = False
        self._paused = False
        self._more: Deferred[None] | None = None
        self._lingering: IDelayedCall | None = None
        self._expects = (request.getHeader("expect") or "").lower() == "100-continue"
        request.requestHeaders.removeHeader("expect")  # Twisted would ask for the body before we do

    def begin(self) -> None:
        """The headers are there."""
        self._pause()
        Deferred.fromCoroutine(self._run())

    # What comes in.

    def chunk(self, data: bytes) -> None:
        """Some of the body."""
        if self._refused:
            return
        self._waiting.append(data)
        self._waiting_bytes += len(data)
        if self._waiting_bytes >= WAITING_BYTES:
            self._pause()
        if self._waiting_bytes >= SLICE_BYTES:
            self._wake()

    def whole(self) -> None:
        """That was all of it."""
        self._whole = True
        if self._refused:
            self._end()
        else:
            self._wake()

    def lost(self) -> None:
        """The connection is gone."""
        self._lost = True
        if self._lingering is not None:
            self._lingering.cancel()
            self._lingering = None
        self._wake()

    # What becomes of it.

    async def _run(self) -> None:
        try:
            body = await self._take()
        except ChatError as error:
            self._refuse(error)
        except Exception:
            log.failure("an upload failed")
            self._refuse(ChatError(Code.INTERNAL, "Something went wrong on our side. Try again."))
        else:
            if body is not None and not self._lost:
                self._request.setHeader("Content-Length", str(len(body)))
                self._request.write(body)
                self._request.finish()

    async def _take(self) -> bytes | None:
        site = self._site
        registry = site.frontend.registry
        site.uploads.check_length(self._length)
        caller = Caller(site.frontend, self._request)
        registry.admit(caller.address)
        try:
            ticket = await self._ticket(caller)
            if self._lost:
                return None
            self._intake = await site.uploads.begin(ticket, self._length)
            if self._expects and not self._whole:
                connection(self._request).write(b"HTTP/1.1 100 Continue\r\n\r\n")
            self._resume()
            while await self._next():
                await self._intake.write(self._slice())
            if not self._whole:
                return None
            registry.sanctions.check_person(ticket.user.id, registry.now)
            uploaded = await self._intake.finish()
        finally:
            registry.doors.leave(caller.address)
            if self._intake is not None:
                await self._intake.abort()
        self._request.setResponseCode(201)
        return as_json(self._request, json.encode(uploaded))

    async def _next(self) -> bool:
        """Wait for a slice; False where no more comes."""
        while True:
            if self._lost and not self._whole:
                return False
            if self._waiting_bytes >= SLICE_BYTES or (self._whole and self._waiting):
                return True
            if self._whole:
                return False
            self._resume()
            self._more = Deferred()
            await self._more

    def _slice(self) -> bytes:
        data = b"".join(self._waiting)
        self._waiting.clear()
        self._waiting_bytes = 0
        return data

    async def _ticket(self, caller: Caller) -> Ticket | IconTicket:
        registry = caller.registry
        place, _, rest = self._path.removeprefix(b"/api/").partition(b"/")
        if place == b"put":
            registry.accounts.check_address(caller.address, registry.now)
            return self._opened(registry, caller, _text(rest))
        command = _icon(rest) if place == b"icon" else self._command(rest)
        answer = await ask(caller, command)
        if isinstance(answer, Error):
            raise ChatError(answer.code, answer.text, answer.retry_ms)
        assert isinstance(answer, UploadPlace)
        return self._opened(registry, caller, answer.put.rpartition("/")[2])

    def _opened(self, registry: Registry, caller: Caller, code: str) -> Ticket | IconTicket:
        ticket = registry.tickets.take(registry.accounts.digest(code), registry.now)
        if ticket is None:
            registry.accounts.count_failure(caller.address, registry.now)
            raise ChatError(
                Code.WRONG_CODE, "This address is unknown, used or expired. Ask for another: /put NAME."
            )
        return ticket

    def _command(self, rest: bytes) -> Upload:
        """What the path and the query ask for; raises ChatError."""
        fields: dict[str, object] = {name: self._query[name] for name in TEXTS if name in self._query}
        if self._sends:
            room, _, name = (_text(unquote_to_bytes(part)) for part in rest.partition(b"/"))
            if not room or not name:
                raise ChatError(
                    Code.BAD_REQUEST, "Say where it goes and what it is called: /api/files/ROOM/NAME."
                )
            fields |= {"room": room, "name": name}
        if "room" in fields:
            fields["room"] = _room(str(fields["room"]))
        key = idempotency_key(self._request)
        if key is not None:
            fields.setdefault("key", key)
        try:
            return msgspec.convert(fields | {"type": "upload", "send": self._sends}, Upload)
        except msgspec.ValidationError as problem:
            raise ChatError(Code.BAD_REQUEST, f"{problem}.") from None

    # The connection.

    def _refuse(self, error: ChatError) -> None:
        """Answer at once, perhaps in the middle of the body, and close."""
        self._refused = True
        self._waiting.clear()
        if self._lost:
            return
        request = self._request
        if self._whole:
            body = refusal(request, error)
            request.setHeader("Content-Length", str(len(body)))
            request.write(body)
            request.finish()
            return
        connection(request).write(early_refusal(error, secure=request.isSecure()))
        if self._expects:
            self._end()
        else:
            self._resume()
            self._lingering = self._site.reactor.callLater(LINGER_SECONDS, self._end)

    def _end(self) -> None:
        if self._lingering is not None:
            if self._lingering.active():
                self._lingering.cancel()
            self._lingering = None
        if not self._lost:
            self._request.channel.loseConnection()

    def _pause(self) -> None:
        if not (self._paused or self._lost or self._whole):
            self._paused = True
            connection(self._request).pauseProducing()

    def _resume(self) -> None:
        if self._paused and not self._lost:
            self._paused = False
            connection(self._request).resumeProducing()

    def _wake(self) -> None:
        if self._more is not None:
            more, self._more = self._more, None
            more.callback(None)


def _icon(rest: bytes) -> Icon:
    """What the path asks for."""
    return Icon(room=_room(_text(unquote_to_bytes(rest))) if rest else None)


def _room(word: str) -> RoomRef:
    return int(word) if word.isdecimal() else word


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")
