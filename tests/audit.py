"""Whether a package that we use has a known weakness: `python -m tests.audit`, a part of `make check`.

Asks the databases through pip-audit and npm. The exit status is 1 when they know of something; where they
cannot be reached that is said, and is no reason to fail.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

_WEB = Path(__file__).parent.parent / "web"
_PIP_AUDIT = ["--local", "--format=json", "--progress-spinner=off"]
_PATIENCE_SECONDS = 120


class Unreachable(Exception):
    """There is no answer that could be read."""


def main() -> int:
    """Ask both; the exit status."""
    found = 0
    for name, command, read in (
        ("Python", [sys.executable, "-m", "pip_audit", *_PIP_AUDIT], python_weaknesses),
        ("npm", ["npm", "--prefix", str(_WEB), "audit", "--json"], npm_weaknesses),
    ):
        try:
            weaknesses = read(_asked(command))
        except Unreachable as reason:
            print(f"{name}: NOT LOOKED AT, the database cannot be reached: {reason}", file=sys.stderr)
            continue
        found += len(weaknesses)
        print(f"{name}: {len(weaknesses) or 'no'} known weaknesses.")
        for weakness in weaknesses:
            print(f"  {weakness}", file=sys.stderr)
    return 1 if found else 0


def python_weaknesses(answer: dict[str, Any]) -> list[str]:
    """What pip-audit knows. Raises Unreachable when it could look at nothing."""
    packages = answer.get("dependencies", [])
    looked_at = [package for package in packages if "vulns" in package]
    if not looked_at:
        raise Unreachable(packages[0]["skip_reason"] if packages else "nothing was looked at")
    return [
        f"{package['name']} {package['version']}: {weakness['id']},"
        f" mended by {', '.join(weakness['fix_versions']) or 'no version'}"
        for package in looked_at
        for weakness in package["vulns"]
    ]


def npm_weaknesses(answer: dict[str, Any]) -> list[str]:
    """What npm knows. Raises Unreachable when it says nothing of weaknesses."""
    if "vulnerabilities" not in answer:
        raise Unreachable(str(answer.get("message") or answer.get("error") or answer)[:200])
    return [
        f"{name} {weakness['range']}: {weakness['severity']}"
        for name, weakness in answer["vulnerabilities"].items()
    ]


def _asked(command: list[str]) -> dict[str, Any]:
    try:
        ran = subprocess.run(command, capture_output=True, text=True, timeout=_PATIENCE_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        raise Unreachable(f"no answer in {_PATIENCE_SECONDS} s") from None
    except OSError as error:
        raise Unreachable(f"{command[0]}: {error.strerror}") from None
    try:
        return dict(json.loads(ran.stdout))
    except ValueError:
        raise Unreachable(ran.stderr.strip().rpartition("\n")[2][:200]) from None


if __name__ == "__main__":
    sys.exit(main())
