"""A script that speaks JSON over a WebSocket, with the `websockets` library: no code of ours."""

import json
import ssl
from contextlib import ExitStack
from typing import Any, cast

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect
from websockets.typing import Origin

from tests.e2e.daemon import Daemon
from tests.e2e.programs import PATIENCE_SECONDS

Json = dict[str, Any]


class Script:
    """One connection, and what came on it."""

    def __init__(
        self,
        daemon: Daemon,
        *,
        tls: bool = False,
        origin: str | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        """Raises websockets' InvalidStatus when the server refuses the handshake."""
        port = daemon.ports["web over tls" if tls else "web"]
        connecting = connect(
            f"wss://localhost:{port}/ws" if tls else f"ws://127.0.0.1:{port}/ws",
            ssl=ssl.create_default_context(cafile=daemon.certificate) if tls else None,
            origin=None if origin is None else Origin(origin),
            additional_headers=headers or {},
            compression=None,
            open_timeout=PATIENCE_SECONDS,
            proxy=None,
        )
        self._open = ExitStack()
        self._connection = self._open.enter_context(connecting)
        self.welcome = self.receive()

    def send(self, **command: object) -> None:
        self._connection.send(json.dumps(command))

    def receive(self) -> Json:
        """The next event; raises websockets' ConnectionClosed when there is none."""
        return cast(Json, json.loads(self._connection.recv(timeout=PATIENCE_SECONDS)))

    def ask(self, **command: object) -> Json:
        """The answer to a command; what comes before it is passed over."""
        self.send(id="asked", **command)
        while (event := self.receive()).get("id") != "asked":
            pass
        return event

    def await_close(self) -> int | None:
        """Take what comes up to the end of the connection; gives the server's close code."""
        try:
            while True:
                self.receive()
        except ConnectionClosed as closed:
            return None if closed.rcvd is None else closed.rcvd.code

    def close(self) -> None:
        self._open.close()

    def __enter__(self) -> "Script":
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()
