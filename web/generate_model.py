"""Writes src/model.ts: the vocabulary of chatd.model as TypeScript, for the browser client.

After a change of chatd/model, with the npm packages installed: `.venv/bin/python web/generate_model.py`.
"""

import hashlib
import json
import subprocess
from pathlib import Path
from typing import Any

import msgspec

from chatd.model import CLOSINGS, COMMANDS, EVENTS
from chatd.model.names import NAME_PATTERN

HERE = Path(__file__).parent
TARGET = HERE / "src" / "model.ts"
Schema = dict[str, Any]


def schema() -> Schema:
    """One JSON Schema of every command and event; `null` is left out, for what is absent never travels."""
    refs, definitions = msgspec.json.schema_components(
        [*COMMANDS.values(), *EVENTS], ref_template="#/definitions/{name}"
    )
    commands, events = list(refs[: len(COMMANDS)]), list(refs[len(COMMANDS) :])
    return {
        "title": "Frame",
        "description": "Everything that travels, in either direction.",
        "anyOf": [{"$ref": "#/definitions/Command"}, {"$ref": "#/definitions/Event"}],
        "definitions": {
            **{name: _without_null(definition) for name, definition in definitions.items()},
            "Command": {"description": "Everything that a client may ask.", "anyOf": commands},
            "Event": {"description": "Everything that comes out.", "anyOf": events},
        },
    }


def constants() -> str:
    """What the schema does not say: whether to come back after a close, and what a name may be."""
    come_back = {closing.code: closing.come_back for closing in CLOSINGS.values()}
    return "\n".join(
        [
            "/** Whether to connect again by oneself after the server closed with this code. */",
            f"export const COME_BACK: Readonly<Record<number, boolean>> = {json.dumps(come_back)};",
            "/** Names of users and rooms. */",
            f"export const NAME_PATTERN = {json.dumps(NAME_PATTERN)};",
        ]
    )


def source_digest() -> str:
    """Identifies the vocabulary that a model.ts was made from."""
    return _digest(json.dumps(schema(), sort_keys=True) + constants())


def stamped(body: str) -> str:
    """The file: a header that names what it was made from and what was made, then `body`."""
    return (
        "// Generated from chatd/model by web/generate_model.py. Do not edit.\n"
        f"// source {source_digest()}\n// body {_digest(body)}\n\n{body}"
    )


def stale(text: str) -> str | None:
    """Why a model.ts with this text must be made again; None when it is fresh."""
    header, _, body = text.partition("\n\n")
    if f"// source {source_digest()}" not in header:
        return "chatd/model has changed since src/model.ts was generated"
    if f"// body {_digest(body)}" not in header:
        return "src/model.ts was edited by hand"
    return None


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _without_null(value: Any) -> Any:
    """Drop `null` from every choice, and defaults with it: an absent field is a missing one."""
    if isinstance(value, list):
        return [_without_null(item) for item in value]
    if not isinstance(value, dict):
        return value
    kept = {name: _without_null(item) for name, item in value.items() if name != "default"}
    if "prefixItems" in kept:  # what the converter knows is the older word for it
        kept["items"] = kept.pop("prefixItems")
    choices = kept.get("anyOf")
    if isinstance(choices, list):
        choices = [choice for choice in choices if choice != {"type": "null"}]
        kept["anyOf"] = choices
        if len(choices) == 1:
            del kept["anyOf"]
            kept.update(choices[0])
    return kept


def main() -> None:
    """Generate, by the converter among web's npm packages."""
    converter = HERE / "node_modules" / ".bin" / "json2ts"
    done = subprocess.run(
        [converter, "--no-additionalProperties", "--unreachableDefinitions", "--bannerComment", ""],
        input=json.dumps(schema()),
        capture_output=True,
        text=True,
        check=True,
    )
    TARGET.write_text(stamped(f"{done.stdout.strip()}\n\n{constants()}\n"))


if __name__ == "__main__":
    main()
