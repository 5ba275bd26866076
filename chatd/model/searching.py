"""What is looked for, when every name in it is known."""

from msgspec import Struct

UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u2fdf\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
)
"""Thai, Lao, Burmese, Khmer, Han and kana, as ranges: scripts that put no spaces between words."""


class Sought(Struct, frozen=True):
    """All of this, in one message."""

    words: tuple[str, ...] = ()
    """Words, or several in this order."""
    letters: tuple[str, ...] = ()
    """The same in scripts without spaces: they may stand anywhere in the text."""
    by: int | None = None
    """Who said it."""
    room: int | None = None
    since: int | None = None
    """When: milliseconds since 1970, UTC."""
    until: int | None = None
    """Before then."""
    link: bool = False
    """There is a link in it."""
    best: bool = False
    """What fits best comes first, and not what is newest."""
