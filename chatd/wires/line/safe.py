"""Making text that somebody else wrote safe for a terminal."""

import re

_UNSAFE = re.compile(
    r"[\x00-\x08\x0a-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
)
# C0 without TAB, DEL and C1 drive the terminal; U+2028/9 break lines in some viewers; the bidi controls
# (Unicode UAX #9, section 2) reorder what stands beside them; a lone surrogate has no UTF-8 form.


def visible(text: str) -> str:
    """The text with everything that is not shown, but acts, written out: `\\x1b`, `\\u202e`. TAB passes."""
    return _UNSAFE.sub(_written_out, text)


def quoted(text: str) -> str:
    """Free text inside a line of ours: in double quotes that it cannot close."""
    return '"' + visible(text.replace("\\", "\\\\").replace('"', '\\"')) + '"'


def _written_out(found: re.Match[str]) -> str:
    code = ord(found[0])
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"
