"""Any bytes at all, for everything that reads bytes of strangers.

`targets` says what must hold for each reader. `make test` tries some thousand inputs, and all that are kept
in `corpus`; `make fuzz` lets libFuzzer look for new ones by which code they reach, for as long as one likes.
"""

from pathlib import Path

CORPUS = Path(__file__).parent / "corpus"
"""A directory for each target; what was found to be wrong once is called after what was wrong."""
