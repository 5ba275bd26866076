"""What somebody at a terminal does with rooms, and with those in them."""

import re

from tests.scenarios.people import patterns
from tests.scenarios.people.terminal import Terminal


class RoomKeeper(Terminal):
    """The verbs of a Person that are about rooms."""

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
