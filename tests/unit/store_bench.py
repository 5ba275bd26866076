"""Both stores, for the suites that are run over each of them."""

from collections.abc import Awaitable
from dataclasses import dataclass, field
from typing import Protocol

import pytest
from twisted.internet.defer import Deferred

from chatd.core import ports
from chatd.model import ChatError, Code, Draft, Entry, Footing, Said, User


class AnyStore(ports.Store, Protocol):
    """Both stores also give Deferreds, which a test may cancel."""

    def append(self, draft: Draft) -> Deferred[Said]: ...


@dataclass
class Bench:
    """A store, what it published, and the time it is told."""

    store: AnyStore
    published: list[Entry] = field(default_factory=list)
    now: int = 1_000


def allow(actor: Footing, other: Footing) -> None:
    """Refuses nothing."""


def refuse(actor: Footing, other: Footing) -> None:
    """Refuses whatever it is."""
    raise ChatError(Code.FORBIDDEN, "no")


async def purge(store: ports.Store, room: int, by: User, user: User) -> None:
    """Remove all that a user has said in a room."""
    await store.purge(room, user.id, by, "", allow)
    await store.finish_purges()


async def refusal(answer: Awaitable[object]) -> Code:
    """The code that this is refused with."""
    with pytest.raises(ChatError) as caught:
        await answer
    return caught.value.code
