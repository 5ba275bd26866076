"""Look for inputs that break something: `python -m tests.fuzz --seconds 60` gives each target a minute.

libFuzzer changes inputs that reach new code, and keeps them in `.fuzz/TARGET`. What breaks something is put
into `tests/fuzz/corpus/TARGET`, where every later `make test` tries it again; the exit status is 1 then.
"""

import argparse
import subprocess
import sys
from pathlib import Path

from tests.fuzz import CORPUS

KNOWN = Path(".fuzz")
"""What was found in earlier runs; it may be deleted."""
_CHILD = "--in-this-process"


def main() -> int:
    """Fuzz one target after the other; the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("targets", nargs="*", help="all of them, if none is named")
    parser.add_argument("--seconds", type=int, default=60, help="for each target")
    options = parser.parse_args()
    from tests.fuzz.targets import TARGETS

    unknown = set(options.targets) - set(TARGETS)
    if unknown:
        parser.error(f"There is no target {', '.join(sorted(unknown))}; there are {', '.join(TARGETS)}.")
    broken = [target for target in options.targets or TARGETS if not _fuzzed(target, options.seconds)]
    print(f"Broken: {', '.join(broken)}." if broken else "Nothing broke.")
    return 1 if broken else 0


def _fuzzed(target: str, seconds: int) -> bool:
    """In a process of its own, because libFuzzer ends the one that it runs in."""
    print(f"{target}: {seconds} s", flush=True)
    known, kept = KNOWN / target, CORPUS / target
    for directory in (known, kept):
        directory.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "tests.fuzz", _CHILD, target, str(known), str(kept)]
    flags = [f"-max_total_time={seconds}", f"-artifact_prefix={kept}/", "-max_len=4096", "-timeout=20"]
    return (
        subprocess.run([*command, *flags, "-print_final_stats=0", "-verbosity=0"], check=False).returncode
        == 0
    )


def _fuzz_here(arguments: list[str]) -> None:
    import atheris

    with atheris.instrument_imports(include=["chatd", "autobahn.websocket", "twisted.web.http"]):
        from tests.fuzz.targets import TARGETS
    target = TARGETS[arguments[0]]
    words = KNOWN / f"{arguments[0]}.dictionary"
    words.write_text("".join(f'"{_escaped(word)}"\n' for word in target.words))
    atheris.Setup([sys.argv[0], f"-dict={words}", *arguments[1:]], target.take)
    atheris.Fuzz()


def _escaped(word: bytes) -> str:
    return "".join(f"\\x{byte:02x}" for byte in word)


if __name__ == "__main__":
    if sys.argv[1:2] == [_CHILD]:
        _fuzz_here(sys.argv[2:])
    sys.exit(main())
