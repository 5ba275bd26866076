"""Say in a room what comes in, a message a line: `dmesg -w | python examples/say.py ops`.

The server is CHATD (ws://127.0.0.1:8080/ws), the token CHATD_TOKEN; without one it is a guest called `pipe`.
"""

import os
import sys
from collections import deque

from twisted.internet.defer import Deferred, DeferredSemaphore
from twisted.internet.threads import deferToThread

from chatd.client import Client, run

AT_ONCE = 16
"""Messages that may be on their way: what is read waits meanwhile, and so does whoever writes."""


async def main(client: Client) -> None:
    """Say line after line, and end when all of them are stored."""
    room, under_way = sys.argv[1], DeferredSemaphore(AT_ONCE)
    saying: deque[Deferred[int]] = deque()
    while line := await deferToThread(sys.stdin.readline):
        if text := line.rstrip():
            await under_way.acquire()
            said = Deferred.fromCoroutine(client.say(room, text))
            said.addBoth(lambda result: under_way.release() or result)
            saying.append(said)
            while saying and saying[0].called:
                await saying.popleft()
    while saying:
        await saying.popleft()


if len(sys.argv) != 2:
    raise SystemExit("usage: python examples/say.py ROOM")
run(
    main,
    os.environ.get("CHATD", "ws://127.0.0.1:8080/ws"),
    token=os.environ.get("CHATD_TOKEN"),
    name="pipe",
    resume=False,
)
