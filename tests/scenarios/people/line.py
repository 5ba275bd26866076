"""Somebody at a terminal."""

import re
from collections.abc import Sequence

from tests.scenarios.people import patterns
from tests.scenarios.people.keeping import RoomKeeper
from tests.scenarios.people.person import Login, Message, Seen, ref
from tests.scenarios.people.terminal import refusal


class LinePerson(RoomKeeper):
    """Each verb is what one types there."""

    # Coming and going.

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
            raise refusal(line)
        await self.is_logged_out()

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

    # Speaking and hearing.

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

    async def read(self, room: str) -> None:
        await self.say(room, "I have read that.")

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


def _spoken(text: str, me: bool) -> str:
    if me:
        return f"/me {text}"
    return f"/{text}" if text.startswith("/") else text
