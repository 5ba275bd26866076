"""Images: what is taken out of them, what is made of them, and that no bytes harm the server."""

import base64
import io
import json
import random
from collections.abc import Callable
from pathlib import Path

import pytest
import pytest_twisted
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some
from PIL import Image, ImageSequence
from PIL.PngImagePlugin import PngInfo
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock

from bench.broken import broken
from chatd.media.looking import LOOK_SECONDS, Media
from chatd.media.strip import Broken, strip
from chatd.media.worker import ORIENTATION, PIXELS_MOST, Found, look, paint, squared
from chatd.model import ChatError, Code, Look
from tests.peers import reactor

SECRET = "N 46 S 8 where it was taken"
GPS = 0x8825


def pixels(size: tuple[int, int], mode: str = "RGB") -> Image.Image:
    """Something that compresses as photographs do."""
    image = Image.linear_gradient("L").resize(size)
    image = Image.merge("RGB", (image, image.rotate(180), image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)))
    image.putpixel((0, 0), (255, 0, 0))
    return image.convert(mode)


def with_exif(orientation: int = 1) -> Image.Exif:
    exif = Image.Exif()
    exif[0x010E] = SECRET
    exif[ORIENTATION] = orientation
    exif.get_ifd(GPS)[1] = "N"
    return exif


def written(kind: str, size: tuple[int, int] = (40, 30), *, orientation: int = 1, mode: str = "RGB") -> bytes:
    """An image of this format that says where it was taken in every way that the format knows."""
    out, image = io.BytesIO(), pixels(size, mode)
    match kind:
        case "JPEG":
            exif = with_exif(orientation)
            image.save(out, kind, exif=exif, comment=SECRET.encode(), icc_profile=b"profile")
        case "PNG":
            notes = PngInfo()
            notes.add_text("where", SECRET)
            notes.add_itxt("where", SECRET, zip=False)
            image.save(out, kind, pnginfo=notes, exif=with_exif(orientation))
        case "GIF":
            image.save(out, kind, comment=SECRET.encode())
        case "WEBP":
            image.save(out, kind, exif=with_exif(orientation), xmp=SECRET.encode(), icc_profile=b"profile")
    return out.getvalue()


def moving(kind: str) -> bytes:
    out = io.BytesIO()
    frames = [pixels((40, 30)), pixels((40, 30)).rotate(90), pixels((40, 30)).rotate(180)]
    more: dict[str, object] = {"comment": SECRET.encode()} if kind == "GIF" else {}
    frames[0].save(out, kind, save_all=True, append_images=frames[1:], duration=100, loop=0, **more)
    return out.getvalue()


def shown(data: bytes) -> list[bytes]:
    """The pixels of each frame."""
    with Image.open(io.BytesIO(data)) as image:
        return [frame.convert("RGBA").tobytes() for frame in ImageSequence.Iterator(image)]


KINDS = ("JPEG", "PNG", "GIF", "WEBP")


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_not_the_image_is_taken_out_and_nothing_else(kind: str) -> None:
    data = written(kind) + b"PK\x03\x04" + SECRET.encode()
    assert data.count(SECRET.encode()) >= 2
    clean = strip(kind, data)
    assert b"where it was" not in clean
    assert b"Exif" not in clean
    assert shown(data) == shown(clean)
    assert clean == strip(kind, clean)


@pytest.mark.parametrize("kind", ["JPEG", "WEBP"])
def test_the_colours_profile_stays(kind: str) -> None:
    with Image.open(io.BytesIO(strip(kind, written(kind)))) as image:
        assert b"profile" == image.info["icc_profile"]


@pytest.mark.parametrize("kind", ["PNG", "GIF", "WEBP"])
def test_what_moves_goes_on_moving(kind: str) -> None:
    data = moving(kind)
    clean = strip(kind, data)
    assert 3 == len(shown(clean))
    assert shown(data) == shown(clean)
    with Image.open(io.BytesIO(clean)) as image:
        assert 0 == image.info["loop"]
    assert SECRET.encode() not in clean


def test_a_progressive_jpeg_has_several_scans() -> None:
    out = io.BytesIO()
    pixels((64, 64)).save(out, "JPEG", progressive=True, restart_marker_blocks=1)
    data = out.getvalue()
    assert data.count(b"\xff\xda") > 3
    assert shown(data) == shown(strip("JPEG", data))


def test_a_jpeg_stays_turned() -> None:
    clean = strip("JPEG", written("JPEG", orientation=6), 6)
    with Image.open(io.BytesIO(clean)) as image:
        exif = image.getexif()
        assert {ORIENTATION: 6} == dict(exif)


@pytest.mark.parametrize("kind", KINDS)
def test_every_cut_is_an_image_or_broken(kind: str) -> None:
    data = written(kind)
    for cut in range(len(data)):
        try:
            strip(kind, data[:cut])
        except Broken:
            continue


@pytest.mark.parametrize("kind", ["TIFF", ""])
def test_other_formats_are_not_known(kind: str) -> None:
    with pytest.raises(Broken):
        strip(kind, b"II*\0")


# What is made of one


def looked_at(directory: Path, data: bytes, make: Callable[[Path], Found] = look) -> dict[str, object]:
    path = directory / "7"
    path.write_bytes(data)
    found: dict[str, object] = json.loads(json.dumps(make(path)))
    return found


@pytest.mark.parametrize("kind", KINDS)
def test_a_large_image_has_smaller_ones(tmp_path: Path, kind: str) -> None:
    found = looked_at(tmp_path, written(kind, (1600, 900)))
    assert (f"image/{kind.lower()}", 1600, 900) == (found["type"], found["width"], found["height"])
    images = found["images"]
    assert isinstance(images, dict)
    assert {"", "small", "large"} == set(images)
    sizes = {}
    for name, path in images.items():
        with Image.open(path) as image:
            sizes[name] = (image.format, *image.size)
    assert {"": (kind, 1600, 900), "small": ("WEBP", 320, 180), "large": ("WEBP", 1280, 720)} == sizes
    assert Path(images[""]).stat().st_size == found["bytes"]
    assert SECRET.encode() not in Path(images[""]).read_bytes()
    placeholder = str(found["placeholder"])
    assert len(placeholder) < 400
    with Image.open(io.BytesIO(base64.b64decode(placeholder))) as image:
        assert ("WEBP", (16, 9)) == (image.format, image.size)


def test_a_small_image_is_its_own(tmp_path: Path) -> None:
    found = looked_at(tmp_path, written("PNG", (320, 10)))
    assert [""] == list(found["images"])  # type: ignore[call-overload]  # a dict


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "I;16"])
def test_every_kind_of_pixels_is_shown(tmp_path: Path, mode: str) -> None:
    out = io.BytesIO()
    pixels((400, 300), "L" if mode == "I;16" else mode).convert(mode).save(out, "PNG")
    assert 400 == looked_at(tmp_path, out.getvalue())["width"]


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_turned_image_is_upright(tmp_path: Path, kind: str, orientation: int) -> None:
    found = looked_at(tmp_path, written(kind, (400, 300), orientation=orientation))
    upright = (300, 400) if orientation > 4 else (400, 300)
    assert upright == (found["width"], found["height"])
    images = found["images"]
    assert isinstance(images, dict)
    with Image.open(images["small"]) as image:
        assert (upright[0] > upright[1]) == (image.width > image.height)
    with Image.open(images[""]) as image:
        assert (orientation if kind == "JPEG" else 1) == image.getexif().get(ORIENTATION, 1)


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG"])
def test_what_moves_is_kept_whole(tmp_path: Path, kind: str) -> None:
    found = looked_at(tmp_path, moving(kind))
    images = found["images"]
    assert isinstance(images, dict)
    assert 3 == len(shown(Path(images[""]).read_bytes()))


def test_of_several_images_in_a_jpeg_one_is_kept(tmp_path: Path) -> None:
    out = io.BytesIO()
    pixels((64, 48)).save(out, "MPO", save_all=True, append_images=[pixels((32, 24))], exif=with_exif(6))
    found = looked_at(tmp_path, out.getvalue())
    assert ("image/jpeg", 48, 64) == (found["type"], found["width"], found["height"])
    images = found["images"]
    assert isinstance(images, dict)
    assert SECRET.encode() not in Path(images[""]).read_bytes()
    with Image.open(images[""]) as image:
        assert "JPEG" == image.format


def bomb() -> bytes:
    """A PNG that says that it has 60,000 × 60,000 pixels."""
    data = bytearray(written("PNG"))
    data[16:24] = (60_000).to_bytes(4, "big") * 2
    return bytes(data)


def flood() -> bytes:
    """A real one of one colour, of more pixels than are opened."""
    out = io.BytesIO()
    Image.new("1", (10_000, PIXELS_MOST // 10_000 + 1)).save(out, "PNG")
    return out.getvalue()


@pytest.mark.parametrize(
    "data",
    [
        bomb(),
        flood(),
        b"\x89PNG\r\n\x1a\n",
        b"\x89PNG\r\n\x1a\n<svg onload='alert(1)'>",
        b"GIF89a" + bytes(9),
        b"\xff\xd8\xff\xe0" + bytes(99),
        b"RIFF\x04\0\0\0WEBP",
        b"BM" + bytes(99),
        *(written(kind)[:-40] for kind in ("PNG", "WEBP")),
    ],
)
@pytest.mark.parametrize("make", [look, squared])
def test_bombs_and_broken_images_are_refused_with_a_sentence(
    tmp_path: Path, data: bytes, make: Callable[[Path], Found]
) -> None:
    found = looked_at(tmp_path, data, make)
    assert ["refused"] == list(found)
    assert str(found["refused"]).startswith("This image ")
    assert ["7"] == [path.name for path in tmp_path.iterdir()]


REAL = [*(written(kind, (60, 40)) for kind in KINDS), *(moving(kind) for kind in ("GIF", "WEBP", "PNG"))]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150)
@given(some.integers(0, 2**32))
def test_no_bytes_harm_who_opens_them(tmp_path: Path, seed: int) -> None:
    """Real images with some bytes changed, cut out, or doubled."""
    data = broken(random.Random(seed), REAL)
    for make in (look, squared):
        for path in tmp_path.iterdir():
            path.unlink()
        found = looked_at(tmp_path, data, make)
        if "refused" in found:
            assert ["7"] == [path.name for path in tmp_path.iterdir()]
        elif make is look:
            assert found["type"] in {f"image/{kind.lower()}" for kind in KINDS}
        else:
            assert ["7", "7.large", "7.small"] == sorted(path.name for path in tmp_path.iterdir())


# What becomes an icon


def squares(directory: Path, data: bytes) -> dict[str, Image.Image]:
    made = looked_at(directory, data, squared)["squares"]
    assert isinstance(made, dict)
    assert not any(SECRET.encode() in Path(path).read_bytes() for path in made.values())
    return {name: Image.open(io.BytesIO(Path(path).read_bytes())) for name, path in made.items()}


@pytest.mark.parametrize("side", [40, 96, 150, 256, 300])
@pytest.mark.parametrize("kind", KINDS)
def test_an_icon_is_a_square_in_two_sizes_and_no_larger_than_what_came(
    tmp_path: Path, kind: str, side: int
) -> None:
    made = squares(tmp_path, written(kind, (side, side + 70)))
    assert {"small": ("WEBP", min(side, 96)), "large": ("WEBP", min(side, 256))} == {
        name: (image.format, image.width) for name, image in made.items()
    }
    assert all(image.width == image.height for image in made.values())


def test_an_icon_is_the_middle_of_the_image_the_right_way_up(tmp_path: Path) -> None:
    """Red left, blue right, and green between them; turned to lie on its side, as a telephone writes it."""
    image = Image.new("RGB", (1200, 400), (0, 255, 0))
    image.paste((255, 0, 0), (0, 0, 400, 400))
    image.paste((0, 0, 255), (800, 0, 1200, 400))
    image.paste((255, 255, 255), (400, 0, 800, 100))
    out = io.BytesIO()
    image.rotate(90, expand=True).save(out, "JPEG", exif=with_exif(6), quality=95)
    made = squares(tmp_path, out.getvalue())
    assert {"small": (96, 96), "large": (256, 256)} == {name: one.size for name, one in made.items()}
    for one in made.values():
        side, colours = one.width, one.convert("RGB")
        for at, expected in (((side // 2, side // 8), 255), ((side // 2, side // 2), 0)):
            red, green, blue = colours.getpixel(at)  # type: ignore[misc]  # of an image in RGB
            assert green > 240
            assert max(abs(red - expected), abs(blue - expected)) < 40


def test_an_icon_keeps_what_is_clear(tmp_path: Path) -> None:
    out = io.BytesIO()
    Image.new("RGBA", (300, 300), (255, 0, 0, 0)).save(out, "PNG")
    clear = squares(tmp_path, out.getvalue())["large"].getchannel("A")
    assert (0, 0) == clear.getextrema()


@pytest_twisted.ensureDeferred
async def test_only_an_image_becomes_an_icon(tmp_path: Path) -> None:
    media = Media(reactor, reactor)
    path = tmp_path / "7"
    path.write_bytes(written("PNG"))
    made = await media.icon(str(path), b"\x89PNG\r\n\x1a\n")
    assert {"small", "large"} == set(made)
    for head in (b"text", b"<svg xmlns='http://www.w3.org/2000/svg'/>"):
        with pytest.raises(ChatError) as caught:
            await media.icon(str(path), head)
        assert Code.BAD_FILE == caught.value.code
    media.close()


# The process


@pytest_twisted.ensureDeferred
async def test_the_process_looks_and_outlives_what_is_refused(tmp_path: Path) -> None:
    media = Media(reactor, reactor)
    path = tmp_path / "7"
    for data in (bomb(), b"GIF89a"):
        path.write_bytes(data)
        with pytest.raises(ChatError) as caught:
            await media.look(str(path), data[:99])
        assert Code.BAD_FILE == caught.value.code
    data = written("JPEG", (400, 300))
    path.write_bytes(data)
    found = await media.look(str(path), data[:99])
    assert ("image/jpeg", 400, 300) == (found.type, found.width, found.height)
    assert {"", "small"} == set(found.images)
    assert Look("text/plain; charset=utf-8") == await media.look("nowhere", b"text")
    media.close()
    with pytest.raises(ChatError) as caught:
        await media.look(str(path), data[:99])
    assert Code.UNAVAILABLE == caught.value.code


@pytest_twisted.ensureDeferred
async def test_what_takes_too_long_is_ended_and_the_next_image_is_not(tmp_path: Path) -> None:
    clock = Clock()
    media = Media(reactor, clock)
    path = tmp_path / "7"
    path.write_bytes(written("PNG", (3_000, 3_000)))
    slow = Deferred.fromCoroutine(media.look(str(path), b"\x89PNG\r\n\x1a\n"))
    clock.advance(LOOK_SECONDS)
    with pytest.raises(ChatError) as caught:
        await slow
    assert Code.BAD_FILE == caught.value.code
    path.write_bytes(written("PNG"))
    assert 40 == (await media.look(str(path), b"\x89PNG\r\n\x1a\n")).width
    assert [] == clock.getDelayedCalls()
    media.close()


# In dots


def dots(tmp_path: Path, data: bytes, columns: int) -> list[str]:
    path = tmp_path / "image"
    path.write_bytes(data)
    return paint(path, columns)["rows"]


@pytest.mark.parametrize("kind", KINDS)
def test_an_image_in_dots_keeps_its_shape(tmp_path: Path, kind: str) -> None:
    rows = dots(tmp_path, written(kind, (640, 320)), 40)
    assert (20, {240}) == (len(rows), {len(row) for row in rows})
    assert rows[0] != rows[-1]


def test_dots_stand_upright(tmp_path: Path) -> None:
    assert 40 == len(dots(tmp_path, written("JPEG", (80, 40), orientation=6), 40))


def test_what_is_clear_is_on_a_dark_ground(tmp_path: Path) -> None:
    out = io.BytesIO()
    Image.new("RGBA", (2, 1), (255, 0, 0, 0)).save(out, "PNG")
    assert ["202020202020"] == dots(tmp_path, out.getvalue(), 40)


def test_what_is_broken_has_no_dots(tmp_path: Path) -> None:
    path = tmp_path / "image"
    path.write_bytes(written("PNG")[:60])
    assert {"refused": "This image is broken: it cannot be opened."} == paint(path, 40)
