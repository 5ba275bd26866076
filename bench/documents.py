"""The places in our documents that programs write, between marks that name the program."""

from pathlib import Path

_END = "<!-- end of what was measured -->"


def put(document: Path, program: str, text: str) -> None:
    """Replace what this program wrote last; ValueError where the document has no place for it."""
    before, mark, rest = document.read_text(encoding="utf-8").partition(f"<!-- measured by {program} -->")
    _, end, after = rest.partition(_END)
    if not end:
        raise ValueError(f"{document} has no place for what {program} measures.")
    document.write_text(f"{before}{mark}\n\n{text.strip()}\n\n{end}{after}", encoding="utf-8")
