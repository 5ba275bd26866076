"""docs/conformance.md is complete: each of its rows has a test, and each test of a standard has a row."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCUMENT = (ROOT / "docs" / "conformance.md").read_text(encoding="utf-8")

CHAPTERS = re.findall(r"^## (.+?)\n(.+?)(?=^## |\Z)", DOCUMENT, re.MULTILINE | re.DOTALL)
ROW = re.compile(r"^\| (?!§ |-)(?P<section>[^|]+) \| [^|]+ \| (?P<tests>[^|]*) \|$", re.MULTILINE)

SERVER_SECTIONS = (
    "4.2.1 4.2.2 4.4 5.1 5.2 5.3 5.4 5.5 5.5.1 5.5.2 5.5.3 5.6 6.1 6.2 7.1.1 7.1.7 7.4 8.1 9.1 10.4".split()
)
"""The sections of RFC 6455 in which a MUST is said to a server or to both sides."""


@pytest.mark.parametrize(("title", "chapter"), CHAPTERS, ids=[title for title, _ in CHAPTERS])
def test_the_rows_of_a_standard_are_its_tests(title: str, chapter: str) -> None:
    (path,) = re.findall(r"Tests: `(.+?)`", chapter)
    module = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    tests = {
        node.name
        for node in module.body
        if isinstance(node, ast.AsyncFunctionDef | ast.FunctionDef) and node.name.startswith("test_")
    }
    rows = [set(re.findall(r"`(test_\w+)`", row["tests"])) for row in ROW.finditer(chapter)]
    assert all(rows)
    assert tests == set().union(*rows)


def test_no_section_with_a_must_is_left_out() -> None:
    chapter = dict(CHAPTERS)["RFC 6455: WebSocket"]
    sections = {section for row in ROW.finditer(chapter) for section in row["section"].split(", ")}
    assert set(SERVER_SECTIONS) <= sections
