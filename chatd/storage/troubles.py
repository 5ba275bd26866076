"""What the database could not do, told to the operator once and not for every message."""

import time

from twisted.logger import Logger
from twisted.python.failure import Failure

from chatd.storage.dialect import DATABASE_ERRORS, TransactionLost

SILENT_SECONDS = 60.0
"""How long the same trouble is not logged again: on a full disk every write fails, and logs fill it more."""

_log = Logger()


class Troubles:
    """Those of one kind of work."""

    def __init__(self, what: str) -> None:
        """`what` is what cannot be done: `write`, `read`."""
        self._what = what
        self._last = ""
        self._silent_until = 0.0

    def tell(self, trouble: Failure) -> None:
        """Log it, unless it was logged just now; a bug of ours always, and with its traceback."""
        error: object = trouble.value
        if isinstance(error, TransactionLost):
            error = error.__cause__
        if not isinstance(error, DATABASE_ERRORS):
            _log.failure("Cannot {what}: {log_failure.value}", failure=trouble, what=self._what)
            return
        reason, now = str(getattr(error, "orig", None) or error), time.monotonic()
        if reason != self._last or now >= self._silent_until:
            self._last, self._silent_until = reason, now + SILENT_SECONDS
            _log.error("Cannot {what}: {reason}", what=self._what, reason=reason)
