"""A terminal: what is typed there, and how its lines are read."""

from collections import defaultdict

from tests.peers import LinePeer
from tests.scenarios.house import House
from tests.scenarios.people import patterns
from tests.scenarios.people.person import Message, Refusal, ref
from tests.scenarios.people.told import SETTINGS


class Terminal:
    """`nc`, where `/numbers on` and `/receipts on` were typed."""

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

    async def connect(self) -> str:
        """Be somebody who has not said a name yet; gives the greeting."""
        self.peer = await LinePeer.connect(self._house.endpoint(self.frontend))
        self._connected = True
        greeting = await self.peer.inbox.next()
        await self.ask("/numbers on")
        return greeting

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
                raise refusal(line)
        return answer

    async def _told(self, *beginnings: str) -> str:
        """The next line that begins so."""
        while not (line := await self._pump() or "").startswith(beginnings):
            pass
        return line

    async def _go(self, room: str) -> None:
        """Make this the room that lines go to."""
        if room != self._here:
            new = room.startswith("@") and room != "@deleted"
            await self.ask(f"/msg {ref(room)[1:]}" if new else f"/switch {room}")
            self._here = room

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

    async def learns_of_login(self) -> str:
        while not self._logins:
            await self._pump()
        return self._logins.pop()

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
        elif found := patterns.OVER.fullmatch(line):
            self._news.append(f"{found[1]} is over")
            self._positions[found[2]] = self._positions.pop(found[1])
            self._here = found[2] if self._here == found[1] else self._here
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

    async def drop(self) -> None:
        self.peer.abort()
        await self._end()

    async def say_goodbye(self) -> None:
        self.peer.send("/quit")
        assert (await self.peer.inbox.rest())[-1] == "* Goodbye."
        await self._end()

    async def is_logged_out(self) -> None:
        assert (await self.peer.inbox.rest())[-1] == "* You are logged out."
        await self._end()
        self._positions.clear()

    async def is_banned(self) -> None:
        assert (await self.peer.inbox.rest())[-1] == "* You are banned from this server."
        await self._end()

    async def _end(self) -> None:
        await self.peer.closed
        self._connected = False


def refusal(line: str) -> Refusal:
    code, _, text = line[2:].partition(": ")
    return Refusal(code, text)
