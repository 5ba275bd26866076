"""One command of a request, carried out by a session of its own."""

from typing import get_args

from twisted.internet.defer import Deferred, succeed

from chatd.core.ports import Frame, Wire
from chatd.core.session import Session
from chatd.frontends.requests import Caller
from chatd.model import CLOSINGS, Answer, ChatError, Close, Code, Command, Error, Event
from chatd.wires import json

ANSWERS: tuple[type[Answer], ...] = get_args(Answer)

CLOSED: dict[Close, Code] = {Close.BANNED: Code.BANNED, Close.LOGGED_OUT: Code.NOT_LOGGED_IN}
"""What a request is refused with whose session ends before it has its answer; otherwise `unavailable`."""


async def ask(caller: Caller, command: Command) -> Answer:
    """The answer, which may be an `error`; raises ChatError where nobody is known to ask."""
    if caller.token is None:
        raise ChatError(
            Code.NOT_LOGGED_IN, "Say who you are: Authorization: Bearer TOKEN, or a page's cookie."
        )
    registry = caller.registry
    account = await registry.accounts.by_token(caller.token, caller.address, registry.now)
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
    session.serve(command, account, registry.accounts.digest(caller.token))
    try:
        return await client.answered
    finally:
        session.lost()


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
