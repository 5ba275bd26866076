"""web/src/model.ts says what chatd.model says."""

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

WEB = Path(__file__).parents[2] / "web"


@pytest.fixture(scope="module")
def generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location("generate_model", WEB / "generate_model.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_checked_in_file_is_fresh(generator: ModuleType) -> None:
    """Otherwise: `python web/generate_model.py`."""
    assert generator.stale((WEB / "src" / "model.ts").read_text()) is None


def test_a_changed_vocabulary_makes_it_stale(generator: ModuleType) -> None:
    fresh = generator.stamped("export type Code = never;\n")
    old = fresh.replace(generator.source_digest(), "0" * 64)
    assert generator.stale(fresh) is None
    assert "has changed" in generator.stale(old)


def test_an_edit_by_hand_makes_it_stale(generator: ModuleType) -> None:
    fresh = generator.stamped("export type Code = never;\n")
    assert "by hand" in generator.stale(fresh.replace("never", "string"))


def test_every_type_is_in_the_schema(generator: ModuleType) -> None:
    schema = generator.schema()
    in_commands = {choice["$ref"].rsplit("/", 1)[1] for choice in schema["definitions"]["Command"]["anyOf"]}
    in_events = {choice["$ref"].rsplit("/", 1)[1] for choice in schema["definitions"]["Event"]["anyOf"]}
    assert {kind.__name__ for kind in generator.COMMANDS.values()} == in_commands
    assert {kind.__name__ for kind in generator.EVENTS} == in_events
