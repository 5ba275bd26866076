"""Somebody at a terminal."""

import re
from collections import defaultdict
from collections.abc import Sequence

from tests.peers import LinePeer
from tests.scenarios.house import House
from tests.scenarios.people import patterns
from tests.scenarios.people.person import Login, Message, Refusal, Seen, ref
from tests.scenarios.people.told import SETTINGS


class LinePerson:
    """Somebody at `nc` who has typed `/numbers on` and `/receipts on`."""

    frontend = "line"

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
        found = patterns.PROFILE.fullmatch(line)
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
        found = patterns.PERSON.match(line.removeprefix("* "))
        assert found is not None, line
        seen = self._seen(f"{found[2] or ''}, {line.removeprefix('* ')[found.end() :]}")
        assert bool(seen.frontends) is not (", last seen 20" in line), line
        return seen if seen.frontends else None

    def _seen(self, facts: str) -> Seen:
        words = patterns.WORDS.search(facts)
        frontends = tuple(re.findall(r"(?:^|, )(web|line)(?=,|$)", patterns.WORDS.sub("", facts)))
        status = (words[2] or "") if words is not None else ""
        return Seen(frontends, words is not None and words[1] == "away", status[1:-1].replace('\\"', '"'))

    async def sessions(self) -> list[Login]:
        found = [patterns.SESSION.fullmatch(line) for line in await self.ask("/sessions")]
        return [Login(one[1], one[2], one[3], one[4] == "this one") for one in found if one is not None]

    async def end_session(self, name: str) -> None:
        assert ["* That session has ended."] == await self.ask(f"/end {name}")

    async def new_token(self, name: str) -> str:
        [line] = await self.ask(f"/token {name}")
        return line.split()[1]

    async def log_in_by_token(self, token: str) -> None:
        await self._identify(f"/resume {token}")

    async def tokens(self) -> dict[str, bool]:
        found = [patterns.TOKEN.fullmatch(line) for line in await self.ask("/tokens")]
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
        while (line := await self._pump()) is None or not patterns.GREETING.fullmatch(line):
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
        greeting = next(found for line in answer if (found := patterns.GREETING.fullmatch(line)))
        self.name, self._here = greeting[1], greeting[2]
        if " /resume " in greeting[3]:
            self._code = greeting[3].rpartition(" /resume ")[2]
        self.unread, self.mentioned = {}, {}
        for line in answer:
            if line.startswith("* ") and not patterns.GREETING.fullmatch(line):
                for number, home, other, others_number in patterns.UNREAD.findall(line):
                    self.unread[home or other] = int(number or others_number)
                for number, home, other, others_number in patterns.MENTIONED.findall(line):
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
        while (got := await self._pump()) != patterns.BARRIER:
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
        found = next(found for line in answer if (found := patterns.RECEIPT.fullmatch(line)))
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
        found = patterns.REACTIONS.match(text)
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
        return next(int(found[2]) for one in answer if (found := patterns.RECEIPT.fullmatch(one)))

    async def topic(self, room: str) -> str:
        await self._go(room)
        answer = await self.ask("/topic")
        return next(found[1] or "" for one in answer if (found := patterns.ABOUT.fullmatch(one)))

    def shout(self, room: str, texts: Sequence[str]) -> None:
        assert room == self._here, "somebody at a terminal shouts where they are"
        self._shouted += len(texts)
        self.peer.send_raw("".join(f"{_spoken(text, False)}\n" for text in texts).encode())

    async def answered(self) -> list[int]:
        seqs: list[int] = []
        while len(seqs) < self._shouted:
            line = await self._pump() or ""
            assert not line.startswith("! "), line
            if found := patterns.RECEIPT.fullmatch(line):
                seqs.append(int(found[2]))
        self._shouted = 0
        return seqs

    async def _go(self, room: str) -> None:
        """Make this the room that lines go to."""
        if room != self._here:
            new = room.startswith("@") and room != "@deleted"
            await self.ask(f"/msg {ref(room)[1:]}" if new else f"/switch {room}")
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
        if found := patterns.MESSAGE.fullmatch(line):
            self._hear(found[1], int(found[2]), found[3] or found[4], found[5], found[4] is not None)
        elif found := patterns.GAP.fullmatch(line):
            self.gaps.append((found[1], int(found[2]), int(found[3])))
        elif found := patterns.DELETED.fullmatch(line):
            self._news.append(f"{found[1]} deleted {found[3]}{found[2] or ''} in {found[4]}")
        elif found := patterns.REACTED.fullmatch(line):
            self._news.append(
                f"{found[3]} {'un' if found[2] else ''}reacted {found[1]} to {found[4]} in {found[5]}"
            )
        elif (found := patterns.REPORT.fullmatch(line)) and found[7]:
            where = "hiding" if found[4] == "a private room" else found[4]
            self._news.append(f"{found[2]} reported {found[3]} in {where}: {found[6]}")
        elif found := patterns.PURGED.fullmatch(line) or patterns.ENDED.fullmatch(line):
            self._news.append(f"messages of {found[1]} are gone in {found[2]}")
        elif found := patterns.PINNED.fullmatch(line):
            self._news.append(f"{found[1]} {found[2]} {found[3]} in {found[4]}")
        elif found := patterns.TOPIC.fullmatch(line):
            self._news.append(f"{found[1]}: {found[2]} is about {found[3]}")
        elif found := patterns.LOGIN.fullmatch(line):
            self._logins.append(found[1])
        elif found := patterns.INVITED.fullmatch(line):
            self._news.append(f"{'uninvited' if found[1] else 'invited'} {found[2]}")
        elif found := patterns.COMING.fullmatch(line):
            ways = {"is here": "came", "has gone": "went"}
            self._news.append(f"{found[1]} {ways.get(found[2], found[2])} {found[3]}")
        elif found := patterns.REMOVED.fullmatch(line):
            self._news.append(f"{found[1]} {found[2].replace('you', 'me')} {found[3]}")
            self._positions.pop(found[3], None)
            if self._here == found[3]:
                self._here = ""
        elif found := patterns.RENAMED.fullmatch(line):
            self._news.append(f"{found[1]}: {found[2]} is {found[3]}")
            self._positions[found[3]] = self._positions.pop(found[2])
            self._here = found[3] if self._here == found[2] else self._here
        elif found := patterns.SETTING.fullmatch(line):
            self._news.append(f"{found[1]}: {found[3]} is {SETTINGS[found[2]]}")
        elif found := patterns.ICON.fullmatch(line):
            self._news.append(f"{found[1]}: {found[3]} has {'another' if found[2] else 'no'} icon")
        elif patterns.NOTICED.fullmatch(line):
            pass
        elif found := patterns.APPOINTED.fullmatch(line):
            self._news.append(f"{found[1]} of {found[2]}")
        elif patterns.DAY.fullmatch(line) and self._page is not None:
            self._in_page = True
        elif patterns.DAY.fullmatch(line) and self._resuming is not None:
            self._begin_anew(*self._resuming)
        else:
            if found := patterns.RECEIPT.fullmatch(line):
                self._positions[found[1]] = max(self._positions[found[1]], int(found[2]))
            return line
        return None

    def _hear(self, room: str, seq: int, author: str, text: str, me: bool) -> None:
        into = self._page if self._page is not None and self._in_page else self._heard
        if into and (into[-1].room, into[-1].seq) == (room, seq):
            into[-1] = into[-1]._replace(text=f"{into[-1].text}\n{text}")
            return
        edited, answer = patterns.EDITED.fullmatch(text), patterns.ANSWERS.fullmatch(text)
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
            if (found := patterns.REPORT.fullmatch(line))
        ]

    async def close_report(self, number: int) -> None:
        await self.ask(f"/closereport {number}")

    async def sanctions(self, room: str | None) -> list[str]:
        if room is not None:
            await self._go(room)
        lines = await self.ask("/serverbans" if room is None else "/bans")
        return [found[1] for line in lines if (found := patterns.SANCTION.fullmatch(line))]

    async def is_banned(self) -> None:
        assert (await self.peer.inbox.rest())[-1] == "* You are banned from this server."
        await self._end()

    async def members(self, room: str) -> dict[str, str]:
        lines = [
            found[1]
            for line in await self.ask(f"/members {room}")
            if (found := patterns.MEMBERS.fullmatch(line))
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
        lines = [found[1] for line in await self.ask("/who") if (found := patterns.PEOPLE.fullmatch(line))]
        people = [person for line in lines for person in patterns.PERSON.findall(line)]
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
            await self.ask(f"/show {ref(room)}/{seq}")
        finally:
            self._page, self._in_page = None, False
        return page

    async def catch_up(self, room: str, after: int) -> list[Message]:
        heard, self._heard = self._heard, []
        await self._since(room, after)
        caught, self._heard = self._heard, heard
        return caught


def _refusal(line: str) -> Refusal:
    code, _, text = line[2:].partition(": ")
    return Refusal(code, text)


def _spoken(text: str, me: bool) -> str:
    if me:
        return f"/me {text}"
    return f"/{text}" if text.startswith("/") else text
