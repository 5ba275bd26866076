"""How often something may happen: token buckets, with time as an argument."""

from collections.abc import Hashable

from chatd.model import ChatError, Code

MINUTE_MS = 60_000


class Bucket:
    """Allows `per_second` in the long run and `burst` at once; a rate of 0 allows everything."""

    __slots__ = ("_at", "_burst", "_level", "_per_ms")

    def __init__(self, per_second: float, burst: float) -> None:
        self._per_ms = per_second / 1000
        self._burst = max(burst, 1)
        self._level = self._burst
        self._at = 0

    def _fill(self, now: int) -> None:
        self._level = min(self._burst, self._level + max(0, now - self._at) * self._per_ms)
        self._at = now

    def wait_ms(self, now: int) -> int:
        """Milliseconds until `take` succeeds; 0 when it would succeed now."""
        if not self._per_ms:
            return 0
        self._fill(now)
        return 0 if self._level >= 1 else int((1 - self._level) / self._per_ms) + 1

    def take(self, now: int) -> bool:
        """Use one, if there is one."""
        if self.wait_ms(now):
            return False
        self._level -= 1
        return True

    def full(self, now: int) -> bool:
        """Whether it says nothing any more that a new bucket would not say."""
        self._fill(now)
        return self._level >= self._burst


class Rates:
    """One bucket per key, each allowing `per_minute`; what is full again is forgotten."""

    def __init__(self, per_minute: int) -> None:
        self._per_minute = per_minute
        self._buckets: dict[Hashable, Bucket] = {}

    def _bucket(self, key: Hashable) -> Bucket:
        bucket = self._buckets.get(key)
        if bucket is None:
            bucket = self._buckets[key] = Bucket(self._per_minute / 60, self._per_minute)
        return bucket

    def check(self, key: Hashable, now: int, text: str) -> None:
        """Raise ChatError `too_fast` with this sentence when nothing is left for the key."""
        if self._per_minute and (wait := self._bucket(key).wait_ms(now)):
            raise ChatError(Code.TOO_FAST, text, retry_ms=wait)

    def count(self, key: Hashable, now: int) -> None:
        """Use one of the key's, if one is left."""
        if self._per_minute:
            self._bucket(key).take(now)

    def forget(self, now: int) -> None:
        """Drop the keys that nothing is held against; called about once a minute."""
        for key in [key for key, bucket in self._buckets.items() if bucket.full(now)]:
            del self._buckets[key]

    def __len__(self) -> int:
        return len(self._buckets)


class Doors:
    """Who may connect: open connections and new ones per minute, by address."""

    def __init__(self, at_once: int, per_minute: int) -> None:
        self._at_once = at_once
        self._arrivals: Rates = Rates(per_minute)
        self._open: dict[str, int] = {}

    def enter(self, address: str, now: int) -> None:
        """Count a new connection; raises ChatError `too_many` or `too_fast`, and then counts nothing."""
        count = self._open.get(address, 0)
        if self._at_once and count >= self._at_once:
            raise ChatError(Code.TOO_MANY, "Too many connections are open from your address. Close one.")
        self._arrivals.check(address, now, "Too many new connections come from your address. Wait a moment.")
        self._arrivals.count(address, now)
        self._open[address] = count + 1

    def leave(self, address: str) -> None:
        """A connection that had entered has ended."""
        count = self._open[address] - 1
        if count:
            self._open[address] = count
        else:
            del self._open[address]

    def forget(self, now: int) -> None:
        """Drop what is held about addresses that did nothing lately."""
        self._arrivals.forget(now)
