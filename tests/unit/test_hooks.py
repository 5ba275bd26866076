"""What other programs send to an address, as messages."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as some

from chatd.model import ChatError, Code
from chatd.wires.hooks import text_of

FORM, JSON = "application/x-www-form-urlencoded", "application/json"


@pytest.mark.parametrize(
    ("kind", "body", "text"),
    [
        (FORM, "deploy done", "deploy done"),
        ("", " a\nb ", "a\nb"),
        ("text/plain", '{"text": "as it is"}', '{"text": "as it is"}'),
        (JSON, {"text": "deploy done"}, "deploy done"),
        (JSON, {"text": "deploy done", "name": "ci"}, "ci: deploy done"),
        (JSON, {"text": "done", "username": "ci", "channel": "#ops", "icon_emoji": ":x:"}, "ci: done"),
        (
            JSON,
            {"text": "a &lt;b&gt; &amp;amp; <https://x.example|here> <https://y.example>"},
            "a <b> &amp; here (https://x.example) https://y.example",
        ),
        (JSON, {"attachments": [{"fallback": "old way"}, {"title": "T", "text": "body"}]}, "old way\nT body"),
        (
            JSON,
            {"text": "x", "blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": "*x*"}}, 7]},
            "x\n*x*",
        ),
        (JSON, {"text": "x", "attachments": "none", "blocks": [{"text": 3}]}, "x"),
    ],
)
def test_whatever_shape_it_has_it_is_a_text(kind: str, body: object, text: str) -> None:
    data = body if isinstance(body, str) else json.dumps(body)
    assert text == text_of(kind, data.encode(), None)


WHERE = {"repository": {"full_name": "me/project"}, "sender": {"login": "alice"}}


@pytest.mark.parametrize(
    ("event", "body", "text"),
    [
        ("ping", WHERE, "GitHub is connected to me/project."),
        ("ping", {"zen": "Speak like a human."}, "GitHub is connected."),
        (
            "push",
            {
                **WHERE,
                "ref": "refs/heads/main",
                "compare": "https://g.example/c",
                "pusher": {"name": "al"},
                "commits": [{"id": "0123456789", "message": "One\n\nmore"}, {"id": "a", "message": ""}],
            },
            "[me/project] al pushed 2 commits to main https://g.example/c\n01234567 One\na ",
        ),
        (
            "push",
            {**WHERE, "ref": "refs/tags/v1", "commits": [{"id": "a", "message": "x"}] * 7},
            "[me/project] alice pushed 7 commits to v1\n" + "a x\n" * 5 + "and 2 more",
        ),
        ("push", {**WHERE, "ref": "x", "commits": [{}]}, "[me/project] alice pushed 1 commit to x\n "),
        (
            "pull_request",
            {
                **WHERE,
                "action": "review_requested",
                "pull_request": {"number": 7, "title": "Fix", "html_url": "https://g.example/7"},
            },
            '[me/project] alice review requested pull request #7 "Fix" https://g.example/7',
        ),
        (
            "issue_comment",
            {
                **WHERE,
                "action": "created",
                "issue": {"number": 7, "title": "Bug"},
                "comment": {"html_url": "https://g.example/c"},
            },
            '[me/project] alice created issue comment #7 "Bug" https://g.example/c',
        ),
        (
            "release",
            {**WHERE, "action": "published", "release": {"tag_name": "v1", "name": "One"}},
            '[me/project] alice published release v1 "One"',
        ),
        ("star", {**WHERE}, "[me/project] alice did star"),
    ],
)
def test_what_happens_at_github_is_told_in_a_line(event: str, body: object, text: str) -> None:
    assert text == text_of(JSON, json.dumps(body).encode(), event)


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        (JSON, b"no json"),
        (JSON, b"[1]"),
        (JSON, b"{}"),
        (JSON, b'{"text": 7}'),
        (JSON, b"[" * 100_000),
        ("", b"\xff"),
    ],
)
def test_what_is_no_message_is_refused(kind: str, body: bytes) -> None:
    with pytest.raises(ChatError) as caught:
        text_of(kind, body, None)
    assert Code.BAD_REQUEST == caught.value.code


anything = some.recursive(
    some.none() | some.booleans() | some.integers() | some.text(max_size=5),
    lambda inner: (
        some.lists(inner, max_size=3)
        | some.dictionaries(
            some.sampled_from(
                ["text", "name", "attachments", "blocks", "commits", "repository", "sender", "issue"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=20,
)


@given(anything, some.sampled_from([None, "push", "issues", "ping"]))
def test_no_json_is_a_fault_of_ours(body: object, event: str | None) -> None:
    try:
        assert text_of(JSON, json.dumps(body).encode(), event)
    except ChatError as error:
        assert Code.BAD_REQUEST == error.code
