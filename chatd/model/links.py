"""Links in what people write: which one is looked at, and whose it is."""

import re

URL_CHARS = 2_048
"""Characters of the longest link that is looked at."""

_LINK = re.compile(r"(?<![\w<])https?://[^\s<>\"`]+", re.IGNORECASE)
_HOST = re.compile(r"https?://(?:[^/?#@]*@)?([^/?#@]*)", re.IGNORECASE)
_AFTER = ".,:;!?'*_~"
"""What at a link's end belongs to the sentence around it."""
_PAIRS = {")": "(", "]": "[", "}": "{"}


def first_link(text: str) -> str | None:
    """The first link that may be looked at: one in code, or after `<`, is to be left alone."""
    if "://" not in text:
        return None
    for prose in text.split("```")[::2]:
        for plain in prose.split("`")[::2]:
            for found in _LINK.finditer(plain):
                link = _without_end(found[0])
                if len(link) <= URL_CHARS and host_of(link):
                    return link
    return None


def host_of(link: str) -> str:
    """Whose link it is: a host's name or address in lower case, with its port where one is given."""
    found = _HOST.match(link)
    return "" if found is None else found[1].lower()


def _without_end(link: str) -> str:
    while link:
        end = link[-1]
        closes = _PAIRS.get(end)
        if end not in _AFTER and (closes is None or link.count(closes) >= link.count(end)):
            return link
        link = link[:-1]
    return link
