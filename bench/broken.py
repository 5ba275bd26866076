"""Send images that are broken, under names that are none, one after the other through a few connections.

Run as `python -m bench.broken PORT TOKEN`, by `bench.files` while somebody talks. It writes how many were
answered with which status; a status of 500 or more, or an end without an answer, costs exit status 1.
"""

import argparse
import io
import random
import sys
from collections import Counter
from http.client import HTTPConnection, HTTPException
from threading import Thread
from urllib.parse import quote_from_bytes

from PIL import Image

from bench.servers import HOST

CONNECTIONS = 4
SIDE = 160
TIMEOUT_SECONDS = 60
_NAMES = (
    b"..",
    b"/",
    b"\\",
    b"\0",
    b"\r\n",
    b"\xff",
    b".png",
    b"a" * 300,
    "ü\u202e".encode(),
    b"%2e%2e",
    b" ",
)


def real_images() -> list[bytes]:
    """One of each format, and one that moves."""
    image = Image.linear_gradient("L").resize((SIDE, SIDE)).convert("RGB")
    found = []
    for kind in ("PNG", "JPEG", "GIF", "WEBP"):
        out = io.BytesIO()
        image.save(out, kind)
        found.append(out.getvalue())
    out = io.BytesIO()
    image.save(out, "GIF", save_all=True, append_images=[image.rotate(90), image.rotate(180)], duration=50)
    return [*found, out.getvalue()]


def broken(dice: random.Random, images: list[bytes]) -> bytes:
    """A real image with some bytes changed, cut out, doubled, or its end missing."""
    data = bytearray(dice.choice(images))
    for _ in range(dice.randint(1, 30)):
        at = dice.randrange(len(data))
        match dice.randrange(5):
            case 0:
                data[at] = dice.randrange(256)
            case 1:
                del data[at : at + dice.randint(1, 9)]
            case 2:
                data[at:at] = data[at : at + 20]
            case 3:
                data[at : at + 4] = dice.randbytes(4)
            case _:
                del data[max(at, 12) :]
        data = data or bytearray(b"x")
    return bytes(data)


def name(dice: random.Random) -> str:
    """Something that a path must not become, as it stands in an address."""
    return quote_from_bytes(b"".join(dice.choices(_NAMES, k=dice.randint(1, 4))), safe="") or "x"


class Sender:
    """One connection's share."""

    def __init__(self, port: int, token: str, seed: int, count: int) -> None:
        self.statuses: Counter[int] = Counter()
        self.lost = 0
        """How many times the connection ended where it should have been answered."""
        self._place = port
        self._headers = {"Authorization": f"Bearer {token}"}
        self._dice = random.Random(seed)
        self._count = count

    def run(self) -> None:
        """Send them all."""
        images, connection = real_images(), self._connection()
        for _ in range(self._count):
            address = f"/api/files/lobby/{name(self._dice)}"
            try:
                connection.request("PUT", address, broken(self._dice, images), self._headers)
                answer = connection.getresponse()
                answer.read()
            except (HTTPException, OSError):
                self.lost += 1
                connection = self._connection()
            else:
                self.statuses[answer.status] += 1

    def _connection(self) -> HTTPConnection:
        return HTTPConnection(HOST, self._place, timeout=TIMEOUT_SECONDS)


def main() -> int:
    """Send them, and say what became of them."""
    options = _options()
    share = options.count // CONNECTIONS
    senders = [Sender(options.port, options.token, options.seed + one, share) for one in range(CONNECTIONS)]
    threads = [Thread(target=sender.run) for sender in senders]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    statuses = sum((sender.statuses for sender in senders), Counter[int]())
    lost = sum(sender.lost for sender in senders)
    told = ", ".join(f"{count} with {status}" for status, count in sorted(statuses.items()))
    sys.stdout.write(f"{share * CONNECTIONS} broken images: answered {told}; {lost} without an answer\n")
    return int(lost > 0 or any(status >= 500 for status in statuses))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.broken", description=__doc__)
    parser.add_argument("port", type=int)
    parser.add_argument("token")
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=7)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
