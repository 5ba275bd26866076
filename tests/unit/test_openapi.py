"""The OpenAPI document: complete, and about nothing that is not there."""

import json
import re
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from chatd import __version__
from chatd.core.actions.asking import CONNECTED
from chatd.frontends import openapi
from chatd.frontends.login import LOGINS
from chatd.model import COMMANDS, HTTP_STATUS

DOCUMENT: dict[str, Any] = json.loads(openapi.document())
SCHEMAS = DOCUMENT["components"]["schemas"]
POSTED = {word: kind for word, kind in COMMANDS.items() if kind not in CONNECTED}


def test_it_is_of_this_version() -> None:
    assert ("3.1.0", __version__) == (DOCUMENT["openapi"], DOCUMENT["info"]["version"])


def test_every_command_has_a_path() -> None:
    posts = {path for path, methods in DOCUMENT["paths"].items() if "post" in methods}
    assert {f"/api/{word}" for word in POSTED.keys() | LOGINS.keys()} == posts


@pytest.mark.parametrize("word", POSTED.keys() - LOGINS.keys())
def test_a_command_says_what_it_does_takes_and_answers(word: str) -> None:
    operation, kind = DOCUMENT["paths"][f"/api/{word}"]["post"], COMMANDS[word]
    assert operation["summary"].endswith(".")
    assert operation["summary"] in str(kind.__doc__)
    body = SCHEMAS[kind.__name__]
    fields = {field.encode_name: field.required for field in msgspec.structs.fields(kind)}
    assert {"type", *fields} == body["properties"].keys()
    required = {name for name, needed in fields.items() if needed}
    assert required == set(body.get("required", ()))
    assert bool(required) is operation["requestBody"]["required"]
    assert ("key" in fields) is ("parameters" in operation)
    assert {"200", "415", *map(str, HTTP_STATUS.values())} == operation["responses"].keys()


def test_every_code_is_told_with_its_status() -> None:
    for code, status in HTTP_STATUS.items():
        assert f"`{code}`" in DOCUMENT["components"]["responses"][str(status)]["description"]


def references(part: object) -> Iterator[str]:
    if isinstance(part, dict):
        for name, value in part.items():
            if name == "$ref":
                yield value
            else:
                yield from references(value)
    elif isinstance(part, list):
        for value in part:
            yield from references(value)


def test_whatever_is_referred_to_is_there() -> None:
    found = set(references(DOCUMENT))
    assert "#/components/schemas/Error" in found
    for reference in found:
        part = DOCUMENT
        for name in re.fullmatch(r"#/(.+)", reference)[1].split("/"):  # type: ignore[index]  # it fails otherwise
            part = part[name]


def test_each_operation_has_a_name_of_its_own() -> None:
    names = [operation["operationId"] for path in DOCUMENT["paths"].values() for operation in path.values()]
    assert len(set(names)) == len(names)
