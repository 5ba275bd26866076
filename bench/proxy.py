"""A TCP proxy that treats connections badly: it delays, cuts, and forgets them."""

import asyncio
import contextlib
import random
import socket
import struct
from collections import Counter

from bench.servers import HOST

_PIECE_BYTES = 4096
_BUFFER_BYTES = 16_384
_SINGLY = 400
"""So many bytes are passed on one by one, where that is a connection's fate."""
_FORGOTTEN_SECONDS = 1.5
"""How long a half-open connection stays so."""

STYLES = ("plain", "delayed", "byte by byte")
CUTS = ("reset", "half-open", "end of the client's side", "end of the server's side")


class Proxy:
    """Passes on what comes to its port: each connection in one of `STYLES`, until one of `CUTS` ends it."""

    def __init__(self, target: int, choice: random.Random, mean_seconds: float) -> None:
        """`mean_seconds`: how long a connection lasts, on average."""
        self.port = 0
        self.cuts: Counter[str] = Counter()
        """How many connections were ended, by how."""
        self.styles: Counter[str] = Counter()
        self.calm = True
        """No connection is cut."""
        self._target = target
        self._choice = choice
        self._mean_seconds = mean_seconds
        self._server: asyncio.Server | None = None

    async def open(self) -> None:
        """Listen, on a port that the system chooses."""
        self._server = await asyncio.start_server(self._carry, HOST, 0, limit=_BUFFER_BYTES)
        self.port = self._server.sockets[0].getsockname()[1]

    def close(self) -> None:
        """Take no more connections."""
        if self._server is not None:
            self._server.close()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        style, cut = self._choice.choice(STYLES), self._choice.choice(CUTS)
        lasts = self._choice.expovariate(1 / self._mean_seconds)
        try:
            there, back = await asyncio.open_connection(HOST, self._target, limit=_BUFFER_BYTES)
        except OSError:
            _reset(writer)
            return
        self.styles[style] += 1
        pumps = [
            asyncio.create_task(self._pump(reader, back, style)),
            asyncio.create_task(self._pump(there, writer, style)),
        ]
        try:
            await asyncio.wait(pumps, timeout=lasts, return_when=asyncio.FIRST_COMPLETED)
            while self.calm and not any(pump.done() for pump in pumps):
                await asyncio.wait(pumps, timeout=0.5, return_when=asyncio.FIRST_COMPLETED)
            if not any(pump.done() for pump in pumps):
                self.cuts[cut] += 1
                await self._cut(cut, pumps, writer, back)
        except asyncio.CancelledError:
            pass  # the run is over
        finally:
            for pump in pumps:
                pump.cancel()
            _reset(writer)
            _reset(back)

    async def _cut(
        self,
        cut: str,
        pumps: list[asyncio.Task[None]],
        client: asyncio.StreamWriter,
        server: asyncio.StreamWriter,
    ) -> None:
        if cut == "reset":
            return
        if cut == "half-open":
            for pump in pumps:
                pump.cancel()
        else:
            with contextlib.suppress(OSError):
                (client if cut == CUTS[2] else server).write_eof()
        await asyncio.sleep(self._choice.uniform(0.1, _FORGOTTEN_SECONDS))

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, style: str) -> None:
        singly = _SINGLY if style == "byte by byte" else 0
        with contextlib.suppress(OSError):
            while data := await reader.read(_PIECE_BYTES):
                if style == "delayed":
                    await asyncio.sleep(self._choice.uniform(0, 0.1))
                for byte in data[:singly]:
                    writer.write(bytes([byte]))
                    await asyncio.sleep(0)
                writer.write(data[singly:])
                singly = max(0, singly - len(data))
                await writer.drain()


def _reset(writer: asyncio.StreamWriter) -> None:
    """End a connection as a lost machine does: what was not delivered is lost (RST)."""
    connection = writer.get_extra_info("socket")
    with contextlib.suppress(OSError):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
