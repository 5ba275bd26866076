"""What a page says of itself."""

import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as some

from chatd.media.page import DESCRIPTION_CHARS, SITE_CHARS, TITLE_CHARS, URL_CHARS, glimpse

URL = "https://example.org/a/b?c"


def title(page: str | bytes, charset: str = "utf-8") -> str:
    return glimpse(page if isinstance(page, bytes) else page.encode(), charset, URL)["title"]


def image(address: str) -> str:
    return glimpse(f'<meta property="og:image" content="{address}">'.encode(), "", URL)["image"]


def test_open_graph_comes_before_what_the_page_says_otherwise() -> None:
    page = """<!doctype html><html><head><title>Plain</title>
        <meta name="description" content="plain">
        <meta name="twitter:title" content="Twitter">
        <meta property="og:title" content="Open &amp; &quot;Graph&quot;">
        <meta property="og:description" content=" of
           two lines ">
        <meta property='og:site_name' content=Example>
        <meta property="og:image" content="/x.png">
        </head><body><meta property="og:title" content="late"></body>"""
    expected = {
        "title": 'Open & "Graph"',
        "site": "Example",
        "description": "of two lines",
        "image": "https://example.org/x.png",
    }
    assert expected == glimpse(page.encode(), "utf-8", URL)


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        ("<title>one</title><title>two</title>", "one"),
        ("<TITLE>a &lt;b&gt; &#x1F600;</TITLE>", "a <b> 😀"),
        ("<meta property=og:title content=''><title>t</title>", "t"),
        ("<meta property=og:title><title>t</title>", "t"),
        ("<meta property=og:title content=first><meta property=og:title content=second>", "first"),
        ("<script>'<title>no</title>'</script><title>yes</title>", "yes"),
        ("<!-- <title>no</title> --><title>yes</title>", "yes"),
        ("<body><title>no</title>", ""),
        ("</head><title>no</title>", ""),
        ("<title>no end", "no end"),
        ("<title>a\x00b\x1b[31mc\u202ed\u2028e</title>", "a b [31mc d e"),
        ("<p>text", ""),
        ("<meta <title>x</title>", ""),
        ("", ""),
    ],
)
def test_what_the_title_is(page: str, expected: str) -> None:
    assert expected == title(page)


def test_nothing_is_long() -> None:
    page = (
        f"<title>{'t' * 1_000_000}</title>"
        f"<meta property=og:site_name content={'s' * 9_999}><meta name=description content='{'d ' * 9_999}'>"
        f"<meta property=og:image content=/{'i' * URL_CHARS}>"
    )
    found = glimpse(page.encode(), "", URL)
    assert "t" * (TITLE_CHARS - 1) + "…" == found["title"]
    assert SITE_CHARS == len(found["site"])
    assert len(found["description"]) <= DESCRIPTION_CHARS
    assert "" == found["image"]


@pytest.mark.parametrize(
    ("page", "charset"),
    [
        ("<title>grün</title>".encode("latin-1"), "ISO-8859-1"),
        ("<title>grün</title>".encode(), '"utf-8"'),
        ("<title>grün</title>".encode(), ""),
        ("<title>grün</title>".encode(), "nonsense"),
        ("<title>grün</title>".encode(), "x\0y"),
        (b"<meta charset=windows-1252>" + "<title>grün</title>".encode("cp1252"), ""),
        (
            b'<meta http-equiv="Content-Type" content="text/html; charset=iso-8859-15">'
            + "<title>grün</title>".encode("latin-1"),
            "",
        ),
        (codecs.BOM_UTF8 + "<title>grün</title>".encode(), "iso-8859-1"),
        (codecs.BOM_UTF16_LE + "<title>grün</title>".encode("utf-16-le"), ""),
        (codecs.BOM_UTF16_BE + "<title>grün</title>".encode("utf-16-be"), "utf-8"),
        ("<title>grün</title>".encode(), "unicode_escape"),
        ("<title>grün</title>".encode(), "hex"),
    ],
)
def test_the_bytes_are_read_as_they_were_meant(page: bytes, charset: str) -> None:
    assert "grün" == title(page, charset)


def test_other_scripts_have_their_encodings() -> None:
    assert "日本" == title("<title>日本</title>".encode("shift_jis"), "Shift_JIS")
    assert "привет" == title("<title>привет</title>".encode("koi8-r"), "koi8-r")
    assert "�" in title(b"<title>\xff</title>")


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("x.png", "https://example.org/a/x.png"),
        ("//cdn.example.net/x", "https://cdn.example.net/x"),
        ("http://other.example/x", "http://other.example/x"),
        ("javascript:alert(1)", ""),
        ("data:image/png;base64,AA", ""),
        ("file:///etc/passwd", ""),
        ("http://[::1", ""),
        ("", ""),
        ("/a\u202eb", ""),
    ],
)
def test_an_image_has_an_address_of_the_web(address: str, expected: str) -> None:
    assert expected == image(address)


@given(some.binary(max_size=300), some.text(max_size=20))
def test_no_bytes_raise_anything(page: bytes, charset: str) -> None:
    found = glimpse(page, charset, URL)
    assert all(text.isprintable() for text in (found["title"], found["site"], found["description"]))


@given(some.lists(some.sampled_from("< > / ! -- meta title charset= ' \" & # ; og:title content= x".split())))
def test_no_tags_raise_anything(words: list[str]) -> None:
    assert len(title("".join(words))) <= TITLE_CHARS
