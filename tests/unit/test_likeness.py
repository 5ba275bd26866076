"""What a shown name can be taken for."""

import unicodedata
from collections.abc import Iterator

import pytest

from chatd.model import Appear, ChatError, Code, Login, Profiles, likenesses, valid_display_name
from chatd.model.likeness import _ALIKE
from tests.unit.core_peer import Core


@pytest.fixture
def core() -> Iterator[Core]:
    core = Core()
    yield core
    core.check()


@pytest.mark.parametrize(
    "text",
    [
        "alice",
        "Alice",
        " @ALICE! ",
        "\u00c1li\u0301ce \u2713",
        "\u0410l\u0456\u0441\u0435",
        "\u0391lice",
        "\uff21\uff4c\uff49\uff43\uff45",
        "\U0001d49c\U0001d4c1\U0001d4be\U0001d4b8\u212f",
        "AIice",
        "al1ce",
        "A|ice",
        "\u13aalice",
        "ali\u200dce",
    ],
)
def test_a_text_that_looks_like_a_name_is_taken_for_it(text: str) -> None:
    assert "alice" in likenesses(text)


def test_letters_that_look_like_two_others_are_taken_for_them() -> None:
    assert {"rnark", "mark"} == likenesses("rnark")
    assert {"vvanda", "wanda"} == likenesses("vvanda")


@pytest.mark.parametrize(
    "text", ["Alice Smith", "\u041c\u0430\u0440\u0438\u044f", "\u05d0\u05d1", "\u674e", "\u2713"]
)
def test_what_looks_like_no_name_is_taken_for_none(text: str) -> None:
    assert frozenset() == likenesses(text)


def test_what_is_alike_is_one_folded_letter_that_looks_like_one() -> None:
    chars = "".join(_ALIKE.values())
    assert len(chars) == len({*chars})
    for char in chars:
        assert char == unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", char).casefold())


@pytest.mark.parametrize("name", ["Admin", "\u0430dmin", "[system]", "De\u0142eted", "Everyone"])
def test_nobody_is_shown_as_a_reserved_name(name: str) -> None:
    with pytest.raises(ChatError) as refused:
        valid_display_name(name)
    assert Code.BAD_NAME is refused.value.code


def test_nobody_is_shown_as_somebody_else(core: Core) -> None:
    core.account("alice")
    carol = core.guest("carol")
    bob = core.account("bob")
    for name in ("Alice", "\u0410lice", "CAROL"):
        assert Code.NAME_TAKEN is bob.refused(Appear(display_name=name)).code
    carol.leave_politely()
    assert ["Carol", "Bob"] == [
        bob.expect(Profiles, Appear(display_name=name)).profiles[0].display_name for name in ("Carol", "Bob")
    ]
    core.connect().ask(Login(name="carol"))  # whose name was free
    assert Code.NAME_TAKEN is bob.refused(Appear(display_name="Carol")).code


def test_two_may_be_shown_alike(core: Core) -> None:
    for peer in (core.account("alice"), core.account("bob")):
        assert (
            "Queen of Hearts"
            == peer.expect(Profiles, Appear(display_name="Queen of Hearts")).profiles[0].display_name
        )
