"""Closing the server to whoever is new, until a time, and opening it again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatd.core.people import Person
from chatd.core.permissions import ServerAction, check_server
from chatd.model import Answer, Footing, LockDown, LockedDown, valid_reason

if TYPE_CHECKING:
    from chatd.core.session import Session


async def lock_down(session: Session, person: Person, command: LockDown) -> Answer:
    """Begin it anew, or end it with 0 minutes; without minutes, tell what is."""
    registry, reason = session.registry, valid_reason(command.reason)
    lockdown, store, me = registry.accounts.lockdown, registry.store, person.user
    check_server(ServerAction.LOCKDOWN, person.role)
    if command.minutes is not None and command.minutes > 0:
        locked = await store.lock_down(command.minutes, command.slow_seconds, reason, me, _decide)
        lockdown.begin(locked, registry.now)
    elif command.minutes is not None:
        await store.open_up(me, _decide)
        lockdown.end()
    return LockedDown(id=command.id, lockdown=lockdown.state(registry.now))


def _decide(actor: Footing, same: Footing) -> None:
    check_server(ServerAction.LOCKDOWN, actor.server)
