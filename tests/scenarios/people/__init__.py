"""People in a story: the same verbs, whatever they came through."""

from tests.scenarios.people.api import ApiPerson
from tests.scenarios.people.line import LinePerson
from tests.scenarios.people.person import Login, Message, Person, Refusal, Seen
from tests.scenarios.people.websocket import WebSocketPerson

KINDS: dict[str, type[WebSocketPerson] | type[LinePerson]] = {"ws": WebSocketPerson, "line": LinePerson}
"""Those with a connection of their own."""
EVERY_KIND: dict[str, type[WebSocketPerson] | type[LinePerson] | type[ApiPerson]] = {
    **KINDS,
    "api": ApiPerson,
}

__all__ = [
    "EVERY_KIND",
    "KINDS",
    "ApiPerson",
    "LinePerson",
    "Login",
    "Message",
    "Person",
    "Refusal",
    "Seen",
    "WebSocketPerson",
]
