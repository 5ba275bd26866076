"""Which part of chatd may import which, as ARCHITECTURE.md draws it, and what the pure parts may touch."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parent.parent

MAY_IMPORT: dict[str, frozenset[str]] = {
    "model": frozenset(),
    "core": frozenset({"model"}),
    "wires": frozenset({"model"}),
    "frontends": frozenset({"model", "core", "wires"}),
    "storage": frozenset({"model"}),
    "bus": frozenset({"model"}),
    "auth": frozenset({"model"}),
    "media": frozenset({"model"}),
    "fetching": frozenset({"model"}),
    "client": frozenset({"model"}),
    "logs": frozenset(),
    "memory": frozenset(),
    "tls": frozenset(),
    "config": frozenset({"model", "logs"}),
    "service": frozenset(
        {
            "model",
            "core",
            "wires",
            "frontends",
            "storage",
            "bus",
            "auth",
            "media",
            "logs",
            "memory",
            "fetching",
            "tls",
            "config",
        }
    ),
    "chatd.tac": frozenset({"config", "logs", "service"}),
}
"""Each part of chatd, and the parts that it may import besides itself."""

MODEL_MODULES = frozenset("enum msgspec re typing unicodedata".split())

PURE_MODULES = MODEL_MODULES | frozenset(
    "__future__ bisect collections contextlib dataclasses datetime functools heapq ipaddress itertools "
    "math operator string struct types".split()
)
"""What core and wires may import from outside: no clock, no die, no file, no thread, no reactor."""

CLOCKS = frozenset({"now", "utcnow", "today"})
"""Methods of datetime and date that read a clock."""

OPTION_READERS = frozenset("argparse configparser getopt optparse tomllib twisted.python.usage".split())

PLUGIN = {"twisted.application.service.ServiceMaker"}


class Import(NamedTuple):
    module: str
    name: str | None
    """None: `import module`."""

    @property
    def full(self) -> str:
        return f"{self.module}.{self.name}" if self.name else self.module

    @property
    def part(self) -> str | None:
        """The part of chatd that it comes from; None for anything else, and for chatd's own version."""
        words = self.full.split(".")
        return words[1] if words[0] == "chatd" and len(words) > 1 and words[1] != "__version__" else None


def part_of(path: str) -> str:
    """`chatd/core/room.py` is core, `chatd/tls.py` is tls, and so is `chatd.tac` itself."""
    words = path.removesuffix(".py").split("/")
    return words[1] if len(words) > 1 else words[0]


def imports_of(path: str, tree: ast.AST) -> Iterator[Import]:
    """Everything that is imported, wherever in the file, relative imports resolved."""
    package = path.split("/")[:-1]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (Import(alias.name, None) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else []
            module = ".".join([*above, *([node.module] if node.module else [])])
            yield from (Import(module, alias.name) for alias in node.names)


def violations(path: str, source: str) -> list[str]:
    """What this file does that its place forbids, a sentence each."""
    tree = ast.parse(source)
    imports = list(imports_of(path, tree))
    if path.startswith("twisted/"):
        return [f"{path} imports {found.full}" for found in imports if found.full not in PLUGIN]
    if path == "chatd/__init__.py":
        return [f"{path} imports {found.full}" for found in imports]
    part = part_of(path)
    if part not in MAY_IMPORT:
        return [f"{path}: there is no part of chatd called {part}"]
    wrong = [
        f"{part} imports {found.part}"
        for found in imports
        if found.part not in (None, part) and found.part not in MAY_IMPORT[part]
    ]
    if part in ("model", "core", "wires"):
        allowed = MODEL_MODULES if part == "model" else PURE_MODULES
        wrong += [
            f"{part} imports {found.full}"
            for found in imports
            if found.module.split(".")[0] not in allowed | {"chatd"}
        ]
        wrong += [f"{part} reads a clock" for node in ast.walk(tree) if reads_clock(node)]
    if part != "config":
        wrong += [
            f"{part} reads options"
            for found in imports
            if OPTION_READERS & {found.module, found.module.split(".")[0], found.full}
        ]
        wrong += [
            f"{part} reads options"
            for node in ast.walk(tree)
            if isinstance(node, ast.Attribute)
            and ast.unparse(node) in ("sys.argv", "os.environ", "os.getenv")
            and part != "chatd.tac"
        ]
    return wrong


def reads_clock(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Attribute)
        and node.attr in CLOCKS
        and ast.unparse(node.value).split(".")[-1] in ("datetime", "date")
    )


def sources() -> Iterator[str]:
    for folder in ("chatd", "twisted"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            yield path.relative_to(ROOT).as_posix()
    yield "chatd.tac"


@pytest.mark.parametrize("path", list(sources()))
def test_every_file_imports_only_what_its_place_allows(path: str) -> None:
    assert violations(path, (ROOT / path).read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("path", "source", "sentence"),
    [
        ("chatd/model/rows.py", "from chatd.core.room import Room", "model imports core"),
        ("chatd/model/rows.py", "import pathlib", "model imports pathlib"),
        ("chatd/core/room.py", "from chatd.wires import json", "core imports wires"),
        ("chatd/core/room.py", "from chatd import storage", "core imports storage"),
        ("chatd/core/room.py", "from ..frontends import outbox", "core imports frontends"),
        ("chatd/core/room.py", "def f():\n    import chatd.auth", "core imports auth"),
        ("chatd/core/room.py", "import time", "core imports time"),
        ("chatd/core/room.py", "from random import choice", "core imports random.choice"),
        ("chatd/core/room.py", "import os.path", "core imports os.path"),
        ("chatd/core/room.py", "import datetime\ndatetime.datetime.now()", "core reads a clock"),
        (
            "chatd/wires/line/safe.py",
            "from twisted.logger import Logger",
            "wires imports twisted.logger.Logger",
        ),
        ("chatd/wires/json.py", "from datetime import date\ndate.today()", "wires reads a clock"),
        ("chatd/wires/json.py", "from chatd.core.ports import Frame", "wires imports core"),
        ("chatd/frontends/line.py", "from chatd.storage.store import Store", "frontends imports storage"),
        ("chatd/frontends/line.py", "from chatd.config import Config", "frontends imports config"),
        ("chatd/frontends/line.py", "from chatd.service import makeService", "frontends imports service"),
        ("chatd/storage/store.py", "from chatd.core.ports import Bus", "storage imports core"),
        ("chatd/config.py", "from chatd.service import makeService", "config imports service"),
        ("chatd/tls.py", "from chatd.config import Config", "tls imports config"),
        ("chatd/auth.py", "from twisted.python.usage import Options", "auth reads options"),
        ("chatd/service.py", "from twisted.python import usage", "service reads options"),
        ("chatd/service.py", "import tomllib", "service reads options"),
        ("chatd/service.py", "import os\nos.environ['HOME']", "service reads options"),
        ("chatd/helpers.py", "", "chatd/helpers.py: there is no part of chatd called helpers"),
        ("chatd/__init__.py", "import chatd.service", "chatd/__init__.py imports chatd.service"),
        ("chatd.tac", "from chatd.storage.store import Store", "chatd.tac imports storage"),
        (
            "twisted/plugins/chatd_plugin.py",
            "from chatd import config",
            "twisted/plugins/chatd_plugin.py imports chatd.config",
        ),
    ],
)
def test_a_forbidden_import_is_found(path: str, source: str, sentence: str) -> None:
    assert sentence in violations(path, source)


@pytest.mark.parametrize(
    ("path", "source"),
    [
        (
            "chatd/core/room.py",
            "from chatd import __version__\nfrom chatd.model import Said\nfrom . import ports",
        ),
        ("chatd/wires/line/safe.py", "from ..line import render\nimport datetime\ndatetime.timezone.utc"),
        ("chatd/frontends/line.py", "from chatd.core.session import Session\nfrom chatd.wires import line"),
        ("chatd/service.py", "from chatd.config import Options\nfrom chatd.storage.store import Store"),
        ("twisted/plugins/chatd_plugin.py", "from twisted.application.service import ServiceMaker"),
    ],
)
def test_an_allowed_import_is_not(path: str, source: str) -> None:
    assert violations(path, source) == []


def test_twisted_plugins_has_no_init() -> None:
    """With one, Python would find our `twisted` in the place of Twisted's."""
    assert [path.name for path in (ROOT / "twisted").rglob("__init__.py")] == []
