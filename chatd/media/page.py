"""What a page of the web says of itself: its title, and what Open Graph (ogp.me) adds to that.

This runs in the process that `worker` is: Python's parser takes quadratic time for some of what is no HTML.
"""

import codecs
from html.parser import HTMLParser
from typing import TypedDict
from urllib.parse import urljoin

TITLE_CHARS = 200
DESCRIPTION_CHARS = 400
SITE_CHARS = 80
URL_CHARS = 2_048

META_BYTES = 1_024
"""How far into a page it may say how it is encoded (HTML, 13.2.3.2)."""
STEP_CHARS = 16_384
"""A page is read in such pieces until its head is over."""

ENCODINGS = frozenset(
    "utf-8 utf-16-le utf-16-be cp1250 cp1251 cp1252 cp1253 cp1254 cp1255 cp1256 cp1257 cp1258 iso8859-1 "
    "iso8859-2 iso8859-3 iso8859-4 iso8859-5 iso8859-6 iso8859-7 iso8859-8 iso8859-9 iso8859-10 iso8859-13 "
    "iso8859-14 iso8859-15 iso8859-16 koi8-r koi8-u cp866 mac-roman shift_jis euc_jp iso2022_jp euc_kr "
    "gb2312 gbk gb18030 big5 big5hkscs tis-620".split()
)
"""What a browser reads, by Python's names; its other codecs do more than read."""
_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))

_TITLES = ("og:title", "twitter:title", "title")
_DESCRIPTIONS = ("og:description", "twitter:description", "description")
_SITES = ("og:site_name", "application-name")
_IMAGES = ("og:image:secure_url", "og:image", "og:image:url", "twitter:image", "twitter:image:src")
_NAMES = frozenset((*_TITLES, *_DESCRIPTIONS, *_SITES, *_IMAGES)) - {"title"}


class Said(TypedDict):
    """What was found; each may be empty, and is one line."""

    title: str
    site: str
    description: str
    image: str


def glimpse(data: bytes, charset: str, url: str) -> Said:
    """What the page says of itself whose bytes, or the first of them, came from `url` as `charset`."""
    head = _Head()
    text = data.decode(_encoding(data, charset), "replace").removeprefix("\ufeff")
    for start in range(0, len(text), STEP_CHARS):
        if head.over:
            break
        head.feed(text[start : start + STEP_CHARS])
    return {
        "title": _line(head.first(_TITLES), TITLE_CHARS),
        "site": _line(head.first(_SITES), SITE_CHARS),
        "description": _line(head.first(_DESCRIPTIONS), DESCRIPTION_CHARS),
        "image": _address(url, head.first(_IMAGES)),
    }


class _Head(HTMLParser):
    """Reads a page until its head is over."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.over = False
        self.charset = ""
        self._found: dict[str, str] = {}
        self._in_title = False

    def first(self, names: tuple[str, ...]) -> str:
        """What was found under the first of these names that has something."""
        return next((self._found[name] for name in names if self._found.get(name, "").strip()), "")

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Called by the parser."""
        if self.over:
            return
        match tag:
            case "title":
                self._in_title = "title" not in self._found
            case "meta":
                self._meta({name: value or "" for name, value in reversed(attrs)})
            case "body":
                self.over = True

    def handle_endtag(self, tag: str) -> None:
        """Called by the parser."""
        if tag == "title":
            self._in_title = False
        elif tag == "head":
            self.over = True

    def handle_data(self, data: str) -> None:
        """Called by the parser; the pieces of one text come one by one."""
        if self._in_title and not self.over:
            told = self._found.get("title", "")
            self._found["title"] = told + data[: 10 * TITLE_CHARS - len(told)]

    def _meta(self, attributes: dict[str, str]) -> None:
        name = (attributes.get("property") or attributes.get("name") or "").strip().lower()
        if name in _NAMES:
            self._found.setdefault(name, attributes.get("content", ""))
        if not self.charset:
            kind = attributes.get("http-equiv", "").lower()
            _, _, told = attributes.get("content", "").lower().partition("charset=")
            self.charset = attributes.get("charset", "") or (told if kind == "content-type" else "")


def _encoding(data: bytes, charset: str) -> str:
    """How the page is encoded: as its first bytes say, its sender, itself, or nobody."""
    for mark, name in _MARKS:
        if data.startswith(mark):
            return name
    if known := _known(charset):
        return known
    beginning = _Head()
    beginning.feed(data[:META_BYTES].decode("latin-1"))
    return _known(beginning.charset) or "utf-8"


def _known(label: str) -> str:
    """Python's name of the encoding that a label means; empty for none that a page may have."""
    label = label.strip(" \t\"';").lower()
    if label in ("iso-8859-1", "latin1", "ascii", "us-ascii"):
        return "cp1252"  # as every browser reads it (Encoding Standard, 4.2)
    try:
        name = codecs.lookup(label).name
    except (LookupError, ValueError):
        return ""
    return name if name in ENCODINGS else ""


def _line(text: str, most: int) -> str:
    """The text as one line of so many characters, without what is not shown but acts."""
    words = "".join(char if char.isprintable() else " " for char in text).split()
    line = " ".join(words)
    return line if len(line) <= most else line[: most - 1].rstrip() + "…"


def _address(base: str, image: str) -> str:
    try:
        address = urljoin(base, image.strip()) if image else ""
    except ValueError:
        return ""
    wanted = address.lower().startswith(("http://", "https://")) and len(address) <= URL_CHARS
    return address if wanted and address.isprintable() else ""
