"""Which link of a message is looked at."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from chatd.model import first_link, host_of
from chatd.model.links import URL_CHARS


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("see https://example.org/a?b=c#d now", "https://example.org/a?b=c#d"),
        ("HTTP://EXAMPLE.org", "HTTP://EXAMPLE.org"),
        ("https://a.example https://b.example", "https://a.example"),
        ("(https://example.org/a).", "https://example.org/a"),
        ("https://en.example.org/wiki/A_(b)", "https://en.example.org/wiki/A_(b)"),
        ("[text](https://example.org/x)", "https://example.org/x"),
        ("**https://example.org**", "https://example.org"),
        ("<https://example.org> https://other.example", "https://other.example"),
        ("`https://example.org`", None),
        ("```\nhttps://example.org\n``` https://other.example", "https://other.example"),
        ("xhttps://example.org", None),
        ("ftp://example.org", None),
        ("https://", None),
        ("https://...", None),
        ("https://user@/", None),
        ("https:// example.org", None),
        ("nothing", None),
        ("https://" + "x" * URL_CHARS, None),
        ("https://" + ")" * 100_000, None),
    ],
)
def test_the_first_one_outside_of_code(text: str, expected: str | None) -> None:
    assert expected == first_link(text)


@pytest.mark.parametrize(
    ("link", "host"),
    [
        ("https://Example.org/a", "example.org"),
        ("https://example.org:8443?x", "example.org:8443"),
        ("http://user:pass@[::1]:80/", "[::1]:80"),
        ("mailto:x", ""),
    ],
)
def test_whose_it_is(link: str, host: str) -> None:
    assert host == host_of(link)


@given(some.text(alphabet="htps:/.`<>() a"))
def test_what_is_found_stands_in_the_text(text: str) -> None:
    link = first_link(text)
    assert link is None or (link in text and link.lower().startswith(("http://", "https://")))
