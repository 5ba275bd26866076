"""How long something still holds, in words."""

MINUTE_MS = 60_000


def sanctioned(what: str, reason: str, left_ms: int | None) -> str:
    """`what`, for how much longer, and why, as sentences."""
    return f"{what}{_left(left_ms)}.{f' Reason: {reason}' if reason else ''}"


def _left(left_ms: int | None) -> str:
    if left_ms is None:
        return ""
    minutes = -(-left_ms // MINUTE_MS)
    for unit, length in (("day", 1_440), ("hour", 60)):
        if minutes >= 2 * length:
            return f" for {-(-minutes // length)} more {unit}s"
    return f" for {minutes} more minute{'' if minutes == 1 else 's'}"
