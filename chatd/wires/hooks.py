"""What other programs send to an address that speaks in a room: text, JSON, or what Slack and GitHub send."""

import re
from typing import Any

import msgspec

from chatd.model import ChatError, Code

_SLACK_LINK = re.compile(r"<([^<>|]+)(?:\|([^<>]*))?>")
_SLACK_ENTITIES = (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&"))
"""What Slack asks its senders to write for these, the last one last."""
_COMMITS_SHOWN = 5
_TITLE_CHARS = 200

Json = dict[str, Any]
"""What came from outside: nothing in it is what it should be until it was looked at."""


def text_of(kind: str, body: bytes, github_event: str | None) -> str:
    """The message that this body asks for; raises ChatError. `kind` is its media type, without parameters.

    What is not JSON is the message itself, so that `curl -d 'deploy done'` works: curl calls it a form.
    """
    try:
        text = body.decode().strip()
    except UnicodeDecodeError:
        raise ChatError(Code.BAD_REQUEST, "That is not text in UTF-8.") from None
    if kind == "application/json" or github_event is not None:
        return _of_json(text, github_event)
    return text


def _of_json(text: str, github_event: str | None) -> str:
    try:
        found: object = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError):
        raise ChatError(Code.BAD_REQUEST, "That is not JSON.") from None
    if not isinstance(found, dict):
        raise ChatError(Code.BAD_REQUEST, 'The JSON must be an object, as {"text": "deploy done"}.')
    message = _of_github(found, github_event) if github_event is not None else _of_slack(found)
    if not message:
        raise ChatError(Code.BAD_REQUEST, 'There is no message in it. Send {"text": "deploy done"}.')
    name = _word(found, "name") or _word(found, "username")
    return f"{name}: {message}" if name and github_event is None else message


def _of_slack(found: Json) -> str:
    """`text`, or else what its attachments and blocks say."""
    parts = [_word(found, "text")]
    for list_of in ("attachments", "blocks"):
        for one in _objects(found, list_of):
            inner = one.get("text")
            text = _word(inner, "text") if isinstance(inner, dict) else _word(one, "text")
            title = _word(one, "title")
            parts.append(" ".join(word for word in (title, text or _word(one, "fallback")) if word))
    text = "\n".join(dict.fromkeys(part for part in parts if part))
    text = _SLACK_LINK.sub(_link, text)
    for written, meant in _SLACK_ENTITIES:
        text = text.replace(written, meant)
    return text


def _link(found: re.Match[str]) -> str:
    return f"{found[2]} ({found[1]})" if found[2] else found[1]


def _of_github(found: Json, event: str) -> str:
    """In one line what happened, and where to read more."""
    where = _word(_object(found, "repository"), "full_name")
    who = _word(_object(found, "sender"), "login")
    if event == "push":
        return _pushed(found, where, _word(_object(found, "pusher"), "name") or who)
    about = _object(found, "pull_request") or _object(found, "issue") or _object(found, "release")
    action = _word(found, "action").replace("_", " ")
    if event == "ping":
        return f"GitHub is connected to {where}." if where else "GitHub is connected."
    number = about.get("number")
    what = f"#{number}" if isinstance(number, int) else _word(about, "tag_name")
    title = (_word(about, "title") or _word(about, "name"))[:_TITLE_CHARS]
    facts = [who, action or "did", event.replace("_", " "), what, title and f'"{title}"']
    line = " ".join(fact for fact in facts if fact)
    comment = _object(found, "comment") or _object(found, "review")
    address = _word(comment, "html_url") or _word(about, "html_url")
    return f"[{where}] {line} {address}".strip()


def _pushed(found: Json, where: str, who: str) -> str:
    commits = _objects(found, "commits")
    branch = _word(found, "ref").removeprefix("refs/heads/").removeprefix("refs/tags/")
    count = f"{len(commits)} commit{'' if len(commits) == 1 else 's'}"
    lines = [f"[{where}] {who} pushed {count} to {branch} {_word(found, 'compare')}".rstrip()]
    for commit in commits[:_COMMITS_SHOWN]:
        first, *_ = _word(commit, "message").splitlines() or [""]
        lines.append(f"{_word(commit, 'id')[:8]} {first[:_TITLE_CHARS]}")
    if len(commits) > _COMMITS_SHOWN:
        lines.append(f"and {len(commits) - _COMMITS_SHOWN} more")
    return "\n".join(lines)


def _word(found: Json, name: str) -> str:
    value = found.get(name)
    return value.strip() if isinstance(value, str) else ""


def _object(found: Json, name: str) -> Json:
    value = found.get(name)
    return value if isinstance(value, dict) else {}


def _objects(found: Json, name: str) -> list[Json]:
    value = found.get(name)
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []
