"""Pictures of how a cost grows: both axes logarithmic, so that what grows in step is a line."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import matplotlib

matplotlib.use("svg")
matplotlib.rcParams["svg.hashsalt"] = "chatd"  # the same figures give the same file

from matplotlib import pyplot  # noqa: E402  # once it is said that no screen is there


def draw(
    path: Path, lines: Mapping[str, Sequence[tuple[float, float]]], *, title: str, across: str, up: str
) -> None:
    """Write an SVG. `lines`: what each is called, and its points."""
    figure, axes = pyplot.subplots(figsize=(8, 5))
    for name, points in lines.items():
        ours = name.startswith("chatd")
        axes.loglog(*zip(*points, strict=True), marker="o", linewidth=2.5 if ours else 1.2, label=name)
    axes.set(title=title, xlabel=across, ylabel=up)
    axes.grid(True, which="both", alpha=0.25)
    axes.legend(fontsize="small")
    figure.tight_layout()
    figure.savefig(path, metadata={"Date": None})
    pyplot.close(figure)
