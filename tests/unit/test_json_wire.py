"""The JSON wire: commands and events there and back, input that makes no sense, and frames by RFC 6455."""

from collections.abc import Iterable

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from msgspec import inspect

from chatd.model import COMMANDS, EVENTS, Code, Command, Error, Event, Ping, Said, Say, User
from chatd.wires import json

ALICE = User(1, "alice", "user")

PAYLOAD_LENGTHS = [0, 1, 125, 126, 127, 65_535, 65_536, 65_537, 1_000_000]
"""Around the places where RFC 6455 section 5.2 changes how a length is written."""


def unframe(data: bytes) -> tuple[int, bool, bytes, bytes]:
    """Opcode, FIN, payload and rest of an unmasked frame, read after RFC 6455 section 5.2."""
    assert data[0] & 0x70 == 0, "no extension was negotiated"
    assert data[1] & 0x80 == 0, "a server does not mask"
    length, start = data[1], 2
    if length == 126:
        length, start = int.from_bytes(data[2:4], "big"), 4
        assert length > 125, "the shortest form is the only one"
    elif length == 127:
        length, start = int.from_bytes(data[2:10], "big"), 10
        assert 65_535 < length < 2**63, "the shortest form is the only one"
    return data[0] & 0x0F, bool(data[0] & 0x80), data[start : start + length], data[start + length :]


@pytest.mark.parametrize("length", PAYLOAD_LENGTHS)
def test_a_frame_of_any_length_is_one_whole_text_frame(length: int) -> None:
    payload = bytes(length)
    assert (1, True, payload, b"") == unframe(json.frame(payload))


@pytest.mark.parametrize("length", [0, 1, 125])
def test_a_pong_is_one_whole_control_frame(length: int) -> None:
    assert (0xA, True, bytes(length), b"") == unframe(json.pong(bytes(length)))


@given(st.lists(st.integers(0, 70_000), max_size=4))
def test_frames_that_follow_each_other_are_read_apart(lengths: list[int]) -> None:
    data = b"".join(json.frame(b"x" * length) for length in lengths)
    read = []
    while data:
        _, _, payload, data = unframe(data)
        read.append(len(payload))
    assert lengths == read


def test_the_wire_gives_an_event_as_a_finished_frame_whoever_reads_it() -> None:
    wire = json.JsonWire()
    event = Said(room=1, seq=2, at=3, sender=ALICE, text="hällo")
    assert not wire.personal
    assert wire.encode(event, "#lobby") == wire.encode(event, "@bob") == json.frame(json.encode(event))


# There and back.


def values(info: inspect.Type) -> st.SearchStrategy[object]:
    """Everything that a type of the model may be."""
    match info:
        case inspect.StructType():
            fields = {field.name: values(field.type) for field in info.fields}
            return st.fixed_dictionaries(fields).map(lambda given: info.cls(**given))
        case inspect.UnionType():
            return st.one_of([values(one) for one in info.types])
        case inspect.StrType():
            return st.text(min_size=info.min_length or 0, max_size=info.max_length)
        case inspect.IntType():
            return st.integers(info.ge, info.le)
        case inspect.ListType():
            return st.lists(
                values(info.item_type), min_size=info.min_length or 0, max_size=info.max_length or 3
            )
        case inspect.TupleType():
            return st.tuples(*map(values, info.item_types))
        case inspect.VarTupleType():
            return st.lists(values(info.item_type), max_size=3).map(tuple)
        case inspect.DictType():
            return st.dictionaries(values(info.key_type), values(info.value_type), max_size=3)
        case inspect.LiteralType():
            return st.sampled_from(info.values)
        case inspect.EnumType():
            return st.sampled_from(list(info.cls))
        case inspect.BoolType():
            return st.booleans()
        case inspect.NoneType():
            return st.none()
    raise AssertionError(f"no values for {info}")


def all_of(kinds: Iterable[type]) -> st.SearchStrategy[object]:
    return st.one_of([values(inspect.type_info(kind)) for kind in kinds])


@given(all_of(COMMANDS.values()))
def test_every_command_comes_through(command: Command) -> None:
    assert command == json.decode(msgspec.json.encode(command))


@given(all_of(EVENTS))
def test_every_event_comes_through(event: Event) -> None:
    assert event == msgspec.json.decode(json.encode(event), type=type(event))


def test_what_is_left_out_has_its_default_and_what_is_unknown_is_ignored() -> None:
    assert Say(room="lobby", text="hi") == json.decode(b'{"room":"lobby","text":"hi","type":"say","x":[1]}')


def test_names_of_fields_are_those_of_the_protocol() -> None:
    said = Said(room=1, seq=2, at=3, sender=ALICE, text="hi")
    assert {
        "type": "said",
        "room": 1,
        "seq": 2,
        "at": 3,
        "text": "hi",
        "from": {"id": 1, "name": "alice", "kind": "user"},
    } == msgspec.json.decode(json.encode(said))


# Input that makes no sense.


def refusal(payload: bytes) -> json.Malformed:
    found = json.decode(payload)
    assert isinstance(found, json.Malformed), found
    return found


@pytest.mark.parametrize(
    ("payload", "code", "command_id"),
    [
        (b"", Code.BAD_REQUEST, None),
        (b"hello", Code.BAD_REQUEST, None),
        (b"\xff\xfe", Code.BAD_REQUEST, None),
        (b'{"type":"ping"', Code.BAD_REQUEST, None),
        (b'{"type":"ping"} {}', Code.BAD_REQUEST, None),
        (b"[]", Code.BAD_REQUEST, None),
        (b'"ping"', Code.BAD_REQUEST, None),
        (b"{}", Code.BAD_REQUEST, None),
        (b'{"id":1}', Code.BAD_REQUEST, 1),
        (b'{"id":1,"type":7}', Code.BAD_REQUEST, 1),
        (b'{"id":"a","type":"dance"}', Code.UNKNOWN_TYPE, "a"),
        (b'{"id":true,"type":"dance"}', Code.UNKNOWN_TYPE, None),
        (b'{"id":1.5,"type":"dance"}', Code.UNKNOWN_TYPE, None),
        (b'{"id":[1],"type":"ping"}', Code.BAD_REQUEST, None),
        (b'{"id":1,"type":"say"}', Code.BAD_REQUEST, 1),
        (b'{"id":1,"type":"edit","room":1,"target":1,"text":""}', Code.BAD_REQUEST, 1),
        (b'{"id":1,"type":"say","room":1,"text":7}', Code.BAD_REQUEST, 1),
        (b'{"id":1,"type":"read","room":1,"seq":-1}', Code.BAD_REQUEST, 1),
        (b'{"id":1,"type":"said","room":1}', Code.UNKNOWN_TYPE, 1),
        (b'{"type":"say","room":1,"text":"\\ud800"}', Code.BAD_REQUEST, None),
        (b"[" * 200_000, Code.BAD_REQUEST, None),
        (b'{"type":"attach","rooms":' + b"[" * 200_000, Code.BAD_REQUEST, None),
        (b'{"type":"ping","id":' + b"1" * 5_000 + b"}", Code.BAD_REQUEST, None),
    ],
)
def test_what_makes_no_sense_is_refused_under_its_id(
    payload: bytes, code: Code, command_id: int | str | None
) -> None:
    found = refusal(payload)
    assert (code, command_id) == (found.error.code, found.id)


def test_the_refusal_says_which_field_is_wrong() -> None:
    assert "`text`" in refusal(b'{"type":"say","room":1}').error.text


def test_an_unknown_word_is_not_repeated_at_length() -> None:
    found = refusal(b'{"type":"' + b"x" * 10_000 + b'"}')
    assert len(found.error.text) < 100


@given(st.binary())
@example(b'{"type":"ping","id":123456789012345678901234567890}')
@example(b'{"id":"\\u0000","type":"\\u202e"}')
def test_no_bytes_raise_and_every_answer_can_be_sent(payload: bytes) -> None:
    check_answer(payload)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
FIELDS = st.sampled_from(["id", "room", "text", "rooms", "after", "limit", "seq", "name", "on", "user"])


@given(
    st.builds(
        lambda word, fields: msgspec.json.encode({"type": word, **fields}),
        st.sampled_from([*COMMANDS, "said", "", "Say"]),
        st.dictionaries(FIELDS, JSON, max_size=5),
    )
)
def test_no_object_raises_and_every_answer_can_be_sent(payload: bytes) -> None:
    check_answer(payload)


def check_answer(payload: bytes) -> None:
    """Whatever it is, it is a command or a refusal, and what is answered is JSON again."""
    found = json.decode(payload)
    if isinstance(found, json.Malformed):
        answer = Error(id=found.id, code=found.error.code, text=found.error.text)
        assert answer == msgspec.json.decode(json.encode(answer), type=Error)
    else:
        assert found == json.decode(msgspec.json.encode(found))


def test_a_ping_is_all_that_a_barrier_needs() -> None:
    assert Ping(id=1) == json.decode(b'{"type":"ping","id":1}')


@pytest.mark.parametrize("number", [-1, 0, 2**53, 2**63, 10**30])
@pytest.mark.parametrize("word", COMMANDS)
def test_an_id_that_nothing_can_have_is_refused_alike_by_every_command(word: str, number: int) -> None:
    fields = {field.encode_name for field in msgspec.structs.fields(COMMANDS[word])}
    references = {"room": number, "user": number, "users": [number], "rooms": [{"room": number}]}
    for name in fields & references.keys():
        answer = json.decode(msgspec.json.encode({"type": word, "id": 1, name: references[name]}))
        assert isinstance(answer, json.Malformed), (word, name)
        assert (1, Code.BAD_REQUEST) == (answer.id, answer.error.code)
        assert answer.error.text.startswith("Expected `int"), answer.error.text


def test_a_body_is_a_command_without_its_type() -> None:
    say = Say(room="lobby", text="hi", id=7)
    assert say == json.decode_body("say", b'{"room":"lobby","text":"hi","id":7}')
    assert say == json.decode_body("say", msgspec.json.encode(say))


@pytest.mark.parametrize(
    ("body", "command_id"),
    [
        (b"", None),
        (b"\xff", None),
        (b"[" * 30_000, None),
        (b"[]", None),
        (b'{"room":"lobby","id":7}', 7),
        (b'{"room":"lobby","text":7,"id":"a"}', "a"),
        (b'{"type":"edit","room":"lobby","text":"hi","id":true}', None),
    ],
)
def test_a_body_that_is_no_such_command_is_refused(body: bytes, command_id: int | str | None) -> None:
    found = json.decode_body("say", body)
    assert isinstance(found, json.Malformed)
    assert (Code.BAD_REQUEST, command_id) == (found.error.code, found.id)
