"""Somebody who speaks JSON, over whatever: what they ask, and how they read the answers."""

from abc import ABC, abstractmethod
from itertools import count

from tests.peers import Json
from tests.scenarios.house import House
from tests.scenarios.people.person import Login, Message, Seen, ref
from tests.scenarios.people.told import Told


class JsonPerson(ABC):
    """The verbs of a Person in JSON; how commands and events travel is for who comes after this."""

    frontend = "web"

    def __init__(self, house: House) -> None:
        self._house = house
        self.name = ""
        self.token = ""
        self.unread: dict[str, int] = {}
        self.mentioned: dict[str, int] = {}
        self.told = Told()
        self.gaps = self.told.gaps
        self._connected = False
        self._ids = count(1)

    # How it travels.

    @abstractmethod
    async def ask(self, command: Json) -> Json:
        """The answer to one command; raises Refusal."""

    @abstractmethod
    async def _identify(self, command: Json) -> None:
        """Connect if need be, log in by this, and be sent one's rooms from where one was in them."""

    @abstractmethod
    async def _enter_room(self, command: Json) -> None:
        """Ask for a room, and be sent it."""

    @abstractmethod
    async def is_logged_out(self) -> None:
        """Wait for the server to end the connection, and say why."""

    @abstractmethod
    async def _pump(self) -> None:
        """Take the next event."""

    @abstractmethod
    async def _settle(self) -> None:
        """Take every event of what happened before now."""

    # Coming and going.

    # Coming and going.

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

    async def ignore(self, name: str) -> list[str]:
        return await self._change_ignored({"type": "ignore", "user": name})

    async def unignore(self, name: str) -> list[str]:
        return await self._change_ignored({"type": "unignore", "user": name})

    async def _change_ignored(self, command: Json) -> list[str]:
        self.told.ignored = [user["name"] for user in (await self.ask(command))["ignored"]]
        return self.told.ignored

    def _be(self, user: Json, rooms: list[Json]) -> None:
        """Know who one is, and one's rooms as a login gives them."""
        self.name = user["name"]
        self.unread, self.mentioned = {}, {}
        for room in rooms:
            label = self.told.learn(room)
            if room["unread"]:
                self.unread[label] = room["unread"]
            if "mentions" in room:
                self.mentioned[label] = room["mentions"]

    async def come_back(self) -> None:
        await self._identify({"type": "login", "token": self.token})

    # Speaking and hearing.

    async def delete(self, room: str, seq: int) -> int:
        return int((await self.ask({"type": "delete", "room": ref(room), "target": seq}))["seq"])

    async def react(self, room: str, seq: int, emoji: str, *, on: bool = True) -> int:
        reaction = {"type": "react", "room": ref(room), "target": seq, "emoji": emoji, "on": on}
        return int((await self.ask(reaction))["seq"])

    async def reactions(self, room: str, seq: int) -> dict[str, int]:
        page = await self.ask({"type": "history", "room": ref(room), "after": seq - 1, "limit": 1})
        return {one["emoji"]: len(one["users"]) for one in page["entries"][0].get("reactions", ())}

    async def pin(self, room: str, seq: int, *, on: bool = True) -> int:
        return int((await self.ask({"type": "pin", "room": ref(room), "target": seq, "on": on}))["seq"])

    async def pins(self, room: str) -> list[str]:
        board = await self.ask({"type": "pins", "room": ref(room)})
        return [pinned["message"]["text"] for pinned in board["pins"]]

    async def mentions(self) -> list[str]:
        return [said["text"] for said in (await self.ask({"type": "mentions"}))["messages"]]

    async def search(self, query: str) -> list[str]:
        hits = (await self.ask({"type": "search", "query": query}))["messages"]
        return [hit["message"]["text"] for hit in hits]

    async def set_topic(self, room: str, text: str) -> None:
        await self.ask({"type": "topic", "room": ref(room), "text": text})

    async def topic(self, room: str) -> str:
        [state] = (await self.ask({"type": "topic", "room": ref(room)}))["rooms"]
        return str(state["topic"])

    async def hear(self, number: int) -> list[Message]:
        while len(self.told.heard) < number:
            await self._pump()
        heard, self.told.heard = self.told.heard[:number], self.told.heard[number:]
        return heard

    async def see(self, news: str) -> None:
        while news not in self.told.news:
            await self._pump()
        self.told.news.remove(news)

    async def read(self, room: str) -> None:
        number = self.told.number(room)
        await self.ask({"type": "read", "room": number, "seq": self.told.positions[number]})

    async def give_code(self, code: str) -> None:
        await self.ask({"type": "link", "code": code})

    async def learns_of_login(self) -> str:
        while not self.told.logins:
            await self._pump()
        return self.told.logins.pop()

    def _say(self, room: str, text: str, key: str | None = None, **more: object) -> Json:
        key = key or f"{self.name}-{next(self._ids)}"
        self.told.own_keys.add(key)
        return {"type": "say", "room": ref(room), "text": text, "key": key, **more}

    async def say(self, room: str, text: str, *, me: bool = False, key: str | None = None) -> int:
        if room.startswith("@") and room not in self.told.labels.values():
            await self._enter_room({"type": "direct", "users": room[1:].split(",")})
        return int((await self.ask(self._say(room, text, key, me=me)))["seq"])

    async def reply(self, room: str, seq: int, text: str) -> int:
        return int((await self.ask(self._say(room, text, reply_to=seq)))["seq"])

    async def edit(self, room: str, seq: int, text: str) -> int:
        stored = await self.ask({"type": "edit", "room": ref(room), "target": seq, "text": text})
        self.told.own(stored["room"], stored["seq"])
        return int(stored["seq"])

    async def set_level(self, room: str, level: str) -> None:
        await self.ask({"type": "notify", "room": ref(room), "level": level})

    async def hears_nothing(self) -> None:
        await self._settle()
        assert self.told.heard == []

    async def sees_nothing(self) -> None:
        await self._settle()
        assert self.told.news == []

    async def leave(self, room: str) -> None:
        await self.ask({"type": "leave", "room": ref(room)})
        self.told.positions.pop(self.told.number(room), None)

    async def join_by_code(self, code: str) -> str:
        await self._enter_room({"type": "join", "room": f"+{code}"})
        return next(reversed(self.told.labels.values()))

    # Rooms.

    async def create(self, room: str, *, private: bool = False) -> None:
        kind = "private" if private else "public"
        await self._enter_room({"type": "create", "name": ref(room), "kind": kind})

    async def join(self, room: str) -> None:
        await self._enter_room({"type": "join", "room": ref(room)})

    async def give_role(self, name: str, role: str, room: str | None = None) -> None:
        place = {} if room is None else {"room": ref(room)}
        await self.ask({"type": "role", "user": name, "role": role, **place})

    async def order(self, what: str, whom: str, room: str | None, minutes: int | None = None) -> None:
        command: Json = {"type": what, "network" if "." in whom else "user": whom}
        if room is not None:
            command["room"] = ref(room)
        if minutes is not None:
            command["minutes"] = minutes
        await self.ask(command)

    async def configure(self, room: str, setting: str, value: str) -> None:
        name = {"slow": "slow_seconds", "days": "retain_days", "count": "retain_count"}.get(setting, setting)
        given = {"on": True, "off": False if name == "moderated" else 0}
        chosen = given[value] if value in given else int(value)
        await self.ask({"type": "configure", "room": ref(room), name: chosen})

    async def rename(self, room: str, name: str) -> None:
        await self.ask({"type": "rename", "room": ref(room), "name": ref(name)})

    async def archive(self, room: str, *, on: bool = True) -> None:
        await self.ask({"type": "archive", "room": ref(room), "on": on})

    async def destroy(self, room: str) -> None:
        await self.ask({"type": "destroy", "room": ref(room), "name": ref(room)})

    async def archived(self) -> list[str]:
        answer = await self.ask({"type": "rooms", "archived": True})
        return [f"#{room['name']}" for room in answer["rooms"]]

    async def purge(self, whom: str | int, room: str | None) -> None:
        place = {} if room is None else {"room": ref(room)}
        await self.ask({"type": "purge", "target" if isinstance(whom, int) else "user": whom, **place})

    async def lock_down(self, minutes: int) -> None:
        await self.ask({"type": "lockdown", "minutes": minutes, "reason": "spam"})

    async def report(self, room: str, seq: int, note: str) -> None:
        await self.ask({"type": "report", "room": ref(room), "target": seq, "note": note})

    async def reports(self, room: str | None) -> list[tuple[int, str, str]]:
        answer = await self.ask({"type": "reports"} | ({} if room is None else {"room": ref(room)}))
        return [
            (one["report"], one["author"]["name"], one.get("text", "(deleted)")) for one in answer["reports"]
        ]

    async def close_report(self, number: int) -> None:
        await self.ask({"type": "closereport", "report": number})

    async def sanctions(self, room: str | None) -> list[str]:
        answer = await self.ask({"type": "sanctions"} | ({} if room is None else {"room": ref(room)}))
        kinds = {"ban": "banned", "mute": "muted"}
        return [
            f"{one['user']['name'] if 'user' in one else one['network']}, {kinds[one['kind']]}"
            for one in answer["sanctions"]
        ]

    async def members(self, room: str) -> dict[str, str]:
        found: dict[str, str] = {}
        after, more = 0, True
        while more:
            command = {"type": "members", "room": ref(room), "after": after, "limit": 2}
            answer = await self.ask(command)
            found |= {one["name"]: one.get("role", "member") for one in answer["members"]}
            after, more = answer["members"][-1]["id"], answer["more"]
        return found

    async def invite(self, name: str, room: str) -> None:
        await self.ask({"type": "invite", "room": ref(room), "user": name})

    async def uninvite(self, name: str, room: str) -> None:
        await self.ask({"type": "uninvite", "room": ref(room), "user": name})

    async def decline(self, room: str) -> None:
        await self.ask({"type": "decline", "room": ref(room)})

    async def invitations(self) -> list[str]:
        return [f"#{one['name']}" for one in (await self.ask({"type": "invitations"}))["invitations"]]

    async def make_door(self, room: str, uses: int) -> str:
        answer = await self.ask({"type": "invitelink", "room": ref(room), "uses": uses})
        assert answer["path"] == f"/join/{answer['code']}"
        return str(answer["code"])

    async def ways_in(self, room: str) -> tuple[list[str], list[int]]:
        answer = await self.ask({"type": "openings", "room": ref(room)})
        return [one["user"]["name"] for one in answer["invited"]], [one["link"] for one in answer["links"]]

    async def close_door(self, room: str, number: int) -> None:
        await self.ask({"type": "uninvite", "room": ref(room), "link": number})

    async def rooms(self, words: str = "") -> list[str]:
        answer = await self.ask({"type": "rooms", "query": words})
        return [f"#{room['name']}" for room in answer["rooms"]]

    async def who(self, room: str) -> list[str]:
        return list(await self.company(room))

    async def company(self, room: str) -> dict[str, Seen]:
        answer = await self.ask({"type": "who", "room": ref(room)})
        return {here["name"]: _seen(here) for here in answer["users"]}

    async def history(self, room: str, limit: int) -> list[Message]:
        answer = await self.ask({"type": "history", "room": ref(room), "limit": limit})
        return [self.told.message(said) for said in answer["entries"]]

    async def show(self, room: str, seq: int) -> list[Message]:
        answer = await self.ask({"type": "history", "room": ref(room), "around": seq, "limit": 5})
        return [self.told.message(said) for said in answer["entries"]]


def _seen(here: Json) -> Seen:
    return Seen(tuple(here["frontends"]), here.get("away", False), here.get("status", ""))
