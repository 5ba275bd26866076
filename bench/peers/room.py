"""What the peers on Python send for a message: chatd's own `said`, numbered by a counter, kept nowhere."""

import itertools
import time
from collections.abc import Callable

import msgspec


class _Say(msgspec.Struct):
    text: str
    key: str


class _User(msgspec.Struct):
    id: int
    name: str
    kind: str


class _Said(msgspec.Struct, tag_field="type", tag="said"):
    room: int
    seq: int
    at: int
    author: _User = msgspec.field(name="from")
    text: str
    key: str


def saying() -> Callable[[bytes | str], bytes]:
    """A function from what a member sent to the frame's payload that everybody gets."""
    decode = msgspec.json.Decoder(_Say).decode
    encode = msgspec.json.Encoder().encode
    seqs = itertools.count(1)
    author = _User(1, "m1", "guest")

    def said(command: bytes | str) -> bytes:
        say = decode(command)
        return encode(_Said(1, next(seqs), time.time_ns() // 1_000_000, author, say.text, say.key))

    return said
