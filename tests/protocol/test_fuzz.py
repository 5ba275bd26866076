"""Whatever bytes strangers send, what must hold holds: always the same here; `make fuzz` looks further."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fuzz import CORPUS
from tests.fuzz.targets import TARGETS


def inputs(target: str) -> st.SearchStrategy[bytes]:
    """Bytes, and pieces that mean something, in any order."""
    words = st.sampled_from(TARGETS[target].words)
    return st.lists(st.one_of(words, words, st.binary(max_size=6)), max_size=24).map(b"".join)


@pytest.mark.parametrize("target", TARGETS)
def test_any_bytes_may_come(target: str) -> None:
    @settings(max_examples=100)
    @given(inputs(target))
    def hold(data: bytes) -> None:
        TARGETS[target].take(data)

    hold()


@pytest.mark.parametrize(
    "kept", sorted(CORPUS.glob("*/*")), ids=lambda path: f"{path.parent.name}-{path.name}"
)
def test_what_was_found_before_does_no_harm(kept: Path) -> None:
    TARGETS[kept.parent.name].take(kept.read_bytes())
