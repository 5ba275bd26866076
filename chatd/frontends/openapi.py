"""What can be asked by HTTP, as an OpenAPI 3.1 document, made from the model."""

from collections.abc import Iterable
from http import HTTPStatus
from typing import Any

import msgspec

from chatd import __version__
from chatd.core.actions.asking import CONNECTED
from chatd.frontends.login import LOGINS, Credentials
from chatd.model import COMMANDS, HTTP_STATUS, Code, Command, Done, Error, LoggedIn
from chatd.model.answers import answers_to

Json = dict[str, Any]

_SCHEMAS = "#/components/schemas/"

DESCRIPTION = (
    "Every command of chatd as a request. The body holds the command's fields; the answer is `ok`, `pong` or "
    "`error`. Times are integer milliseconds since 1970, UTC."
)
STATUSES = sorted(set(HTTP_STATUS.values()))
"""Of the refusals."""
NOT_JSON = 415
"""Of a body that is not JSON, which is `bad_request` too."""


def document() -> bytes:
    """The whole document, in JSON."""
    kinds: set[type] = {*COMMANDS.values(), Error, LoggedIn, Done, Credentials}
    for command in COMMANDS.values():
        kinds.update(answers_to(command))
    _, schemas = msgspec.json.schema_components(
        sorted(kinds, key=lambda kind: kind.__name__), ref_template=_SCHEMAS + "{name}"
    )
    for command in COMMANDS.values():
        _type_is_known(schemas[command.__name__])
    paths: Json = {
        f"/api/{word}": {"post": _command(word, kind)}
        for word, kind in COMMANDS.items()
        if kind not in CONNECTED and word not in LOGINS
    }
    paths |= {f"/api/{word}": {"post": _login(word, call.__doc__ or "")} for word, call in LOGINS.items()}
    paths["/api/openapi.json"] = {"get": _this()}
    paths["/rooms/{room}.txt"] = {"get": _text()}
    paths["/api/events"] = {"get": _events()}
    return msgspec.json.encode(
        {
            "openapi": "3.1.0",
            "info": {"title": "chatd", "version": __version__, "description": DESCRIPTION},
            "servers": [{"url": "/"}],
            "security": [{"bearer": []}],
            "paths": dict(sorted(paths.items())),
            "components": {
                "schemas": schemas,
                "responses": {str(status): _refusal(status) for status in (*STATUSES, NOT_JSON)},
                "securitySchemes": {
                    "bearer": {
                        "type": "http",
                        "scheme": "bearer",
                        "description": "The token of a login, or one that `newtoken` made for a program.",
                    }
                },
            },
        }
    )


def _type_is_known(schema: Json) -> None:
    """The address says the command's type: a body need not."""
    required = [name for name in schema.pop("required", ()) if name != "type"]
    if required:
        schema["required"] = required


def _command(word: str, kind: type[Command]) -> Json:
    operation = _operation(word, kind.__doc__ or "", kind.__name__, answers_to(kind))
    required = [field.name for field in msgspec.structs.fields(kind) if field.required]
    operation["requestBody"]["required"] = bool(required)
    if "key" in kind.__struct_fields__:
        operation["parameters"] = [
            {
                "name": "Idempotency-Key",
                "in": "header",
                "description": "`key`, where the body has none.",
                "schema": {"type": "string", "minLength": 1, "maxLength": 64, "pattern": "^[!#-~]+$"},
            }
        ]
    return operation


def _login(word: str, doc: str) -> Json:
    answer: type = Done if word == "logout" else LoggedIn
    operation = _operation(word, doc, Credentials.__name__, (answer,))
    operation["description"] += " For pages: it needs an `Origin`, and sets or clears the page's cookie."
    if word != "logout":
        operation["security"] = []
    return operation


def _operation(word: str, doc: str, body: str, answers: Iterable[type]) -> Json:
    summary, _, more = doc.strip().partition("\n")
    refs = [{"$ref": _SCHEMAS + answer.__name__} for answer in answers]
    return {
        "operationId": word,
        "summary": summary,
        "description": " ".join([summary, *more.split()]),
        "requestBody": {"content": {"application/json": {"schema": {"$ref": _SCHEMAS + body}}}},
        "responses": {
            "200": {
                "description": "It was done",
                "content": {"application/json": {"schema": refs[0] if len(refs) == 1 else {"anyOf": refs}}},
            },
            **{str(status): {"$ref": f"#/components/responses/{status}"} for status in (*STATUSES, NOT_JSON)},
        },
    }


def _refusal(status: int) -> Json:
    codes = sorted(code.value for code, its_status in HTTP_STATUS.items() if its_status == status)
    codes = codes or [Code.BAD_REQUEST.value]
    response: Json = {
        "description": f"{HTTPStatus(status).phrase}: {', '.join(f'`{code}`' for code in codes)}.",
        "content": {"application/json": {"schema": {"$ref": _SCHEMAS + "Error"}}},
    }
    if status in (429, 503):
        response["headers"] = {
            "Retry-After": {"description": "Seconds; `retry_ms` is the same.", "schema": {"type": "integer"}}
        }
    return response


def _this() -> Json:
    return {
        "operationId": "openapi",
        "summary": "This document.",
        "security": [],
        "responses": {"200": {"description": "OpenAPI 3.1", "content": {"application/json": {"schema": {}}}}},
    }


def _text() -> Json:
    return {
        "operationId": "text",
        "summary": "A room as lines of text, as the line frontend writes them.",
        "parameters": [
            {
                "name": "room",
                "in": "path",
                "required": True,
                "description": "Its id or name; `@alice` for a conversation.",
                "schema": {"type": "string"},
            },
            _parameter("after", "Begin after this seq.", {"type": "integer", "minimum": 0}),
            _parameter("n", "Begin with so many of the newest entries.", {"type": "integer", "minimum": 0}),
            _parameter("follow", "1: go on with what is said from now on.", {"enum": ["0", "1"]}),
            _parameter("numbers", "1: each message with its seq.", {"enum": ["0", "1"]}),
        ],
        "responses": {
            "200": {"description": "Lines", "content": {"text/plain": {"schema": {"type": "string"}}}},
            "default": {
                "description": "A refusal as a line: `! code: sentence`.",
                "content": {"text/plain": {"schema": {"type": "string"}}},
            },
        },
    }


def _events() -> Json:
    return {
        "operationId": "events",
        "summary": "What the WebSocket sends, as server-sent events.",
        "parameters": [
            _parameter(
                "rooms", "Which rooms, with commas between; without it all of one's own.", {"type": "string"}
            ),
            _parameter("last_event_id", "The same as the header `Last-Event-ID`.", {"type": "string"}),
            {
                "name": "Last-Event-ID",
                "in": "header",
                "description": "Where the reader was: the last `id` of the stream before.",
                "schema": {"type": "string"},
            },
        ],
        "responses": {
            "200": {
                "description": "Events; the data of each is JSON",
                "content": {"text/event-stream": {"schema": {"type": "string"}}},
            },
            **{str(status): {"$ref": f"#/components/responses/{status}"} for status in STATUSES},
        },
    }


def _parameter(name: str, description: str, schema: Json) -> Json:
    return {"name": name, "in": "query", "description": description, "schema": schema}
