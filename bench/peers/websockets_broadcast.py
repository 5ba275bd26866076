"""A room on asyncio as the websockets library recommends it: its own `broadcast()`.

Run as `python -m bench.peers.websockets_broadcast PORT`.
"""

import asyncio
import sys

from websockets.asyncio.server import ServerConnection, broadcast, serve

from bench.peers.room import saying


async def main() -> None:
    """Serve until the process is ended."""
    members: set[ServerConnection] = set()
    said = saying()

    async def member(connection: ServerConnection) -> None:
        members.add(connection)
        try:
            async for command in connection:
                broadcast(members, said(command).decode())
        finally:
            members.discard(connection)

    # Compression is refused by our clients anyway; it would cost memory.
    async with serve(member, "127.0.0.1", int(sys.argv[1]), compression=None, backlog=4096):
        await asyncio.get_running_loop().create_future()


if __name__ == "__main__":
    asyncio.run(main())
