"""A bot that says again what is said to it: `!echo hello`, in any of its rooms.

The server is CHATD (ws://127.0.0.1:8080/ws), the token CHATD_TOKEN (`/newbot echo` gives one); without one it
is a guest called `echo`.
"""

import os

from chatd.client import Client, run

CALL = "!echo "


async def main(client: Client) -> None:
    """Answer for ever. A key per message makes an answer one, if this runs twice too."""
    async for event in client.events():
        if event["type"] == "said" and event["text"].startswith(CALL):
            await client.say(
                event["room"],
                event["text"].removeprefix(CALL),
                reply_to=event["seq"],
                key=f"echo-{event['room']}-{event['seq']}",
            )


run(
    main,
    os.environ.get("CHATD", "ws://127.0.0.1:8080/ws"),
    token=os.environ.get("CHATD_TOKEN"),
    name="echo",
)
