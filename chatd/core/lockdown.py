"""Whether the server is closed to whoever is new, in memory, so that asking costs no read."""

from chatd.model import ChatError, Code, LockdownState, Locked, sanctioned


class Lockdown:
    """The one of the server, if there is one. Time is in milliseconds, by the registry's clock."""

    def __init__(self) -> None:
        self._state: LockdownState | None = None
        self._ends_at = 0

    def begin(self, locked: Locked, now: int) -> None:
        """It is in force from now on, in the place of what was."""
        self._state, self._ends_at = locked.state, now + locked.left_ms

    def end(self) -> None:
        """It is in force no longer."""
        self._state = None

    def state(self, now: int) -> LockdownState | None:
        """What is in force now; it ends by itself."""
        return self._state if now < self._ends_at else None

    def check(self, now: int, *, staff: bool = False) -> None:
        """Raise ChatError for whoever is new, unless they keep order on the server."""
        state = self.state(now)
        if state is not None and not staff:
            left_ms = self._ends_at - now
            text = sanctioned("The server is locked down", state.reason, left_ms)
            raise ChatError(Code.FORBIDDEN, text, retry_ms=left_ms)
