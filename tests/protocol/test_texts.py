"""A room as text over HTTP, followed and not."""

from typing import Any, cast

import pytest
import pytest_twisted

from chatd.core.registry import Registry
from chatd.frontends.streams import Stream
from chatd.model import Limits
from tests.http_peer import Response
from tests.peers import LinePeer
from tests.protocol.test_api import Script, script
from tests.protocol.test_http import get
from tests.scenarios.house import House
from tests.scenarios.people import WebSocketPerson

OWED_BYTES = 65_536
MORE_THAN_BUFFERS_TAKE = 1_200_000


class Tail:
    """`curl -N`: a response that is read line by line. HTTP/1.0 knows no chunks."""

    def __init__(self, peer: LinePeer) -> None:
        self.peer = peer
        self.head: list[str] = []

    @classmethod
    async def open(cls, house: House, path: str, *headers: str) -> "Tail":
        tail = cls(await LinePeer.connect(house.endpoint("web")))
        lines = [f"GET {path} HTTP/1.0", *headers]
        tail.peer.send_raw("\r\n".join([*lines, "", ""]).encode())
        while (line := (await tail.peer.inbox.next()).rstrip("\r")) != "":
            tail.head.append(line)
        return tail

    @property
    def status(self) -> int:
        return int(self.head[0].split()[1])

    async def line(self) -> str:
        """The next one; the clock time is the same for all."""
        return without_time(await self.peer.inbox.next())

    async def rest(self) -> list[str]:
        return [without_time(line) for line in await self.peer.inbox.rest()]

    async def close(self) -> None:
        self.peer.abort()
        await self.peer.closed


def without_time(line: str) -> str:
    """`[#lobby] 09:14 <alice> hi` without 09:14."""
    place, found, rest = line.partition("] ")
    return f"{place}] {rest[6:]}" if found and line.startswith("[") else line


def bearer(script: Script) -> str:
    return f"Authorization: Bearer {script.token}"


async def read(house: House, script: Script, path: str, method: str = "GET") -> Response:
    return await get(house, path, method=method, Authorization=f"Bearer {script.token}")


def lines(response: Response) -> list[str]:
    """Those of messages."""
    return [without_time(line) for line in response.body.decode().splitlines() if line.startswith("[")]


def registry(house: House) -> Registry:
    assert house._service is not None and house._service._running is not None
    return house._service._running.registry


def streams(house: House) -> list[Stream]:
    assert house._service is not None and house._service._running is not None
    return [one for one in house._service._running.websockets.connections if isinstance(one, Stream)]


async def say(script: Script, *texts: str, room: str = "lobby") -> None:
    for text in texts:
        answer = await script.ask("say", room=room, text=text)
        assert "ok" == answer["type"], answer


class TestBacklog:
    @pytest_twisted.ensureDeferred
    async def test_the_newest_are_given_and_the_response_ends(self, house: House) -> None:
        bob = await script(house, "bob")
        await say(bob, "one", "two\nand a half", "three")
        for query, seqs in (("", [1, 2, 3]), ("?n=2", [2, 3]), ("?n=0", []), ("?after=1", [2, 3])):
            response = await read(house, bob, f"/rooms/lobby.txt{query}")
            assert (200, "text/plain; charset=utf-8") == (response.status, response.headers["content-type"])
            texts = {
                1: ["[#lobby] <bob> one"],
                2: ["[#lobby] <bob> two", "[#lobby] <bob> and a half"],
                3: ["[#lobby] <bob> three"],
            }
            assert [line for seq in seqs for line in texts[seq]] == lines(response)
        numbered = await read(house, bob, "/rooms/1.txt?n=1&numbers=1&follow=0")
        assert ["[#lobby 3] <bob> three"] == lines(numbered)

    @pytest_twisted.ensureDeferred
    async def test_whoever_only_looks_is_not_present(self, house: House) -> None:
        alice, bob = WebSocketPerson(house), await script(house, "bob")
        await alice.enter("alice")
        await read(house, bob, "/rooms/lobby.txt")
        registry(house).tick(registry(house).now + 2_000)
        await alice.sees_nothing()
        assert ["alice"] == await alice.who("#lobby")
        await alice.drop()

    @pytest_twisted.ensureDeferred
    async def test_a_conversation_is_a_room_too(self, house: House) -> None:
        alice, bob = await script(house, "alice"), await script(house, "bob")
        await alice.ask("direct", user="bob")
        await say(alice, "psst", room="@bob")
        assert ["[@alice] <alice> psst"] == lines(await read(house, bob, "/rooms/@alice.txt"))

    @pytest_twisted.ensureDeferred
    async def test_more_than_a_page_comes_whole(self, house: House) -> None:
        alice, bob = WebSocketPerson(house), await script(house, "bob")
        await alice.enter("alice")
        alice.shout("#lobby", [f"{number} {'x' * 3_000}" for number in range(10)])
        await alice.answered()
        alice.shout("#lobby", [str(number) for number in range(10, 20)])
        await alice.answered()
        found = lines(await read(house, bob, "/rooms/lobby.txt?after=0"))
        assert [str(number) for number in range(20)] == [line.split()[2] for line in found]
        await alice.drop()

    @pytest_twisted.ensureDeferred
    async def test_head_gives_the_head(self, house: House) -> None:
        bob = await script(house, "bob")
        response = await read(house, bob, "/rooms/lobby.txt?follow=1", method="HEAD")
        assert (200, b"") == (response.status, response.body)

    @pytest_twisted.ensureDeferred
    async def test_what_makes_no_sense_is_refused_as_a_line(self, house: House) -> None:
        bob = await script(house, "bob")
        for path in (
            "/rooms/lobby.txt?after=x",
            "/rooms/lobby.txt?after=-1",
            "/rooms/lobby.txt?n=99999999999999999999",
            "/rooms/lobby.txt?follow=yes",
            "/rooms/lobby.txt?after=1&n=1",
        ):
            response = await read(house, bob, path)
            assert 400 == response.status
            assert response.body.startswith(b"! bad_request: "), path
        for path in ("/rooms/", "/rooms/lobby", "/rooms/a/b.txt", "/rooms/nowhere.txt", "/rooms/%ff.txt"):
            response = await read(house, bob, path)
            assert 404 == response.status
            assert response.body.startswith(b"! no_such_room: "), path
        assert 405 == (await read(house, bob, "/rooms/lobby.txt", method="POST")).status


class TestNames:
    @pytest_twisted.ensureDeferred
    async def test_a_former_name_reads_the_same(self, house: House) -> None:
        bob = await script(house, "bob")
        await bob.ask("create", name="dev")
        await say(bob, "one", "two", room="dev")
        await bob.ask("rename", room="dev", name="lab")
        now = await read(house, bob, "/rooms/lab.txt?n=2")
        assert ["[#lab] <bob> two"] == lines(now)
        assert now.body == (await read(house, bob, "/rooms/dev.txt?n=2")).body

    @pytest_twisted.ensureDeferred
    async def test_a_number_beyond_all_is_no_room(self, house: House) -> None:
        bob = await script(house, "bob")
        number = "0" * 16 + "1" + "9" * 5_000
        for path in (f"/rooms/{number}.txt", f"/api/events?rooms={number}"):
            assert 404 == (await read(house, bob, path)).status, path[:20]

    @pytest_twisted.ensureDeferred
    async def test_what_acts_at_a_terminal_is_written_out_in_a_refusal(self, house: House) -> None:
        bob = await script(house, "bob")
        refused = await read(house, bob, "/rooms/x%1b[2J%0a*%20news.txt")
        assert b'! no_such_room: There is no room called "x\\x1b[2J\\x0a* news".\n' == refused.body


class TestWhoMayRead:
    @pytest_twisted.ensureDeferred
    async def test_a_hidden_room_is_what_no_room_is(self, house: House) -> None:
        alice, bob = await script(house, "alice"), await script(house, "bob")
        await alice.ask("register", name="alice")
        root = WebSocketPerson(house)
        await root.register("root", "correct horse")
        await root.create("#secret", private=True)
        await root.create("#plans")
        hidden = await read(house, bob, "/rooms/secret.txt")
        nowhere = await read(house, bob, "/rooms/nowhere.txt")
        assert hidden.body.replace(b"secret", b"nowhere") == nowhere.body
        assert (404, hidden.headers.keys()) == (hidden.status, nowhere.headers.keys())
        public = await read(house, bob, "/rooms/plans.txt")
        assert (403, b"! not_a_member") == (public.status, public.body[:14])
        await root.drop()

    @pytest_twisted.ensureDeferred
    async def test_nobody_reads_nothing(self, house: House) -> None:
        response = await get(house, "/rooms/lobby.txt")
        assert (401, "Bearer") == (response.status, response.headers["www-authenticate"])
        assert response.body.startswith(b"! not_logged_in: ")
        wrong = await get(house, "/rooms/lobby.txt", Authorization="Bearer nonsense")
        assert (401, b"! wrong_token") == (wrong.status, wrong.body[:13])

    @pytest_twisted.ensureDeferred
    async def test_a_cookie_counts_for_the_page_that_it_is_of(self, house: House) -> None:
        bob = await script(house, "bob")
        port = house.port("web")
        cookie = f"chatd_{port}={bob.token}"
        for status, headers in (
            (200, {"Sec_Fetch_Site": "same-origin"}),
            (200, {"Sec_Fetch_Site": "none"}),
            (401, {"Sec_Fetch_Site": "cross-site"}),
            (401, {"Sec_Fetch_Site": "same-site"}),
            (200, {"Origin": f"http://localhost:{port}", "X": "y"}),
            (403, {"Origin": "http://evil.example"}),
        ):
            path = "/rooms/lobby.txt"
            request = [f"GET {path} HTTP/1.0", f"Host: localhost:{port}", f"Cookie: {cookie}"]
            request += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
            tail = await Tail.open(house, path, *request[1:])
            assert status == tail.status, headers
            await tail.rest()


class TestFollowing:
    @pytest_twisted.ensureDeferred
    async def test_what_is_said_from_now_on_is_given_too(self, house: House) -> None:
        alice, bob = WebSocketPerson(house), await script(house, "bob")
        await alice.enter("alice")
        await alice.say("#lobby", "before")
        tail = await Tail.open(house, "/rooms/lobby.txt?follow=1", bearer(bob))
        assert (await tail.line()).startswith("* 2")
        assert "[#lobby] <alice> before" == await tail.line()
        await alice.say("#lobby", "after")
        await say(bob, "one's own")
        assert "[#lobby] <alice> after" == await tail.line()
        assert "[#lobby] <bob> one's own" == await tail.line()
        assert {"alice", "bob"} == set(await alice.who("#lobby"))
        await tail.close()
        await alice.drop()

    @pytest_twisted.ensureDeferred
    async def test_who_goes_on_where_it_stopped_misses_nothing(self, house: House) -> None:
        bob = await script(house, "bob")
        await say(bob, "one", "two")
        tail = await Tail.open(house, "/rooms/lobby.txt?follow=1&after=1&numbers=1", bearer(bob))
        await tail.line()
        assert "[#lobby 2] <bob> two" == await tail.line()
        await tail.close()

    @pytest_twisted.ensureDeferred
    async def test_it_ends_when_one_leaves(self, house: House) -> None:
        bob = await script(house, "bob")
        tail = await Tail.open(house, "/rooms/lobby.txt?follow=1&n=0", bearer(bob))
        await bob.ask("leave", room="lobby")
        assert ["* You are in #lobby no longer."] == await tail.rest()

    @pytest_twisted.ensureDeferred
    async def test_it_goes_on_when_one_leaves_another_room(self, house: House) -> None:
        bob = await script(house, "bob")
        await bob.ask("create", name="dev")
        tail = await Tail.open(house, "/rooms/lobby.txt?follow=1&n=0", bearer(bob))
        await bob.ask("leave", room="dev")
        await say(bob, "still here")
        assert "[#lobby] <bob> still here" == await tail.line()
        await tail.close()

    @pytest_twisted.ensureDeferred
    async def test_it_ends_when_the_token_does(self, house: House) -> None:
        bob = await script(house, "bob")
        tail = await Tail.open(house, "/rooms/lobby.txt?follow=1&n=0", bearer(bob))
        await bob.ask("logout")
        assert ["* You are logged out."] == await tail.rest()

    @pytest_twisted.ensureDeferred
    async def test_it_ends_with_the_server(self, house: House) -> None:
        bob = await script(house, "bob")
        tail = await Tail.open(house, "/rooms/lobby.txt?follow=1&n=0", bearer(bob))
        await house.restart()
        assert ["* The server is stopping. Come back in a moment."] == await tail.rest()

    @pytest_twisted.ensureDeferred
    async def test_who_never_reads_is_given_up(self, house: House) -> None:
        bob = await script(house, "bob")
        tail = await Tail.open(house, "/rooms/lobby.txt?follow=1&n=0", bearer(bob))
        [stream] = streams(house)
        stream.stalled()
        assert ["* You did not read what was sent to you. Come back and resume."] == await tail.rest()
        stream.stalled()

    @pytest_twisted.ensureDeferred
    async def test_nothing_is_left_of_it(self, house: House) -> None:
        bob = await script(house, "bob")
        tail = await Tail.open(house, "/rooms/lobby.txt?follow=1&n=0", bearer(bob))
        [stream] = streams(house)
        stream.abort()
        assert [] == await tail.rest()
        await say(bob, "alone")
        assert [] == streams(house)
        assert {} == cast(Any, registry(house).doors)._open
        [room] = registry(house).rooms.values()
        assert {} == room._live


class TestSlowReaders:
    @pytest.fixture
    def limits(self) -> Limits:
        return Limits(say_per_second=0, owed_bytes=OWED_BYTES, owed_seconds=0)

    @pytest_twisted.ensureDeferred
    async def test_a_slow_reader_is_sent_everything_in_the_end(self, house: House) -> None:
        """What is owed is bounded; where it was too much, the stream goes on from the store."""
        alice, bob = WebSocketPerson(house), await script(house, "bob")
        await alice.enter("alice")
        tail = await Tail.open(house, "/rooms/lobby.txt?follow=1&n=0&numbers=1", bearer(bob))
        tail.peer.pause()
        number = MORE_THAN_BUFFERS_TAKE // 4_000
        for _ in range(number // 50):
            alice.shout("#lobby", ["x" * 3_900] * 50)
            await alice.answered()
        [stream] = streams(house)
        assert stream._owed._owed <= OWED_BYTES
        assert stream._behind
        tail.peer.resume()
        seqs: list[int] = []
        while len(seqs) < number:
            line = await tail.line()
            if line.startswith("["):
                seqs.append(int(line.split("]")[0].split()[1]))
        assert list(range(1, number + 1)) == seqs
        await alice.say("#lobby", "live again")
        assert f"[#lobby {number + 1}] <alice> live again" == await tail.line()
        await tail.close()
        await alice.drop()


class TestAddresses:
    @pytest.fixture
    def limits(self) -> Limits:
        return Limits(connections_per_address=1)

    @pytest_twisted.ensureDeferred
    async def test_a_stream_is_a_connection_of_its_address(self, house: House) -> None:
        bob = await script(house, "bob")
        tail = await Tail.open(house, "/rooms/lobby.txt?follow=1&n=0", bearer(bob))
        second = await read(house, bob, "/rooms/lobby.txt")
        assert 429 == second.status
        assert b"Too many connections are open from your address. Close one.\n" == second.body
        await tail.close()
        assert 200 == (await read(house, bob, "/rooms/lobby.txt")).status
