"""Rooms on asyncio as the websockets library recommends them: its own `broadcast()`.

Run as `python -m bench.peers.websockets_broadcast PORT`.
"""

import asyncio
import sys
from collections import defaultdict
from urllib.parse import parse_qs, urlsplit

from websockets.asyncio.server import ServerConnection, broadcast, serve

from bench.peers.room import saying


class _Room:
    def __init__(self) -> None:
        self.members: set[ServerConnection] = set()
        self.said = saying()


async def main() -> None:
    """Serve until the process is ended."""
    rooms: defaultdict[str, _Room] = defaultdict(_Room)

    async def member(connection: ServerConnection) -> None:
        assert connection.request is not None
        room = rooms[parse_qs(urlsplit(connection.request.path).query)["room"][0]]
        room.members.add(connection)
        try:
            async for command in connection:
                broadcast(room.members, room.said(command).decode())
        finally:
            room.members.discard(connection)

    # Compression is refused by our clients anyway; it would cost memory.
    async with serve(member, "127.0.0.1", int(sys.argv[1]), compression=None, backlog=4096):
        await asyncio.get_running_loop().create_future()


if __name__ == "__main__":
    asyncio.run(main())
