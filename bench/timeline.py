"""A picture of a run: what was acknowledged per second, and marks for what was done meanwhile."""

from collections import Counter
from collections.abc import Sequence

_WIDTH, _HEIGHT, _LEFT, _TOP = 960, 220, 50, 20
_COLOURS = {
    "SIGKILL": "#c0392b",
    "SIGTERM": "#d68910",
    "SIGSTOP": "#2471a3",
    "failing disk": "#7d3c98",
}


def draw(acknowledged: Sequence[float], events: Sequence[tuple[float, str]], seconds: float) -> str:
    """An SVG. `acknowledged` and `events`: seconds from the beginning, in order."""
    per_second = Counter(int(at) for at in acknowledged)
    most = max(per_second.values(), default=1)
    across = (_WIDTH - _LEFT - 10) / max(seconds, 1)
    bottom = _TOP + _HEIGHT

    def x(at: float) -> str:
        return f"{_LEFT + at * across:.1f}"

    points = " ".join(
        f"{x(second)},{bottom - per_second[second] / most * _HEIGHT:.1f}"
        for second in range(int(seconds) + 1)
    )
    marks = "".join(
        f'<path d="M{x(at)} {bottom + 4}v10" stroke="{_COLOURS[fault]}" stroke-width="1.5"/>'
        for at, fault in events
    )
    legend = "".join(
        f'<rect x="{_LEFT + 150 * place}" y="{bottom + 34}" width="10" height="10" fill="{colour}"/>'
        f'<text x="{_LEFT + 16 + 150 * place}" y="{bottom + 43}">{fault}</text>'
        for place, (fault, colour) in enumerate(_COLOURS.items())
    )
    return f"""\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {bottom + 56}"
 font-family="sans-serif" font-size="11">
<rect width="100%" height="100%" fill="#fff"/>
<path d="M{_LEFT} {_TOP}V{bottom}H{_WIDTH - 10}" fill="none" stroke="#999"/>
<text x="{_LEFT - 6}" y="{_TOP + 4}" text-anchor="end">{most}/s</text>
<text x="{_LEFT - 6}" y="{bottom}" text-anchor="end">0</text>
<text x="{_WIDTH - 10}" y="{bottom + 26}" text-anchor="end">{seconds:.0f} s</text>
<polyline points="{points}" fill="none" stroke="#1e8449"/>
{marks}
{legend}
</svg>
"""
