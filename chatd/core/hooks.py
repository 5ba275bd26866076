"""Speaking in a room by an address: what comes there, a bot says."""

from chatd.core.rates import Bucket
from chatd.core.registry import Registry
from chatd.model import ChatError, Code, Draft, Said

CUT = " …"


class Hooks:
    """Every address that has been spoken by, and how fast."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._pace: dict[int, Bucket] = {}
        """By bot; those who have been silent for long are forgotten."""

    async def say(self, secret: str, text: str, key: str | None, address: str) -> Said:
        """Say it where the secret belongs, if the store finds that the bot may; raises ChatError."""
        registry = self._registry
        registry.accounts.check_address(address, registry.now)
        found = await registry.store.hooked(registry.accounts.digest(secret))
        if found is None:
            registry.accounts.count_failure(address, registry.now)
            raise ChatError(Code.WRONG_CODE, "This address is unknown, or has ended.")
        bot, room = found
        if not text:
            raise ChatError(Code.BAD_REQUEST, "There is nothing in that message.")
        pace = self._pace_of(bot.id)
        if not pace.take(registry.now):
            raise ChatError(
                Code.TOO_FAST, "That was said too fast. Wait a moment.", retry_ms=pace.wait_ms(registry.now)
            )
        most = registry.limits.text_chars
        if most and len(text) > most:
            text = text[: max(0, most - len(CUT))] + CUT
        return await registry.store.append(Draft(room, bot, text, key))

    def _pace_of(self, bot: int) -> Bucket:
        now, limits = self._registry.now, self._registry.limits
        self._pace = {one: pace for one, pace in self._pace.items() if one == bot or not pace.full(now)}
        return self._pace.setdefault(bot, Bucket(limits.say_per_second, limits.say_burst))
