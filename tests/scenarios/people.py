"""People in a story: the same verbs, whatever they came through. What one frontend cannot do is not here."""

import re
from collections import defaultdict
from collections.abc import Sequence
from itertools import count
from typing import Final, NamedTuple, Protocol

from tests.peers import Json, LinePeer, WebSocketPeer
from tests.scenarios.house import House


class Message(NamedTuple):
    """Something said, as whoever heard it was told."""

    room: str
    """`#lobby`, or `@alice` for the direct room with alice."""
    seq: int
    author: str
    text: str
    me: bool = False
    edits: int | None = None
    """It is another text for the message with this seq."""
    answers: int | None = None
    """It answers the message with this seq."""


class Login(NamedTuple):
    """One of somebody's sessions, as they are told."""

    name: str
    frontend: str
    address: str
    this: bool


class Seen(NamedTuple):
    """How somebody is present."""

    frontends: tuple[str, ...]
    away: bool = False
    status: str = ""


class Refusal(Exception):
    """The server said no."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(f"{code}: {text}")
        self.code = code
        self.text = text


class Person(Protocol):
    """Somebody with one connection at a time. Rooms are called `#lobby`, `@alice`.

    Each verb returns when the server has answered; a refusal is raised as Refusal.
    """

    frontend: str
    name: str
    unread: dict[str, int]
    """How much the last login said was unread, by room; rooms with nothing unread are left out."""
    mentioned: dict[str, int]
    """How much of it mentions one."""
    gaps: list[tuple[str, int, int]]
    """Room, first and last of what was skipped because one read too slowly."""

    async def enter(self, name: str) -> None:
        """Connect if need be, and be a guest."""

    async def register(self, name: str, password: str, invitation: str | None = None) -> None:
        """Connect if need be, and make an account."""

    async def new_invite_code(self) -> str:
        """A code with which somebody else makes an account."""

    async def log_in(self, name: str, password: str, code: str | None = None) -> None:
        """Connect if need be, and be who has this account; `code` where it takes one too."""

    async def begin_totp(self, password: str) -> str:
        """The secret for one's authenticator."""

    async def confirm_totp(self, code: str) -> list[str]:
        """Turn the second factor on; gives the recovery codes."""

    async def end_totp(self, password: str, code: str) -> None: ...

    async def become_account(self, password: str) -> None:
        """Make the guest that one is an account."""

    async def change_password(self, current: str, password: str) -> None: ...

    async def delete_account(self, password: str, messages: str, code: str | None = None) -> None:
        """Be gone for good; one's messages `stay` or `go`. The connection ends."""

    async def is_logged_out(self) -> None:
        """Wait for the server to end the connection, and say why."""

    async def appear(self, display_name: str, colour: str) -> None:
        """Say how one wants to be seen."""

    async def profile(self, name: str) -> tuple[str, str]:
        """The display name and the colour that somebody chose."""

    async def go_away(self, words: str = "") -> None: ...
    async def be_back(self) -> None: ...
    async def set_status(self, words: str) -> None: ...

    async def meet(self, name: str) -> Seen | None:
        """How somebody is present anywhere; None: they are not, and were seen before."""

    async def sessions(self) -> list[Login]:
        """Where one is logged in."""

    async def end_session(self, name: str) -> None: ...

    async def new_token(self, name: str) -> str:
        """An API token, which is told this once."""

    async def log_in_by_token(self, token: str) -> None:
        """Connect if need be, and be who has made this token."""

    async def tokens(self) -> dict[str, bool]:
        """The names of one's API tokens, and whether they were ever used."""

    async def revoke(self, name: str) -> None: ...

    async def show_code(self) -> str:
        """Connect if need be, and be shown a code for the other side."""

    async def give_code(self, code: str) -> None:
        """Let in whoever shows this code."""

    async def take_code(self, code: str) -> None:
        """Connect if need be, and be who shows this code."""

    async def is_let_in(self) -> None:
        """Wait until somebody has given the code that one shows."""

    async def learns_of_login(self) -> str:
        """Wait until one is told that somebody logged in by a code of one's own; gives where from."""

    async def ignore(self, name: str) -> list[str]:
        """Hear nothing more of somebody; gives whom one ignores now."""

    async def unignore(self, name: str) -> list[str]:
        """Hear them again; gives whom one ignores now."""

    async def come_back(self) -> None:
        """Connect again as the guest that one was, and ask for all that was missed."""

    async def say(self, room: str, text: str, *, me: bool = False) -> int:
        """The seq under which it is stored."""

    async def reply(self, room: str, seq: int, text: str) -> int:
        """Answer a message; gives the answer's seq."""

    async def edit(self, room: str, seq: int, text: str) -> int:
        """Say something else instead; -1 is what one said last. The seq of the change."""

    async def delete(self, room: str, seq: int) -> int: ...

    async def react(self, room: str, seq: int, emoji: str, *, on: bool = True) -> int:
        """Put an emoji on a message, or take it off; gives the entry's seq."""

    async def reactions(self, room: str, seq: int) -> dict[str, int]:
        """How often each emoji is on a message."""

    async def pin(self, room: str, seq: int, *, on: bool = True) -> int:
        """Pin a message to its room, or take it down; gives the entry's seq."""

    async def pins(self, room: str) -> list[str]:
        """What is pinned to a room, the last pinned first."""

    async def mentions(self) -> list[str]:
        """What mentions one, the newest first."""

    async def search(self, query: str) -> list[str]:
        """What is found, the newest first."""

    async def set_level(self, room: str, level: str) -> None:
        """Say of what in a room one wants to be told."""

    async def set_topic(self, room: str, text: str) -> None: ...

    async def topic(self, room: str) -> str:
        """What a room is about."""

    def shout(self, room: str, texts: Sequence[str]) -> None:
        """Say all of this in a room that one is in, and wait for nothing."""

    async def answered(self) -> list[int]:
        """The seqs of all that was shouted."""

    async def hear(self, number: int) -> list[Message]:
        """The next messages, without those of this very connection."""

    async def hears_nothing(self) -> None:
        """Nothing came that was not looked at."""

    async def see(self, news: str) -> None:
        """Wait until this was told: `bob joined #dev`, `bob left #dev`, `bob came #dev`, `bob went #dev`,
        `moderator of #dev`, `admin of the server`, `bob deleted 4712 in #dev`,
        `bob deleted 4712 of alice in #dev`, `messages of bob are gone in #dev`,
        `bob reported mallory in #dev: an insult`, `bob: #dev is about plans`,
        `alice removed me from #dev`.
        """

    async def give_role(self, name: str, role: str, room: str | None = None) -> None:
        """Say what somebody is in a room, or on the server."""

    async def members(self, room: str) -> dict[str, str]:
        """Who belongs to the room, and what they are there."""

    async def sees_nothing(self) -> None:
        """Nothing was told of anybody that was not looked for."""

    async def order(self, what: str, whom: str, room: str | None, minutes: int | None = None) -> None:
        """`kick`, `ban`, `unban`, `mute` or `unmute` somebody; without a room on the server."""

    async def configure(self, room: str, setting: str, value: str) -> None:
        """Change how a room works; the setting and its value as at a terminal."""

    async def rename(self, room: str, name: str) -> None: ...

    async def archive(self, room: str, *, on: bool = True) -> None: ...

    async def destroy(self, room: str) -> None: ...

    async def archived(self) -> list[str]:
        """The rooms that are archived, as far as they may be known."""

    async def purge(self, whom: str | int, room: str | None) -> None:
        """Delete all that somebody, or the author of a message, said in a room, or in all public ones."""

    async def lock_down(self, minutes: int) -> None:
        """Let nobody new come in for so long; 0: no longer."""

    async def report(self, room: str, seq: int, note: str) -> None: ...

    async def reports(self, room: str | None) -> list[tuple[int, str, str]]:
        """The open ones of a room, or those for the server's admins: number, author and text."""

    async def close_report(self, number: int) -> None: ...

    async def sanctions(self, room: str | None) -> list[str]:
        """`bob, banned`, `carol, muted`: who is kept out or silent, the newest first."""

    async def is_banned(self) -> None:
        """The server has ended the connection, and said why."""

    async def create(self, room: str, *, private: bool = False) -> None: ...
    async def join(self, room: str) -> None: ...
    async def leave(self, room: str) -> None: ...

    async def invite(self, name: str, room: str) -> None: ...

    async def uninvite(self, name: str, room: str) -> None: ...

    async def decline(self, room: str) -> None: ...

    async def invitations(self) -> list[str]:
        """The rooms into which one is invited."""

    async def make_door(self, room: str, uses: int) -> str:
        """A code that lets so many people into the room."""

    async def join_by_code(self, code: str) -> str:
        """The room that it opened."""

    async def ways_in(self, room: str) -> tuple[list[str], list[int]]:
        """Who is invited into a room, and the numbers of the codes that open it."""

    async def close_door(self, room: str, number: int) -> None:
        """End a code by its number."""

    async def rooms(self, words: str = "") -> list[str]:
        """The rooms that one may know of, direct ones aside; with words, those that have them."""

    async def who(self, room: str) -> list[str]:
        """The names of those present."""

    async def company(self, room: str) -> dict[str, Seen]:
        """The same, and how they are present."""

    async def history(self, room: str, limit: int) -> list[Message]:
        """The last messages, one's own among them."""

    async def show(self, room: str, seq: int) -> list[Message]:
        """A message, by its permanent link, and what was said around it."""

    async def catch_up(self, room: str, after: int) -> list[Message]:
        """Everything in the room after this seq, one's own messages among them; then live."""

    async def read(self, room: str) -> None:
        """Have read everything in the room; a line client does it by saying something."""

    def stop_reading(self) -> None:
        """Let everything lie that comes."""

    def read_again(self) -> None: ...

    async def recover(self) -> list[Message]:
        """Wait until a gap was shown, and fill it; gives all that was heard till then, some of it twice."""

    async def drop(self) -> None:
        """Lose the connection."""

    async def say_goodbye(self) -> None:
        """End the connection so that the server knows it was meant."""


class WebSocketPerson:
    """A script or a page: docs/protocol.md, "How to be a client that loses nothing"."""

    frontend = "web"

    def __init__(self, house: House) -> None:
        self._house = house
        self.name = ""
        self.unread: dict[str, int] = {}
        self.mentioned: dict[str, int] = {}
        self.gaps: list[tuple[str, int, int]] = []
        self.peer: WebSocketPeer
        self._connected = False
        self.token = ""
        self._ids = count(1)
        self._labels: dict[int, str] = {}
        self._positions: dict[int, int] = {}
        self._catching_up: set[int] = set()
        self._answers: dict[int, Json] = {}
        self._shouted: list[int] = []
        self._ignored: list[str] = []
        self._own_keys: set[str] = set()
        self._heard: list[Message] = []
        self._news: list[str] = []
        self._logins: list[str] = []
        """Where those came from who logged in by a code of one's own."""

    # Coming and going.

    async def connect(self, headers: dict[str, str] | None = None) -> Json:
        """Be somebody who has not said a name yet; gives `welcome`."""
        endpoint, port = self._house.endpoint(self.frontend), self._house.port(self.frontend)
        self.peer = await WebSocketPeer.connect(endpoint, port, headers)
        self._connected = True
        return await self.peer.receive()

    async def enter(self, name: str) -> None:
        await self._identify({"type": "login", "name": name})

    async def register(self, name: str, password: str, invitation: str | None = None) -> None:
        register = {"type": "register", "name": name, "password": password}
        await self._identify(register if invitation is None else {**register, "invitation": invitation})

    async def new_invite_code(self) -> str:
        return str((await self.ask({"type": "invitecode"}))["code"])

    async def log_in(self, name: str, password: str, code: str | None = None) -> None:
        login = {"type": "login", "name": name, "password": password}
        await self._identify(login if code is None else {**login, "code": code})

    async def begin_totp(self, password: str) -> str:
        return str((await self.ask({"type": "totp", "on": True, "password": password}))["secret"])

    async def confirm_totp(self, code: str) -> list[str]:
        return list((await self.ask({"type": "totp", "on": True, "code": code}))["recovery"])

    async def end_totp(self, password: str, code: str) -> None:
        await self.ask({"type": "totp", "on": False, "password": password, "code": code})

    async def become_account(self, password: str) -> None:
        answer = await self.ask({"type": "register", "name": self.name, "password": password})
        assert [(self.name, "user")] == [(one["name"], one["kind"]) for one in answer["profiles"]]

    async def change_password(self, current: str, password: str) -> None:
        await self.ask({"type": "password", "current": current, "password": password})

    async def delete_account(self, password: str, messages: str, code: str | None = None) -> None:
        command = {"type": "deleteaccount", "password": password, "messages": messages}
        await self.ask(command if code is None else {**command, "code": code})
        await self.is_logged_out()

    async def is_logged_out(self) -> None:
        await self.peer.inbox.rest()
        await self._end()
        self._positions.clear()
        assert self.peer.close_code == 4001

    async def appear(self, display_name: str, colour: str) -> None:
        await self.ask({"type": "appear", "display_name": display_name, "colour": colour})

    async def profile(self, name: str) -> tuple[str, str]:
        [profile] = (await self.ask({"type": "users", "users": [name]}))["profiles"]
        return profile.get("display_name", ""), profile.get("colour", "")

    async def go_away(self, words: str = "") -> None:
        await self.ask({"type": "away", "text": words} if words else {"type": "away"})

    async def be_back(self) -> None:
        await self.ask({"type": "away", "on": False})

    async def set_status(self, words: str) -> None:
        await self.ask({"type": "status", "text": words})

    async def meet(self, name: str) -> Seen | None:
        [profile] = (await self.ask({"type": "users", "users": [name]}))["profiles"]
        assert ("frontends" in profile) is not ("seen" in profile)
        return _seen(profile) if "frontends" in profile else None

    async def sessions(self) -> list[Login]:
        answer = await self.ask({"type": "sessions"})
        return [
            Login(one["session"], one["frontend"], one["address"], one.get("this", False))
            for one in answer["sessions"]
        ]

    async def end_session(self, name: str) -> None:
        await self.ask({"type": "end", "session": name})

    async def new_token(self, name: str) -> str:
        return str((await self.ask({"type": "newtoken", "name": name}))["token"])

    async def log_in_by_token(self, token: str) -> None:
        await self._identify({"type": "login", "token": token})

    async def tokens(self) -> dict[str, bool]:
        return {one["name"]: "seen" in one for one in (await self.ask({"type": "tokens"}))["tokens"]}

    async def revoke(self, name: str) -> None:
        await self.ask({"type": "revoke", "name": name})

    async def show_code(self) -> str:
        if not self._connected:
            await self.connect()
        return str((await self.ask({"type": "link"}))["code"])

    async def give_code(self, code: str) -> None:
        await self.ask({"type": "link", "code": code})

    async def take_code(self, code: str) -> None:
        await self._identify({"type": "link", "code": code})

    async def is_let_in(self) -> None:
        await self._be(await self.peer.receive())

    async def learns_of_login(self) -> str:
        while not self._logins:
            await self._pump()
        return self._logins.pop()

    async def ignore(self, name: str) -> list[str]:
        return await self._change_ignored({"type": "ignore", "user": name})

    async def unignore(self, name: str) -> list[str]:
        return await self._change_ignored({"type": "unignore", "user": name})

    async def _change_ignored(self, command: Json) -> list[str]:
        self._ignored = [user["name"] for user in (await self.ask(command))["ignored"]]
        return self._ignored

    async def come_back(self) -> None:
        await self._identify({"type": "login", "token": self.token})

    async def _identify(self, command: Json) -> None:
        if not self._connected:
            await self.connect()
        await self._be(await self.ask(command))

    async def _be(self, answer: Json) -> None:
        self.name = answer["user"]["name"]
        self.token = answer.get("token", self.token)
        self.unread, self.mentioned = {}, {}
        for room in answer["rooms"]:
            label = self._learn(room)
            if room["unread"]:
                self.unread[label] = room["unread"]
            if "mentions" in room:
                self.mentioned[label] = room["mentions"]
        known = [{"room": number, "after": after} for number, after in self._positions.items()]
        new = [{"room": room["room"]} for room in answer["rooms"] if room["room"] not in self._positions]
        await self._attach([*known, *new])

    async def _attach(self, rooms: list[Json]) -> None:
        self._catching_up.update(room["room"] for room in rooms)
        await self.ask({"type": "attach", "rooms": rooms})
        while self._catching_up:
            await self._pump()

    async def drop(self) -> None:
        self.peer.abort()
        await self._end()

    async def say_goodbye(self) -> None:
        await self.ask({"type": "logout"})
        await self._end()
        assert self.peer.close_code == 4001

    async def _end(self) -> None:
        await self.peer.closed
        self._connected = False
        self._catching_up.clear()

    # Speaking and hearing.

    async def ask(self, command: Json) -> Json:
        """The answer to one command."""
        return await self._answer(self._send(command))

    def _send(self, command: Json) -> int:
        number = next(self._ids)
        self.peer.send({**command, "id": number})
        return number

    async def _answer(self, number: int) -> Json:
        while number not in self._answers:
            await self._pump()
        answer = self._answers.pop(number)
        if answer["type"] == "error":
            raise Refusal(answer["code"], answer["text"])
        return answer

    async def say(self, room: str, text: str, *, me: bool = False, key: str | None = None) -> int:
        if room.startswith("@") and room not in self._labels.values():
            await self._enter_room({"type": "direct", "users": room[1:].split(",")})
        answer = await self._answer(self._say(room, text, me=me, key=key))
        return int(answer["seq"])

    def _say(self, room: str, text: str, *, me: bool = False, key: str | None = None) -> int:
        key = key or f"{self.name}-{next(self._ids)}"
        self._own_keys.add(key)
        return self._send({"type": "say", "room": _ref(room), "text": text, "key": key, "me": me})

    async def reply(self, room: str, seq: int, text: str) -> int:
        key = f"{self.name}-{next(self._ids)}"
        self._own_keys.add(key)
        say = {"type": "say", "room": _ref(room), "text": text, "key": key, "reply_to": seq}
        return int((await self.ask(say))["seq"])

    async def edit(self, room: str, seq: int, text: str) -> int:
        stored = await self.ask({"type": "edit", "room": _ref(room), "target": seq, "text": text})
        self._heard = [one for one in self._heard if one.seq != stored["seq"]]
        return int(stored["seq"])

    async def delete(self, room: str, seq: int) -> int:
        return int((await self.ask({"type": "delete", "room": _ref(room), "target": seq}))["seq"])

    async def react(self, room: str, seq: int, emoji: str, *, on: bool = True) -> int:
        reaction = {"type": "react", "room": _ref(room), "target": seq, "emoji": emoji, "on": on}
        return int((await self.ask(reaction))["seq"])

    async def reactions(self, room: str, seq: int) -> dict[str, int]:
        page = await self.ask({"type": "history", "room": _ref(room), "after": seq - 1, "limit": 1})
        return {one["emoji"]: len(one["users"]) for one in page["entries"][0].get("reactions", ())}

    async def pin(self, room: str, seq: int, *, on: bool = True) -> int:
        return int((await self.ask({"type": "pin", "room": _ref(room), "target": seq, "on": on}))["seq"])

    async def pins(self, room: str) -> list[str]:
        board = await self.ask({"type": "pins", "room": _ref(room)})
        return [pinned["message"]["text"] for pinned in board["pins"]]

    async def mentions(self) -> list[str]:
        return [said["text"] for said in (await self.ask({"type": "mentions"}))["messages"]]

    async def search(self, query: str) -> list[str]:
        hits = (await self.ask({"type": "search", "query": query}))["messages"]
        return [hit["message"]["text"] for hit in hits]

    async def set_level(self, room: str, level: str) -> None:
        await self.ask({"type": "notify", "room": _ref(room), "level": level})

    async def set_topic(self, room: str, text: str) -> None:
        await self.ask({"type": "topic", "room": _ref(room), "text": text})

    async def topic(self, room: str) -> str:
        [state] = (await self.ask({"type": "topic", "room": _ref(room)}))["rooms"]
        return str(state["topic"])

    def shout(self, room: str, texts: Sequence[str]) -> None:
        self._shouted += [self._say(room, text) for text in texts]

    async def answered(self) -> list[int]:
        shouted, self._shouted = self._shouted, []
        return [int((await self._answer(number))["seq"]) for number in shouted]

    async def hear(self, number: int) -> list[Message]:
        while len(self._heard) < number:
            await self._pump()
        heard, self._heard = self._heard[:number], self._heard[number:]
        return heard

    async def hears_nothing(self) -> None:
        await self.ask({"type": "ping"})
        assert self._heard == []

    async def sees_nothing(self) -> None:
        await self.ask({"type": "ping"})
        assert self._news == []

    async def see(self, news: str) -> None:
        while news not in self._news:
            await self._pump()
        self._news.remove(news)

    async def _pump(self) -> None:
        """Take the next event."""
        event = await self.peer.receive()
        match event["type"]:
            case "ok" | "error" | "pong" if "id" in event:
                self._answers[event["id"]] = event
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
                    self._learn(room)
                    self._send({"type": "attach", "rooms": [{"room": room["room"], "after": room["head"]}]})
            case "gap":
                self.gaps.append((self._labels[event["room"]], event["from"], event["to"]))
            case "invited" | "uninvited":
                self._news.append(f"{event['type']} #{event['name']}")
            case "reported":
                one = event["report"]
                where = "hiding" if one.get("hidden") else f"#{one['room_name']}"
                who = f"{one['by']['name']} reported {one['author']['name']}"
                self._news.append(f"{who} in {where}: {one['text']}")
            case "linked":
                self._logins.append(event["address"])
            case "joined" | "left":
                for user in event["users"]:
                    self._news.append(f"{user['name']} {event['type']} {self._labels[event['room']]}")
            case "presence":
                for way in ("came", "went", "changed"):
                    for user in event.get(way, ()):
                        self._news.append(f"{user['name']} {way} {self._labels[event['room']]}")
            case "typing":
                self._news.append(f"{event['user']['name']} writes {self._labels[event['room']]}")
            case "removed" if "by" in event:
                what = "deleted" if event.get("destroyed") else "removed me from"
                self._news.append(f"{event['by']['name']} {what} {self._labels[event['room']]}")
                del self._positions[event["room"]]
            case "appointed":
                place = self._labels[event["room"]] if "room" in event else "the server"
                self._news.append(f"{event['role']} of {place}")
            case "renamed":
                self._labels[event["room"]] = f"#{event['name']}"
            case "read":
                self._news.append(f"read {self._labels[event['room']]} {event['seq']}")

    def _attached(self, event: Json) -> None:
        self._learn(event)
        room = event["room"]
        assert "gap" not in event
        assert "reset" not in event
        self._positions[room] = event["from"] - 1
        for entry in event["entries"]:
            if self._ignored:  # there may be others' places before it
                self._positions[room] = max(self._positions[room], entry["seq"] - 1)
            self._hear(entry)
        if self._ignored:
            self._positions[room] = event["to"]
        assert self._positions[room] == event["to"], "a page has everything from its first to its last"
        if event["complete"]:
            self._catching_up.discard(room)

    def _move_to(self, entry: Json) -> None:
        room = entry["room"]
        assert self._positions[room] + 1 == entry["seq"], "nothing is left out, and nothing comes twice"
        self._positions[room] = entry["seq"]

    def _hear(self, entry: Json) -> None:
        self._move_to(entry)
        room, who = self._labels[entry["room"]], entry["from"]["name"]
        match entry["type"]:
            case "said" if entry.get("key") not in self._own_keys:
                self._heard.append(self._message(entry))
            case "edited" if "text" in entry:
                self._heard.append(self._message(entry))
            case "purged":
                self._news.append(f"messages of {entry['user']['name']} are gone in {room}")
            case "deleted":
                whose = f" of {entry['about']['name']}" if "about" in entry else ""
                self._news.append(f"{who} deleted {entry['target']}{whose} in {room}")
            case "pinned":
                self._news.append(
                    f"{who} {'pinned' if entry['on'] else 'took down'} {entry['target']} in {room}"
                )
            case "reacted":
                what = f"{'' if entry['on'] else 'un'}reacted {entry['emoji']}"
                self._news.append(f"{who} {what} to {entry['target']} in {room}")
            case "noticed":
                if entry["what"] == "topic":
                    self._news.append(f"{who}: {room} is about {entry.get('text', '')}")
                elif entry["what"] == "renamed":
                    before, name = entry["text"].split()
                    self._news.append(f"{who}: #{before} is #{name}")
                elif entry["what"] in LinePerson.SETTINGS.values():
                    self._news.append(f"{who}: {room} is {entry['what']}")

    def _message(self, said: Json) -> Message:
        return Message(
            self._labels[said["room"]],
            said["seq"],
            said["from"]["name"],
            "(deleted)" if said.get("deleted") else said["text"],
            said.get("me", False),
            said.get("target"),
            said.get("reply_to"),
        )

    def _learn(self, room: Json) -> str:
        label = room["name"] if room["kind"] == "direct" else f"#{room['name']}"
        self._labels[room["room"]] = label
        return label

    async def read(self, room: str) -> None:
        number = self._number(room)
        await self.ask({"type": "read", "room": number, "seq": self._positions[number]})

    def stop_reading(self) -> None:
        self.peer.pause()

    def read_again(self) -> None:
        self.peer.resume()

    async def recover(self) -> list[Message]:
        while not self.gaps:
            await self._pump()
        room = self._number(self.gaps[0][0])
        await self._attach([{"room": room, "after": self._positions[room]}])
        heard, self._heard = self._heard, []
        return heard

    def _number(self, label: str) -> int:
        return next(number for number, called in self._labels.items() if called == label)

    # Rooms.

    async def create(self, room: str, *, private: bool = False) -> None:
        kind = "private" if private else "public"
        await self._enter_room({"type": "create", "name": _ref(room), "kind": kind})

    async def join(self, room: str) -> None:
        await self._enter_room({"type": "join", "room": _ref(room)})

    async def _enter_room(self, command: Json) -> None:
        answer = await self.ask(command)
        self._catching_up.add(answer["rooms"][0]["room"])
        while self._catching_up:
            await self._pump()

    async def leave(self, room: str) -> None:
        await self.ask({"type": "leave", "room": _ref(room)})
        del self._positions[self._number(room)]

    async def give_role(self, name: str, role: str, room: str | None = None) -> None:
        place = {} if room is None else {"room": _ref(room)}
        await self.ask({"type": "role", "user": name, "role": role, **place})

    async def order(self, what: str, whom: str, room: str | None, minutes: int | None = None) -> None:
        command: Json = {"type": what, "network" if "." in whom else "user": whom}
        if room is not None:
            command["room"] = _ref(room)
        if minutes is not None:
            command["minutes"] = minutes
        await self.ask(command)

    async def configure(self, room: str, setting: str, value: str) -> None:
        name = {"slow": "slow_seconds", "days": "retain_days", "count": "retain_count"}.get(setting, setting)
        given = {"on": True, "off": False if name == "moderated" else 0}
        chosen = given[value] if value in given else int(value)
        await self.ask({"type": "configure", "room": _ref(room), name: chosen})

    async def rename(self, room: str, name: str) -> None:
        await self.ask({"type": "rename", "room": _ref(room), "name": _ref(name)})

    async def archive(self, room: str, *, on: bool = True) -> None:
        await self.ask({"type": "archive", "room": _ref(room), "on": on})

    async def destroy(self, room: str) -> None:
        await self.ask({"type": "destroy", "room": _ref(room), "name": _ref(room)})

    async def archived(self) -> list[str]:
        answer = await self.ask({"type": "rooms", "archived": True})
        return [f"#{room['name']}" for room in answer["rooms"]]

    async def purge(self, whom: str | int, room: str | None) -> None:
        place = {} if room is None else {"room": _ref(room)}
        await self.ask({"type": "purge", "target" if isinstance(whom, int) else "user": whom, **place})

    async def lock_down(self, minutes: int) -> None:
        await self.ask({"type": "lockdown", "minutes": minutes, "reason": "spam"})

    async def report(self, room: str, seq: int, note: str) -> None:
        await self.ask({"type": "report", "room": _ref(room), "target": seq, "note": note})

    async def reports(self, room: str | None) -> list[tuple[int, str, str]]:
        answer = await self.ask({"type": "reports"} | ({} if room is None else {"room": _ref(room)}))
        return [
            (one["report"], one["author"]["name"], one.get("text", "(deleted)")) for one in answer["reports"]
        ]

    async def close_report(self, number: int) -> None:
        await self.ask({"type": "closereport", "report": number})

    async def sanctions(self, room: str | None) -> list[str]:
        answer = await self.ask({"type": "sanctions"} | ({} if room is None else {"room": _ref(room)}))
        kinds = {"ban": "banned", "mute": "muted"}
        return [
            f"{one['user']['name'] if 'user' in one else one['network']}, {kinds[one['kind']]}"
            for one in answer["sanctions"]
        ]

    async def is_banned(self) -> None:
        await self.peer.inbox.rest()
        assert 4004 == self.peer.close_code
        await self._end()

    async def members(self, room: str) -> dict[str, str]:
        found: dict[str, str] = {}
        after, more = 0, True
        while more:
            command = {"type": "members", "room": _ref(room), "after": after, "limit": 2}
            answer = await self.ask(command)
            found |= {one["name"]: one.get("role", "member") for one in answer["members"]}
            after, more = answer["members"][-1]["id"], answer["more"]
        return found

    async def invite(self, name: str, room: str) -> None:
        await self.ask({"type": "invite", "room": _ref(room), "user": name})

    async def uninvite(self, name: str, room: str) -> None:
        await self.ask({"type": "uninvite", "room": _ref(room), "user": name})

    async def decline(self, room: str) -> None:
        await self.ask({"type": "decline", "room": _ref(room)})

    async def invitations(self) -> list[str]:
        return [f"#{one['name']}" for one in (await self.ask({"type": "invitations"}))["invitations"]]

    async def make_door(self, room: str, uses: int) -> str:
        answer = await self.ask({"type": "invitelink", "room": _ref(room), "uses": uses})
        assert answer["path"] == f"/join/{answer['code']}"
        return str(answer["code"])

    async def join_by_code(self, code: str) -> str:
        await self._enter_room({"type": "join", "room": f"+{code}"})
        return next(reversed(self._labels.values()))

    async def ways_in(self, room: str) -> tuple[list[str], list[int]]:
        answer = await self.ask({"type": "openings", "room": _ref(room)})
        return [one["user"]["name"] for one in answer["invited"]], [one["link"] for one in answer["links"]]

    async def close_door(self, room: str, number: int) -> None:
        await self.ask({"type": "uninvite", "room": _ref(room), "link": number})

    async def rooms(self, words: str = "") -> list[str]:
        answer = await self.ask({"type": "rooms", "query": words})
        return [f"#{room['name']}" for room in answer["rooms"]]

    async def who(self, room: str) -> list[str]:
        return list(await self.company(room))

    async def company(self, room: str) -> dict[str, Seen]:
        answer = await self.ask({"type": "who", "room": _ref(room)})
        return {here["name"]: _seen(here) for here in answer["users"]}

    async def history(self, room: str, limit: int) -> list[Message]:
        answer = await self.ask({"type": "history", "room": _ref(room), "limit": limit})
        return [self._message(said) for said in answer["entries"]]

    async def show(self, room: str, seq: int) -> list[Message]:
        answer = await self.ask({"type": "history", "room": _ref(room), "around": seq, "limit": 5})
        return [self._message(said) for said in answer["entries"]]

    async def catch_up(self, room: str, after: int) -> list[Message]:
        heard, self._heard, keys, self._own_keys = self._heard, [], self._own_keys, set()
        await self._attach([{"room": self._number(room), "after": after}])
        caught, self._heard, self._own_keys = self._heard, heard, keys
        return caught


class LinePerson:
    """Somebody at `nc` who has typed `/numbers on` and `/receipts on`."""

    frontend = "line"

    _MESSAGE = re.compile(r"\[([#@]\S+) (\d+)\] \d\d:\d\d (?:<(\S+)>|\* (\S+)) (.*)")
    _BARRIER = "* Receipts are on."
    _GREETING = re.compile(
        r"\* You are (\S+?)(?: \([a-z ]+\))?\. You are (?:alone )?in (#\S+?)(?:\.| with )(.*)"
    )
    _RECEIPT = re.compile(r"\* stored ([#@]\S+) (\d+)")
    _PEOPLE = re.compile(r"\* In [#@]\S+ \(\d+ here\): (.*)")
    _GAP = re.compile(r"\* gap ([#@]\S+) (\d+) (\d+); /since \S+ \d+")
    _EDITED = re.compile(r"\(edited (\d+)\) (.*)")
    _ANSWERS = re.compile(r'\(to (\d+)(?:, \w+: "(?:[^"\\]|\\.)*")?\) (.*)')
    _DELETED = re.compile(r"\* (\w+) deleted a message( of \w+)? \((\d+)\) in ([#@]\S+)")
    _REACTIONS = re.compile(r"\(((?:\W\d+ ?)+)\) ")
    _REACTED = re.compile(r"\* (\W) (no longer )?by (\w+), on (\d+) in ([#@]\S+) \(.*\)")
    _REPORT = re.compile(
        r"\* Report (\d+), \S+ \S+, (\w+) reports (?:a message|message \d+) of (\w+)"
        r' in (a private room|[#@]\S+?)(?:, "([^"]*)")?(?:: "([^"]*)"|, which was deleted)'
        r"(; /closereport \d+)?"
    )
    _PURGED = re.compile(r"\* \w+ deleted all of (\w+)'s messages up to \d+ in ([#@]\S+)")
    _ENDED = re.compile(r"\* the messages of a (deleted) account up to \d+ in ([#@]\S+) are gone")
    _PINNED = re.compile(r"\* (\w+) (pinned|took down) message (\d+) in ([#@]\S+)")
    _TOPIC = re.compile(r'\* (\w+) changed the topic of (#\S+) to "(.*)"')
    _ABOUT = re.compile(r'\* (?:The topic of #\S+ is "(.*)"\.|#\S+ has no topic\.)')
    _COMING = re.compile(r"\* (\w+) (joined|left|is here|has gone) \(?([#@]\w+)\)?")
    _APPOINTED = re.compile(r"\* You are (?:an? )?(?:plain )?(\w+) of (#\S+|the server) now(?:, by \w+)?\.")
    _REMOVED = re.compile(r"\* (\w+) (removed you from|deleted) (#\w+)\b.*")
    _NOTICED = re.compile(r"\* \w+ (?:removed|banned|muted|lets) \w+ (?:from|in|into|speak in) #\w+.*")
    SETTINGS: Final = {
        "lets only moderators speak in": "moderated",
        "lets everybody speak in": "unmoderated",
        "slowed": "slow",
        "set": "retention",
        "archived": "archived",
        "lets": "unarchived",
    }
    """How lines say what is noticed of a room's settings."""
    _RENAMED = re.compile(r"\* (\w+) renamed (#\w+) to (#\w+)")
    _SETTING = re.compile(rf"\* (\w+) ({'|'.join(SETTINGS)}) (#\w+).*")
    _SANCTION = re.compile(r"\* (\S+, (?:banned|muted)).*")
    _MEMBERS = re.compile(r"\* Members of #\S+ \(\d+\): (.*)")
    _PERSON = re.compile(r'([a-z][\w-]*)(?: \(((?:"(?:[^"\\]|\\.)*"|[^")])*)\))?(?:, |$)')
    _PROFILE = re.compile(r'\* (\w+(?: \([^)]*\))?)(?:, "((?:[^"\\]|\\.)*)")?(?:, (\w+))?((?:, \w+:? .*)?)')
    _WORDS = re.compile(r'(?:^|, )(away|status)(?:: ("(?:[^"\\]|\\.)*"))?')
    _SESSION = re.compile(r"\* (\w+), (\w+) from (\S+), since \S+ \S+, (.*)")
    _DAY = re.compile(r"\* \d{4}-\d\d-\d\d")
    _TOKEN = re.compile(r"\* (\w+), since \S+ \S+, (never used|last used \S+ \S+)(?:, .*)?")
    _INVITED = re.compile(r"\* (?:\S+ invites you to|You are not (invited) to) (#\w+)\b.*")
    _LOGIN = re.compile(r"\* The (?:terminal|web client) at (\S+) is now logged in as you\. .*")
    _UNREAD = re.compile(
        r"(\d+) unread(?:, \d+ for you)? in (#\S+):|([#@]\S+) \((\d+) unread(?:, \d+ for you)?\)"
    )
    _MENTIONED = re.compile(r"(\d+) for you in (#\S+):|([#@]\S+) \((?:\d+ unread, )?(\d+) for you\)")

    def __init__(self, house: House) -> None:
        self._house = house
        self.name = ""
        self.unread: dict[str, int] = {}
        self.mentioned: dict[str, int] = {}
        self.gaps: list[tuple[str, int, int]] = []
        self.peer: LinePeer
        self._connected = False
        self._code = ""
        self._here = ""
        self._positions: dict[str, int] = defaultdict(int)
        self._heard: list[Message] = []
        self._page: list[Message] | None = None
        """Where the messages of a page of history go."""
        self._in_page = False
        """The page has begun, with its first day; nothing live comes between its lines."""
        self._resuming: tuple[str, int] | None = None
        """A room whose pages after this seq have not begun: what comes of it until then is still live."""
        self._news: list[str] = []
        self._logins: list[str] = []
        self._shouted = 0

    # Coming and going.

    async def connect(self) -> str:
        """Be somebody who has not said a name yet; gives the greeting."""
        self.peer = await LinePeer.connect(self._house.endpoint(self.frontend))
        self._connected = True
        greeting = await self.peer.inbox.next()
        await self.ask("/numbers on")
        return greeting

    async def enter(self, name: str) -> None:
        await self._identify(f"/nick {name}")

    async def register(self, name: str, password: str, invitation: str | None = None) -> None:
        await self._identify(f"/register {name} {invitation or ''}", password)

    async def new_invite_code(self) -> str:
        return (await self.ask("/invitecode"))[0].split()[3]

    async def log_in(self, name: str, password: str, code: str | None = None) -> None:
        if code is None:
            await self._identify(f"/login {name}", password)
            return
        if not self._connected:
            await self.connect()
        self.peer.send(f"/login {name}")
        self.peer.send(password)
        while not (await self._pump() or "").startswith(f"* Code for {name}"):
            pass
        await self._identify(code)

    async def begin_totp(self, password: str) -> str:
        secret = next(line for line in await self.ask("/totp on", password) if " this secret: " in line)
        return secret.partition(" this secret: ")[2].replace(" ", "")

    async def confirm_totp(self, code: str) -> list[str]:
        answer = await self.ask(f"/totp confirm {code}")
        return [one for line in answer if "-" in line for one in line[2:].split()]

    async def end_totp(self, password: str, code: str) -> None:
        assert "* Your password is enough again." in await self.ask("/totp off", password, code)

    async def become_account(self, password: str) -> None:
        answer = await self.ask(f"/register {self.name}", password)
        assert f"* You are {self.name}, with an account. /login {self.name} comes back." in answer

    async def change_password(self, current: str, password: str) -> None:
        answer = await self.ask("/password", current, password)
        assert "* Your password is changed. All your other sessions have ended." in answer

    async def delete_account(self, password: str, messages: str, code: str | None = None) -> None:
        self.peer.send(f"/deleteaccount {messages}")
        self.peer.send(password)
        line = await self._told("* Your account is deleted.", "! ")
        if code is not None and line.startswith("! totp_required: "):
            await self._told("* Code:")
            self.peer.send(code)
            line = await self._told("* Your account is deleted.", "! ")
        if line.startswith(("! totp_required: ", "! wrong_code: ")):
            await self._told("* Code:")
        if line.startswith("! "):
            raise _refusal(line)
        await self.is_logged_out()

    async def is_logged_out(self) -> None:
        assert (await self.peer.inbox.rest())[-1] == "* You are logged out."
        await self._end()
        self._positions.clear()

    async def appear(self, display_name: str, colour: str) -> None:
        await self.ask(f"/display {display_name}")
        await self.ask(f"/avatar {colour}")

    async def profile(self, name: str) -> tuple[str, str]:
        [line] = await self.ask(f"/whois {name}")
        found = self._PROFILE.fullmatch(line)
        assert found is not None, line
        return (found[2] or "").replace('\\"', '"'), found[3] or ""

    async def go_away(self, words: str = "") -> None:
        assert ["* You are away. /back ends it."] == await self.ask(f"/away {words}")

    async def be_back(self) -> None:
        assert ["* You are back."] == await self.ask("/back")

    async def set_status(self, words: str) -> None:
        [answer] = await self.ask(f"/status {words}")
        assert answer.startswith("* Your status is " if words else "* You have no status.")

    async def meet(self, name: str) -> Seen | None:
        [line] = await self.ask(f"/whois {name}")
        found = self._PERSON.match(line.removeprefix("* "))
        assert found is not None, line
        seen = self._seen(f"{found[2] or ''}, {line.removeprefix('* ')[found.end() :]}")
        assert bool(seen.frontends) is not (", last seen 20" in line), line
        return seen if seen.frontends else None

    def _seen(self, facts: str) -> Seen:
        words = self._WORDS.search(facts)
        frontends = tuple(re.findall(r"(?:^|, )(web|line)(?=,|$)", self._WORDS.sub("", facts)))
        status = (words[2] or "") if words is not None else ""
        return Seen(frontends, words is not None and words[1] == "away", status[1:-1].replace('\\"', '"'))

    async def sessions(self) -> list[Login]:
        found = [self._SESSION.fullmatch(line) for line in await self.ask("/sessions")]
        return [Login(one[1], one[2], one[3], one[4] == "this one") for one in found if one is not None]

    async def end_session(self, name: str) -> None:
        assert ["* That session has ended."] == await self.ask(f"/end {name}")

    async def new_token(self, name: str) -> str:
        [line] = await self.ask(f"/token {name}")
        return line.split()[1]

    async def log_in_by_token(self, token: str) -> None:
        await self._identify(f"/resume {token}")

    async def tokens(self) -> dict[str, bool]:
        found = [self._TOKEN.fullmatch(line) for line in await self.ask("/tokens")]
        return {one[1]: one[2] != "never used" for one in found if one is not None}

    async def revoke(self, name: str) -> None:
        assert [f"* The token {name} opens nothing any more."] == await self.ask(f"/revoke {name}")

    async def show_code(self) -> str:
        if not self._connected:
            await self.connect()
        [line] = await self.ask("/link")
        return line.split()[3]

    async def give_code(self, code: str) -> None:
        await self.ask(f"/link {code}")

    async def take_code(self, code: str) -> None:
        await self._identify(f"/link {code}")

    async def is_let_in(self) -> None:
        while (line := await self._pump()) is None or not self._GREETING.fullmatch(line):
            pass
        self._be([line])

    async def learns_of_login(self) -> str:
        while not self._logins:
            await self._pump()
        return self._logins.pop()

    async def ignore(self, name: str) -> list[str]:
        return await self._change_ignored(f"/ignore {name}")

    async def unignore(self, name: str) -> list[str]:
        return await self._change_ignored(f"/unignore {name}")

    async def _change_ignored(self, line: str) -> list[str]:
        answer = (await self.ask(line))[-1]
        assert answer == (await self.ask("/ignored"))[-1]
        whom = answer.removeprefix("* You ignore ").removesuffix(".")
        return [] if whom == "nobody" else whom.split(", ")

    async def come_back(self) -> None:
        positions = dict(self._positions)
        await self._identify(f"/resume {self._code}")
        for room, after in positions.items():
            await self._since(room, after)

    async def _identify(self, *lines: str) -> None:
        if not self._connected:
            await self.connect()
        self._be(await self.ask(*lines))

    def _be(self, answer: list[str]) -> None:
        greeting = next(found for line in answer if (found := self._GREETING.fullmatch(line)))
        self.name, self._here = greeting[1], greeting[2]
        if " /resume " in greeting[3]:
            self._code = greeting[3].rpartition(" /resume ")[2]
        self.unread, self.mentioned = {}, {}
        for line in answer:
            if line.startswith("* ") and not self._GREETING.fullmatch(line):
                for number, home, other, others_number in self._UNREAD.findall(line):
                    self.unread[home or other] = int(number or others_number)
                for number, home, other, others_number in self._MENTIONED.findall(line):
                    self.mentioned[home or other] = int(number or others_number)

    async def _since(self, room: str, after: int) -> None:
        self._resuming = (room, after)
        self.peer.send(f"/since {room} {after}")
        while not (await self._pump() or "").startswith(f"* complete {room} "):
            pass
        self._resuming = None

    def _begin_anew(self, room: str, after: int) -> None:
        """The pages that were asked for begin: they hold everything after this seq, heard already or not."""
        self._resuming = None
        self._positions[room] = after
        self._heard = [one for one in self._heard if one.room != room or one.seq <= after]

    async def drop(self) -> None:
        self.peer.abort()
        await self._end()

    async def say_goodbye(self) -> None:
        self.peer.send("/quit")
        assert (await self.peer.inbox.rest())[-1] == "* Goodbye."
        await self._end()

    async def _end(self) -> None:
        await self.peer.closed
        self._connected = False

    # Speaking and hearing.

    async def ask(self, *lines: str) -> list[str]:
        """What these lines are answered with, up to the answer of one that comes after them."""
        for line in lines:
            self.peer.send(line)
        self.peer.send("/receipts on")
        answer: list[str] = []
        while (got := await self._pump()) != self._BARRIER:
            if got is not None:
                answer.append(got)
        for line in answer:
            if line.startswith("! "):
                raise _refusal(line)
        return answer

    async def _told(self, *beginnings: str) -> str:
        """The next line that begins so."""
        while not (line := await self._pump() or "").startswith(beginnings):
            pass
        return line

    async def say(self, room: str, text: str, *, me: bool = False) -> int:
        await self._go(room)
        answer = await self.ask(_spoken(text, me))
        found = next(found for line in answer if (found := self._RECEIPT.fullmatch(line)))
        assert room == found[1]
        return int(found[2])

    async def reply(self, room: str, seq: int, text: str) -> int:
        return await self._change(room, f"/reply {seq} {text}")

    async def edit(self, room: str, seq: int, text: str) -> int:
        return await self._change(room, f"/edit {seq} {text}")

    async def delete(self, room: str, seq: int) -> int:
        return await self._change(room, f"/delete {seq}")

    async def react(self, room: str, seq: int, emoji: str, *, on: bool = True) -> int:
        return await self._change(room, f"/{'react' if on else 'unreact'} {seq} {emoji}")

    async def reactions(self, room: str, seq: int) -> dict[str, int]:
        await self._go(room)
        self._page, self._in_page = [], False
        await self.ask("/history 200")
        page, self._page = self._page, None
        [text] = [message.text for message in page if message.seq == seq]
        found = self._REACTIONS.match(text)
        return {one[0]: int(one[1:]) for one in found[1].split()} if found else {}

    async def pin(self, room: str, seq: int, *, on: bool = True) -> int:
        return await self._change(room, f"/{'pin' if on else 'unpin'} {seq}")

    async def pins(self, room: str) -> list[str]:
        await self._go(room)
        await self.ask()  # what was said before is not pinned
        self._page, self._in_page = [], True
        await self.ask("/pins")
        board, self._page = self._page, None
        return [message.text for message in board]

    async def mentions(self) -> list[str]:
        page: list[Message] = []
        self._page = page
        await self.ask("/mentions")
        self._page, self._in_page = None, False
        return [message.text for message in reversed(page)]

    async def search(self, query: str) -> list[str]:
        page: list[Message] = []
        self._page = page
        await self.ask(f"/search {query}")
        self._page, self._in_page = None, False
        return [message.text for message in reversed(page)]

    async def set_level(self, room: str, level: str) -> None:
        await self._go(room)
        await self.ask(f"/notify {level}")

    async def set_topic(self, room: str, text: str) -> None:
        await self._change(room, f"/topic {text or '-'}")

    async def _change(self, room: str, line: str) -> int:
        await self._go(room)
        answer = await self.ask(line)
        return next(int(found[2]) for one in answer if (found := self._RECEIPT.fullmatch(one)))

    async def topic(self, room: str) -> str:
        await self._go(room)
        answer = await self.ask("/topic")
        return next(found[1] or "" for one in answer if (found := self._ABOUT.fullmatch(one)))

    def shout(self, room: str, texts: Sequence[str]) -> None:
        assert room == self._here, "somebody at a terminal shouts where they are"
        self._shouted += len(texts)
        self.peer.send_raw("".join(f"{_spoken(text, False)}\n" for text in texts).encode())

    async def answered(self) -> list[int]:
        seqs: list[int] = []
        while len(seqs) < self._shouted:
            line = await self._pump() or ""
            assert not line.startswith("! "), line
            if found := self._RECEIPT.fullmatch(line):
                seqs.append(int(found[2]))
        self._shouted = 0
        return seqs

    async def _go(self, room: str) -> None:
        """Make this the room that lines go to."""
        if room != self._here:
            new = room.startswith("@") and room != "@deleted"
            await self.ask(f"/msg {_ref(room)[1:]}" if new else f"/switch {room}")
            self._here = room

    async def hear(self, number: int) -> list[Message]:
        while len(self._heard) < number:
            await self._pump()
        await self.ask()  # the last message may have more lines
        heard, self._heard = self._heard[:number], self._heard[number:]
        return heard

    async def hears_nothing(self) -> None:
        await self.ask()
        assert self._heard == []

    async def sees_nothing(self) -> None:
        await self.ask()
        assert self._news == []

    async def see(self, news: str) -> None:
        while news not in self._news:
            await self._pump()
        self._news.remove(news)

    async def _pump(self) -> str | None:
        """Take the next line; None when it was part of a message, or news of somebody."""
        line = await self.peer.inbox.next()
        if found := self._MESSAGE.fullmatch(line):
            self._hear(found[1], int(found[2]), found[3] or found[4], found[5], found[4] is not None)
        elif found := self._GAP.fullmatch(line):
            self.gaps.append((found[1], int(found[2]), int(found[3])))
        elif found := self._DELETED.fullmatch(line):
            self._news.append(f"{found[1]} deleted {found[3]}{found[2] or ''} in {found[4]}")
        elif found := self._REACTED.fullmatch(line):
            self._news.append(
                f"{found[3]} {'un' if found[2] else ''}reacted {found[1]} to {found[4]} in {found[5]}"
            )
        elif (found := self._REPORT.fullmatch(line)) and found[7]:
            where = "hiding" if found[4] == "a private room" else found[4]
            self._news.append(f"{found[2]} reported {found[3]} in {where}: {found[6]}")
        elif found := self._PURGED.fullmatch(line) or self._ENDED.fullmatch(line):
            self._news.append(f"messages of {found[1]} are gone in {found[2]}")
        elif found := self._PINNED.fullmatch(line):
            self._news.append(f"{found[1]} {found[2]} {found[3]} in {found[4]}")
        elif found := self._TOPIC.fullmatch(line):
            self._news.append(f"{found[1]}: {found[2]} is about {found[3]}")
        elif found := self._LOGIN.fullmatch(line):
            self._logins.append(found[1])
        elif found := self._INVITED.fullmatch(line):
            self._news.append(f"{'uninvited' if found[1] else 'invited'} {found[2]}")
        elif found := self._COMING.fullmatch(line):
            ways = {"is here": "came", "has gone": "went"}
            self._news.append(f"{found[1]} {ways.get(found[2], found[2])} {found[3]}")
        elif found := self._REMOVED.fullmatch(line):
            self._news.append(f"{found[1]} {found[2].replace('you', 'me')} {found[3]}")
            self._positions.pop(found[3], None)
            if self._here == found[3]:
                self._here = ""
        elif found := self._RENAMED.fullmatch(line):
            self._news.append(f"{found[1]}: {found[2]} is {found[3]}")
            self._positions[found[3]] = self._positions.pop(found[2])
            self._here = found[3] if self._here == found[2] else self._here
        elif found := self._SETTING.fullmatch(line):
            self._news.append(f"{found[1]}: {found[3]} is {self.SETTINGS[found[2]]}")
        elif self._NOTICED.fullmatch(line):
            pass
        elif found := self._APPOINTED.fullmatch(line):
            self._news.append(f"{found[1]} of {found[2]}")
        elif self._DAY.fullmatch(line) and self._page is not None:
            self._in_page = True
        elif self._DAY.fullmatch(line) and self._resuming is not None:
            self._begin_anew(*self._resuming)
        else:
            if found := self._RECEIPT.fullmatch(line):
                self._positions[found[1]] = max(self._positions[found[1]], int(found[2]))
            return line
        return None

    def _hear(self, room: str, seq: int, author: str, text: str, me: bool) -> None:
        into = self._page if self._page is not None and self._in_page else self._heard
        if into and (into[-1].room, into[-1].seq) == (room, seq):
            into[-1] = into[-1]._replace(text=f"{into[-1].text}\n{text}")
            return
        edited, answer = self._EDITED.fullmatch(text), self._ANSWERS.fullmatch(text)
        if answer is not None:
            into.append(Message(room, seq, author, answer[2], me, answers=int(answer[1])))
        elif edited is None:
            into.append(Message(room, seq, author, text, me))
        else:
            into.append(Message(room, seq, author, edited[2], me, int(edited[1])))
        if into is self._heard:
            assert self._positions[room] < seq, "nothing comes twice, or late"
            self._positions[room] = seq

    async def read(self, room: str) -> None:
        await self.say(room, "I have read that.")

    def stop_reading(self) -> None:
        self.peer.pause()

    def read_again(self) -> None:
        self.peer.resume()

    async def recover(self) -> list[Message]:
        while not self.gaps:
            await self._pump()
        await self.ask()  # what is on its way already, perhaps with another gap, comes before the answer
        room, first, _ = self.gaps[0]
        await self._since(room, first - 1)
        heard, self._heard = self._heard, []
        return heard

    # Rooms.

    async def create(self, room: str, *, private: bool = False) -> None:
        await self.ask(f"/create {room}{' private' if private else ''}")
        self._here = room

    async def join(self, room: str) -> None:
        await self.ask(f"/join {room}")
        self._here = room

    async def leave(self, room: str) -> None:
        await self.ask(f"/leave {room}")
        self._positions.pop(room, None)
        if self._here == room:
            self._here = ""

    async def give_role(self, name: str, role: str, room: str | None = None) -> None:
        await self.ask(f"/serverrole {name} {role}" if room is None else f"/role {name} {role} {room}")

    async def order(self, what: str, whom: str, room: str | None, minutes: int | None = None) -> None:
        server = "server" if room is None else ""
        if room is not None:
            await self._go(room)
        await self.ask(f"/{server}{what} {whom}{'' if minutes is None else f' {minutes}m'}")

    async def configure(self, room: str, setting: str, value: str) -> None:
        await self.ask(f"/set {room} {setting} {value}")

    async def rename(self, room: str, name: str) -> None:
        await self.ask(f"/rename {room} {name}")

    async def archive(self, room: str, *, on: bool = True) -> None:
        await self.ask(f"/{'' if on else 'un'}archive {room}")

    async def destroy(self, room: str) -> None:
        await self.ask(f"/destroy {room}")

    async def archived(self) -> list[str]:
        return [line[2:].partition(",")[0] for line in await self.ask("/archived") if line.startswith("* #")]

    async def purge(self, whom: str | int, room: str | None) -> None:
        if room is not None:
            await self._go(room)
        await self.ask(f"/serverpurge {whom}" if room is None else f"/purge {whom}")

    async def lock_down(self, minutes: int) -> None:
        await self.ask(f"/lockdown {minutes} spam" if minutes else "/lockdown off")

    async def report(self, room: str, seq: int, note: str) -> None:
        await self._go(room)
        await self.ask(f"/report {seq} {note}")

    async def reports(self, room: str | None) -> list[tuple[int, str, str]]:
        if room is not None:
            await self._go(room)
        lines = await self.ask("/serverreports" if room is None else "/reports")
        return [
            (int(found[1]), found[3], found[6] or "(deleted)")
            for line in lines
            if (found := self._REPORT.fullmatch(line))
        ]

    async def close_report(self, number: int) -> None:
        await self.ask(f"/closereport {number}")

    async def sanctions(self, room: str | None) -> list[str]:
        if room is not None:
            await self._go(room)
        lines = await self.ask("/serverbans" if room is None else "/bans")
        return [found[1] for line in lines if (found := self._SANCTION.fullmatch(line))]

    async def is_banned(self) -> None:
        assert (await self.peer.inbox.rest())[-1] == "* You are banned from this server."
        await self._end()

    async def members(self, room: str) -> dict[str, str]:
        lines = [
            found[1]
            for line in await self.ask(f"/members {room}")
            if (found := self._MEMBERS.fullmatch(line))
        ]
        people = [
            re.fullmatch(r"(\w+)(?: \((.*)\))?", one)
            for line in lines
            for one in re.split(r", (?!\w+\))", line)
        ]
        roles = {one[1]: (one[2] or "").rpartition(", ")[2] for one in people if one is not None}
        return {name: role if role in ("owner", "moderator") else "member" for name, role in roles.items()}

    async def invite(self, name: str, room: str) -> None:
        await self._go(room)
        assert [f"* {name} is invited to {room}."] == await self.ask(f"/invite {name}")

    async def uninvite(self, name: str, room: str) -> None:
        await self._go(room)
        assert [f"* {name} is not invited any more."] == await self.ask(f"/uninvite {name}")

    async def decline(self, room: str) -> None:
        assert ["* You declined the invitation."] == await self.ask(f"/decline {room}")

    async def invitations(self) -> list[str]:
        lines = await self.ask("/invitations")
        return [line[2:].partition(",")[0] for line in lines if line.startswith("* #")]

    async def make_door(self, room: str, uses: int) -> str:
        await self._go(room)
        line, _ = await self.ask(f"/invitelink {uses}")
        return line.split()[2].removeprefix("+")

    async def join_by_code(self, code: str) -> str:
        [line] = [one for one in await self.ask(f"/join +{code}") if " in #" in one]
        self._here = line.partition(" in ")[2].split()[0].rstrip(".")
        return self._here

    async def ways_in(self, room: str) -> tuple[list[str], list[int]]:
        await self._go(room)
        lines = [line[2:].replace(",", " ").split() for line in await self.ask("/openings")]
        invited = [words[0] for words in lines if words[1] == "invited"]
        return invited, [int(words[2]) for words in lines if words[:2] == ["Code", "number"]]

    async def close_door(self, room: str, number: int) -> None:
        await self._go(room)
        assert [f"* Code {number} lets nobody in any more."] == await self.ask(f"/uninvite {number}")

    async def rooms(self, words: str = "") -> list[str]:
        lines = await self.ask(f"/rooms {words}")
        return [line[2:].partition(",")[0] for line in lines if line.startswith("* #")]

    async def who(self, room: str) -> list[str]:
        return list(await self.company(room))

    async def company(self, room: str) -> dict[str, Seen]:
        await self._go(room)
        lines = [found[1] for line in await self.ask("/who") if (found := self._PEOPLE.fullmatch(line))]
        people = [person for line in lines for person in self._PERSON.findall(line)]
        return {name: self._seen(facts) for name, facts in people}

    async def history(self, room: str, limit: int) -> list[Message]:
        await self._go(room)
        page: list[Message] = []
        self._page = page
        await self.ask(f"/history {limit}")
        self._page, self._in_page = None, False
        return page

    async def show(self, room: str, seq: int) -> list[Message]:
        page: list[Message] = []
        self._page = page
        try:
            await self.ask(f"/show {_ref(room)}/{seq}")
        finally:
            self._page, self._in_page = None, False
        return page

    async def catch_up(self, room: str, after: int) -> list[Message]:
        heard, self._heard = self._heard, []
        await self._since(room, after)
        caught, self._heard = self._heard, heard
        return caught


KINDS: dict[str, type[WebSocketPerson] | type[LinePerson]] = {"ws": WebSocketPerson, "line": LinePerson}


def _seen(here: Json) -> Seen:
    return Seen(tuple(here["frontends"]), here.get("away", False), here.get("status", ""))


def _ref(room: str) -> str:
    return room.removeprefix("#")


def _refusal(line: str) -> Refusal:
    code, _, text = line[2:].partition(": ")
    return Refusal(code, text)


def _spoken(text: str, me: bool) -> str:
    if me:
        return f"/me {text}"
    return f"/{text}" if text.startswith("/") else text
