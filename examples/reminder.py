"""A bot that says something later: `!remind 10 the tea` reminds whoever said so after ten minutes.

The server is CHATD (ws://127.0.0.1:8080/ws), the token CHATD_TOKEN; without one it is a guest called
`reminder`.
"""

import os
import re

from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.task import deferLater

from chatd.client import Client, Json, run

CALL = re.compile(r"!remind ([0-9]{1,4}) (.+)")


async def remind(client: Client, event: Json, minutes: int, what: str) -> None:
    """Answer this message when the time has come."""
    await deferLater(reactor, minutes * 60)
    await client.say(
        event["room"],
        f"@{event['from']['name']} {what}",
        reply_to=event["seq"],
        key=f"reminder-{event['room']}-{event['seq']}",
    )


async def main(client: Client) -> None:
    """Take orders for ever; what was ordered is forgotten when this ends."""
    async for event in client.events():
        if event["type"] == "said" and (found := CALL.fullmatch(event["text"])):
            Deferred.fromCoroutine(remind(client, event, int(found[1]), found[2]))


run(
    main,
    os.environ.get("CHATD", "ws://127.0.0.1:8080/ws"),
    token=os.environ.get("CHATD_TOKEN"),
    name="reminder",
)
