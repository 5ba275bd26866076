"""What somebody was told in JSON, as a client keeps it that follows docs/protocol.md."""

from typing import Final

from tests.peers import Json
from tests.scenarios.people.person import Message, Refusal

SETTINGS: Final = {
    "lets only moderators speak in": "moderated",
    "lets everybody speak in": "unmoderated",
    "slowed": "slow",
    "set": "retention",
    "archived": "archived",
    "lets": "unarchived",
}
"""How lines say what is noticed of a room's settings."""


class Told:
    """The rooms that one knows, and what was told of them and not looked at yet."""

    def __init__(self) -> None:
        self.labels: dict[int, str] = {}
        self.positions: dict[int, int] = {}
        """By room, the seq up to which everything was heard."""
        self.catching_up: set[int] = set()
        """Rooms whose pages have not all come."""
        self.heard: list[Message] = []
        self.news: list[str] = []
        self.logins: list[str] = []
        """Where those came from who logged in by a code of one's own."""
        self.gaps: list[tuple[str, int, int]] = []
        self.added: list[Json] = []
        """Rooms that one belongs to now, by what another connection or another person did."""
        self.notified = 0
        """How often one was told how one wants to be told."""
        self.ignored: list[str] = []
        self.own_keys: set[str] = set()
        """What one has said oneself is not heard …"""
        self.hears_own = False
        """… but when one reads it all."""
        self._own: set[tuple[int, int]] = set()
        """Changes of one's own, which are no news."""

    def learn(self, room: Json) -> str:
        """How a room is called."""
        label = room["name"] if room["kind"] == "direct" else f"#{room['name']}"
        self.labels[room["room"]] = label
        return label

    def number(self, label: str) -> int:
        """The id of a room."""
        return next(number for number, called in self.labels.items() if called == label)

    def own(self, room: int, seq: int) -> None:
        """This change is one's own; its event may have come already, or come later."""
        self._own.add((room, seq))
        label = self.labels[room]
        self.heard = [one for one in self.heard if (one.room, one.seq) != (label, seq)]

    def take(self, event: Json) -> None:
        """Keep what an event says."""
        match event["type"]:
            case "error":
                raise Refusal(event["code"], event["text"])
            case "said" | "edited" | "deleted" | "reacted" | "pinned" | "purged" | "noticed":
                self._hear(event)
            case "skipped" | "previewed":
                self._move_to(event)
            case "attached":
                self._attached(event)
            case "added":
                for room in event["rooms"]:
                    self.learn(room)
                self.added += event["rooms"]
            case "gap":
                self.gaps.append((self.labels[event["room"]], event["from"], event["to"]))
            case "notify":
                self.notified += 1
            case "linked":
                self.logins.append(event["address"])
            case "renamed":
                self.labels[event["room"]] = f"#{event['name']}"
            case "ended":
                self.news.append(f"{self.labels[event['room']]} is over")
                self.labels[event["room"]] = event["name"]
            case "removed" if "by" in event:
                what = "deleted" if event.get("destroyed") else "removed me from"
                self.news.append(f"{event['by']['name']} {what} {self.labels[event['room']]}")
                del self.positions[event["room"]]
            case _:
                self._tell(event)

    def _tell(self, event: Json) -> None:
        """Keep what is news and nothing else."""
        match event["type"]:
            case "invited" | "uninvited":
                self.news.append(f"{event['type']} #{event['name']}")
            case "reported":
                one = event["report"]
                where = "hiding" if one.get("hidden") else f"#{one['room_name']}"
                who = f"{one['by']['name']} reported {one['author']['name']}"
                self.news.append(f"{who} in {where}: {one['text']}")
            case "joined" | "left":
                for user in event["users"]:
                    self.news.append(f"{user['name']} {event['type']} {self.labels[event['room']]}")
            case "presence":
                for way in ("came", "went", "changed"):
                    for user in event.get(way, ()):
                        self.news.append(f"{user['name']} {way} {self.labels[event['room']]}")
            case "typing":
                self.news.append(f"{event['user']['name']} writes {self.labels[event['room']]}")
            case "appointed":
                place = self.labels[event["room"]] if "room" in event else "the server"
                self.news.append(f"{event['role']} of {place}")
            case "read":
                self.news.append(f"read {self.labels[event['room']]} {event['seq']}")

    def _attached(self, event: Json) -> None:
        self.learn(event)
        room = event["room"]
        assert "gap" not in event
        assert "reset" not in event
        self.positions[room] = event["from"] - 1
        for entry in event["entries"]:
            if self.ignored:  # there may be others' places before it
                self.positions[room] = max(self.positions[room], entry["seq"] - 1)
            self._hear(entry)
        if self.ignored:
            self.positions[room] = event["to"]
        assert self.positions[room] == event["to"], "a page has everything from its first to its last"
        if event["complete"]:
            self.catching_up.discard(room)

    def _move_to(self, entry: Json) -> None:
        room = entry["room"]
        assert self.positions[room] + 1 == entry["seq"], "nothing is left out, and nothing comes twice"
        self.positions[room] = entry["seq"]

    def _hear(self, entry: Json) -> None:
        self._move_to(entry)
        room, who = self.labels[entry["room"]], entry["from"]["name"]
        match entry["type"]:
            case "said" if self.hears_own or entry.get("key") not in self.own_keys:
                self.heard.append(self.message(entry))
            case "edited" if "text" in entry and (self.hears_own or not self._is_own(entry)):
                self.heard.append(self.message(entry))
            case "purged":
                self.news.append(f"messages of {entry['user']['name']} are gone in {room}")
            case "deleted":
                whose = f" of {entry['about']['name']}" if "about" in entry else ""
                self.news.append(f"{who} deleted {entry['target']}{whose} in {room}")
            case "pinned":
                what = "pinned" if entry["on"] else "took down"
                self.news.append(f"{who} {what} {entry['target']} in {room}")
            case "reacted":
                what = f"{'' if entry['on'] else 'un'}reacted {entry['emoji']}"
                self.news.append(f"{who} {what} to {entry['target']} in {room}")
            case "noticed":
                self._notice(entry, room, who)

    def _is_own(self, entry: Json) -> bool:
        return (entry["room"], entry["seq"]) in self._own

    def _notice(self, entry: Json, room: str, who: str) -> None:
        if entry["what"] == "topic":
            self.news.append(f"{who}: {room} is about {entry.get('text', '')}")
        elif entry["what"] == "renamed":
            before, name = entry["text"].split()
            self.news.append(f"{who}: #{before} is #{name}")
        elif entry["what"] == "icon":
            self.news.append(f"{who}: {room} has {'another' if entry.get('text') else 'no'} icon")
        elif entry["what"] in SETTINGS.values():
            self.news.append(f"{who}: {room} is {entry['what']}")

    def message(self, said: Json) -> Message:
        """Something said, or another text for it."""
        return Message(
            self.labels[said["room"]],
            said["seq"],
            said["from"]["name"],
            "(deleted)" if said.get("deleted") else said["text"],
            said.get("me", False),
            said.get("target"),
            said.get("reply_to"),
        )
