"""Each way of installing chatd, in a virtual environment of its own: wheel, editable, sdist."""

import os
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import zipfile
from pathlib import Path

import pytest

from chatd import __version__

ROOT = Path(__file__).parents[2]
PAGE = Path("chatd", "static", "index.html")
MADE_HERE = shutil.ignore_patterns(
    ".venv",
    ".git",
    "node_modules",
    "build",
    "dist",
    "*.egg-info",
    "__pycache__",
    "dropin.cache",
    "chatd-data",
    ".*_cache",
)
WITHOUT_NPM = {**os.environ, "PATH": str(Path(sys.executable).parent), "PYTHONWARNINGS": "ignore"}

TWISTD = ["-c", "from twisted.scripts.twistd import run; run()"]
TWIST = ["-m", "twisted"]


class Environment:
    """A virtual environment that finds the packages of the running one, but not its chatd."""

    def __init__(self, directory: Path) -> None:
        self._elsewhere = directory / "elsewhere"
        self.packages = (
            directory / "venv" / "lib" / f"python{sysconfig.get_python_version()}" / "site-packages"
        )
        self.python = directory / "venv" / "bin" / "python"
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", directory / "venv"], check=True)
        self._elsewhere.mkdir()
        # The .pth files of a directory that is named in one, such as an editable chatd's, are not read.
        (self.packages / "outer.pth").write_text(sysconfig.get_path("purelib") + "\n")

    def install(self, *what: str | Path) -> None:
        """With pip, without the network and without npm."""
        pip = [sys.executable, "-m", "pip", "--python", str(self.python), "--disable-pip-version-check"]
        done = subprocess.run(
            [*pip, "install", "--quiet", "--no-deps", "--no-build-isolation", "--no-index", *what],
            env=WITHOUT_NPM,
            cwd=self._elsewhere,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stdout + done.stderr

    def run(self, *arguments: str) -> str:
        """What Python prints, started away from the checkout."""
        done = subprocess.run(
            [self.python, *arguments], cwd=self._elsewhere, capture_output=True, text=True, check=True
        )
        return done.stdout


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of this checkout, in which building leaves nothing behind."""
    assert (ROOT / PAGE).exists(), "The browser client is not built: `make test` does that first."
    copy = tmp_path_factory.mktemp("checkout") / "chatd"
    shutil.copytree(ROOT, copy, ignore=MADE_HERE)
    # Fresh, whatever was edited since: the page of a stale checkout would be built, and that takes npm.
    (copy / PAGE).touch()
    return copy


def build(checkout: Path, kind: str, into: Path) -> Path:
    """The wheel or sdist that setuptools makes of a checkout, without npm."""
    code = f"import sys; from setuptools import build_meta as b; print(b.build_{kind}(sys.argv[1]))"
    done = subprocess.run(
        [sys.executable, "-c", code, into], cwd=checkout, env=WITHOUT_NPM, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return into / done.stdout.splitlines()[-1]


@pytest.fixture(scope="module")
def sdist(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(checkout, "sdist", tmp_path_factory.mktemp("sdist"))


@pytest.fixture(scope="module")
def wheel(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(checkout, "wheel", tmp_path_factory.mktemp("wheel"))


@pytest.fixture(params=["wheel", "editable", "sdist"])
def installed(
    request: pytest.FixtureRequest, tmp_path: Path, checkout: Path, wheel: Path, sdist: Path
) -> Environment:
    environment = Environment(tmp_path)
    match request.param:
        case "wheel":
            environment.install(wheel)
        case "editable":
            environment.install("--editable", checkout)
        case "sdist":
            environment.install(sdist)
    return environment


def test_twistd_and_twist_know_chatd(installed: Environment) -> None:
    assert "    chatd  " in installed.run(*TWISTD, "--help")
    assert "    chatd  " in installed.run(*TWIST, "--help")
    for runner in (TWISTD, TWIST):
        assert installed.run(*runner, "chatd", "--version") == f"chatd {__version__}\n"


def test_the_page_and_the_migrations_are_installed(installed: Environment) -> None:
    code = "import chatd; print(chatd.__path__[0])"
    package = Path(installed.run("-c", code).strip())
    assert ROOT not in package.parents
    for inside in ("static/index.html", "storage/migrations/env.py", "py.typed"):
        assert (package / inside).is_file()
    assert list((package / "storage" / "migrations" / "versions").glob("0001_*.py"))
    assert list((package / "static" / "assets").glob("*.js"))


def test_the_wheel_adds_one_file_to_twisted(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert [name for name in names if name.startswith("twisted/")] == ["twisted/plugins/chatd_plugin.py"]
    assert {name.split("/")[0] for name in names} == {"chatd", "twisted", f"chatd-{__version__}.dist-info"}


def test_the_sdist_carries_the_page_instead_of_its_sources(sdist: Path) -> None:
    with tarfile.open(sdist) as archive:
        names = [name.partition("/")[2] for name in archive.getnames()]
    assert str(PAGE) in names
    assert "twisted/plugins/chatd_plugin.py" in names
    assert [name for name in names if name.startswith("web/")] == []


def test_a_stale_page_without_npm_is_one_sentence(checkout: Path, tmp_path: Path) -> None:
    stale = tmp_path / "stale"
    shutil.copytree(checkout, stale)
    (stale / "web" / "index.html").touch()
    done = subprocess.run(
        [sys.executable, "setup.py", "--quiet", "build_web"],
        cwd=stale,
        env=WITHOUT_NPM,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == (
        "chatd: npm is missing. The browser client is built with Node.js 20 or newer."
    )
