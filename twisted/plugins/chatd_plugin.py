"""Makes `twistd chatd` and `twist chatd`. It imports nothing else: twistd reads it for every command."""

from twisted.application.service import ServiceMaker

chatd = ServiceMaker(
    "chatd", "chatd.service", "A chat server: browsers and netcat in the same durable rooms.", "chatd"
)
