"""The process that opens images: `python -m chatd.media.worker`. Whatever is in them harms nothing but it.

It reads one request a line, JSON as `{"path": …}`, and answers each with one line: what the image is and
which images it wrote beside it, or why it is refused. With `"url": …, "charset": …` it is a page that lies
there, and what it says of itself is the answer; with `"columns": …` the image is only shown in dots, and with
`"square": 1` it is made an icon.
"""

import base64
import contextlib
import io
import json
import os
import resource
import signal
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import TypedDict

from PIL import Image, ImageOps

from chatd.media.page import glimpse
from chatd.media.strip import strip
from chatd.model.media import SMALL_SIDE

MEMORY_BYTES = 1 << 30
"""What the process may map; it needs 0.1 GiB itself, and 50 megapixels need 0.2 GiB, twice at most."""
WRITTEN_BYTES = 1 << 28
PIXELS_MOST = 50_000_000
SIDE_MOST = 30_000
SIZES = {"small": SMALL_SIDE, "large": 1280}
"""The longest side of the smaller images, in pixels; there is none of an image that is not larger."""
ICON_SIZES = {"small": 96, "large": 256}
"""The side of an icon, in pixels, or that of the image where it is smaller: twice and more what a page shows,
for screens with finer dots."""
PLACEHOLDER_SIDE = 16
FORMATS = ("PNG", "JPEG", "GIF", "WEBP")
LITTLE_PRIORITY = 5
"""How much the process yields to the one that delivers messages."""

GROUND = (32, 32, 32, 255)
"""What is seen through an image in dots: hardly anything, on the dark ground that most terminals have."""

ORIENTATION = 0x0112


class Found(TypedDict, total=False):
    """An answer."""

    refused: str
    """A sentence for a person, and nothing else."""
    type: str
    width: int
    height: int
    placeholder: str
    images: dict[str, str]
    bytes: int
    rows: list[str]
    """Of dots, `rrggbb` each."""
    squares: dict[str, str]


def limit() -> None:
    """Take no more than is needed from the machine."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_FSIZE, (WRITTEN_BYTES, WRITTEN_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.nice(LITTLE_PRIORITY)


def look(path: Path) -> Found:
    """What the image at this path is; what is made of it is written beside it."""
    return _made(path, _look)


def squared(path: Path) -> Found:
    """Square images of the one at this path, beside it: the middle of it."""
    return _made(path, _square)


def _made(path: Path, make: Callable[[Path], Found]) -> Found:
    try:
        return make(path)
    except _Refused as refused:
        sentence = str(refused)
    except MemoryError:
        sentence = "This image needs too much memory."
    except Exception:  # Pillow raises whatever it stumbles over
        sentence = "This image is broken: it cannot be opened."
    for name in ("whole", *SIZES):
        with contextlib.suppress(OSError):
            _beside(path, name).unlink(missing_ok=True)
    return {"refused": sentence}


class _Refused(Exception):
    """What the sender is told."""


def _look(path: Path) -> Found:
    data = path.read_bytes()
    with _opened(data) as image:
        # A JPEG that names more images behind it, as telephones write it, is opened as an MPO; one is shown.
        kind = "JPEG" if image.format == "MPO" else image.format or ""
        turned = _orientation(image)
        moves = kind != "JPEG" and bool(getattr(image, "is_animated", False))
        if turned != 1 and kind != "JPEG":
            # Only a JPEG is turned by everybody who shows it.
            clean = data if moves else _turned(image, kind)
            turned = 1
        else:
            clean = data
    clean = strip(kind, clean, turned)
    with _opened(clean) as image:
        image.load()
        upright = ImageOps.exif_transpose(image)
    whole = _beside(path, "whole")
    whole.write_bytes(clean)
    images = {"": str(whole)}
    upright = _plain(upright)
    width, height = upright.size
    for name, side in SIZES.items():
        if max(width, height) > side:
            _beside(path, name).write_bytes(_webp(upright, side, 80))
            images[name] = str(_beside(path, name))
    return {
        "type": f"image/{kind.lower()}",
        "width": width,
        "height": height,
        "placeholder": base64.b64encode(_webp(upright, PLACEHOLDER_SIDE, 30)).decode(),
        "images": images,
        "bytes": len(clean),
    }


def _square(path: Path) -> Found:
    most = max(ICON_SIZES.values())
    with _opened(path.read_bytes()) as image:
        image.draft("RGB", (most, most))
        upright = _plain(ImageOps.exif_transpose(image))
    squares = {}
    for name, side in ICON_SIZES.items():
        side = min(side, *upright.size)
        middle = ImageOps.fit(upright, (side, side), Image.Resampling.LANCZOS)
        _beside(path, name).write_bytes(_webp(middle, side, 85))
        squares[name] = str(_beside(path, name))
    return {"squares": squares}


def _opened(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(data), formats=FORMATS)
    width, height = image.size
    if width * height > PIXELS_MOST or max(width, height) > SIDE_MOST:
        raise _Refused(f"This image has {width} × {height} pixels; that is too many.")
    return image


def _orientation(image: Image.Image) -> int:
    try:
        value = image.getexif().get(ORIENTATION, 1)
    except Exception:
        return 1
    return value if value in range(1, 9) else 1


def _turned(image: Image.Image, kind: str) -> bytes:
    out = io.BytesIO()
    upright = ImageOps.exif_transpose(image)
    upright.save(out, kind, **({"quality": 90} if kind == "WEBP" else {}))
    return out.getvalue()


def _plain(image: Image.Image) -> Image.Image:
    """Its colours as a WebP has them."""
    if image.mode in ("RGB", "RGBA"):
        return image
    clear = image.mode in ("LA", "PA", "RGBa", "La") or "transparency" in image.info
    return image.convert("RGBA" if clear else "RGB")


def _webp(image: Image.Image, side: int, quality: int) -> bytes:
    small = image.copy()
    small.thumbnail((side, side), Image.Resampling.LANCZOS, reducing_gap=2.0)
    out = io.BytesIO()
    small.save(out, "WEBP", quality=quality, method=4)
    return out.getvalue()


def _beside(path: Path, name: str) -> Path:
    return path.with_name(f"{path.name}.{name}")


def paint(path: Path, columns: int) -> Found:
    """The image at this path in dots, at most so many wide and high."""
    try:
        with _opened(path.read_bytes()) as image:
            image.draft("RGB", (columns, columns))
            seen = _plain(ImageOps.exif_transpose(image)).convert("RGBA")
    except Exception:  # Pillow raises whatever it stumbles over
        return {"refused": "This image is broken: it cannot be opened."}
    seen.thumbnail((columns, columns), Image.Resampling.LANCZOS)
    ground = Image.new("RGBA", seen.size, GROUND)
    dots = Image.alpha_composite(ground, seen).convert("RGB").tobytes().hex()
    row = 6 * seen.width
    return {"rows": [dots[start : start + row] for start in range(0, len(dots), row)]}


def _answer(path: str, url: str = "", charset: str = "", columns: int = 0, square: int = 0) -> object:
    if columns:
        return paint(Path(path), columns)
    if square:
        return squared(Path(path))
    return glimpse(Path(path).read_bytes(), charset, url) if url else look(Path(path))


def main() -> None:
    """Answer until there is nothing more to read."""
    limit()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # of a terminal, for the server; which then ends this
    warnings.simplefilter("ignore")
    Image.MAX_IMAGE_PIXELS = None  # we count ourselves
    for line in sys.stdin:
        sys.stdout.write(json.dumps(_answer(**json.loads(line))) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
