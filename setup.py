"""What pyproject.toml cannot say: the browser client is built into the package; a plugin joins Twisted's."""

import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from setuptools import Command, find_packages, setup
from setuptools.command.build import build
from setuptools.command.sdist import sdist

WEB = Path("web")
BUILT = Path("chatd", "static")
NOT_SOURCES = frozenset({"node_modules", "tests"})


class BuildWeb(Command):
    """Build web/ into chatd/static/, where what lies there is not newer already."""

    description = "build the browser client (npm)"
    user_options: list[tuple[str, str | None, str]] = []
    editable_mode = False
    build_lib = ""

    def initialize_options(self) -> None:
        """Nothing can be chosen."""

    def finalize_options(self) -> None:
        """Nothing can be chosen."""

    def run(self) -> None:
        """Called before the Python modules are collected."""
        if not (WEB / "package.json").exists():
            # An sdist: it carries what was built.
            return
        if _newest(_files(BUILT)) > _newest(_sources()):
            return
        npm = shutil.which("npm")
        if npm is None:
            raise SystemExit("chatd: npm is missing. The browser client is built with Node.js 20 or newer.")
        try:
            if _newest([WEB / "node_modules" / ".package-lock.json"]) < _newest([WEB / "package-lock.json"]):
                subprocess.run([npm, "ci", "--no-audit", "--no-fund"], cwd=WEB, check=True)
            subprocess.run([npm, "run", "build"], cwd=WEB, check=True)
        except subprocess.CalledProcessError:
            raise SystemExit("chatd: The browser client could not be built; npm says why above.") from None

    def get_source_files(self) -> list[str]:
        """None: an sdist carries what is built, not what it is built from."""
        return []

    def get_outputs(self) -> list[str]:
        """None of its own: what is built is package data."""
        return []

    def get_output_mapping(self) -> dict[str, str]:
        """None of its own: what is built is package data."""
        return {}


class SDist(sdist):
    """An sdist with the browser client in it, so that installing it needs no Node.js."""

    def run(self) -> None:
        """Build the browser client first."""
        self.run_command("build_web")
        super().run()


def _sources() -> Iterable[Path]:
    for path in WEB.iterdir():
        if path.name not in NOT_SOURCES:
            yield from _files(path) if path.is_dir() else [path]


def _files(directory: Path) -> Iterable[Path]:
    return (path for path in directory.rglob("*") if path.is_file())


def _newest(paths: Iterable[Path]) -> float:
    return max((path.stat().st_mtime for path in paths if path.exists()), default=0.0)


commands: dict[str, Any] = {"build_web": BuildWeb, "sdist": SDist}
build.sub_commands = [("build_web", None), *build.sub_commands]
setup(
    cmdclass=commands,
    # twisted/plugins has no __init__.py, so that it adds to Twisted's own: it must be named to be found.
    packages=[*find_packages(include=["chatd", "chatd.*"]), "twisted.plugins"],
)
