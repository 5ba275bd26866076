"""As many simulated runs as one likes: `python -m tests.simulation --runs 100000`. See the package."""

import argparse
import sys
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from random import SystemRandom

from tests.simulation.world import World, run

_BLOCK = 50


def main() -> int:
    """Run them; the exit status is 1 when a promise was broken."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=2_000)
    parser.add_argument("--steps", type=int, default=300, help="things that happen in each")
    parser.add_argument("--first", type=int, help="the first seed, for the same runs again")
    parser.add_argument("--processes", type=int, help="as many as there are processors, if not said")
    options = parser.parse_args()
    first = options.first if options.first is not None else SystemRandom().randrange(1 << 40)
    end = first + options.runs
    blocks = [range(seed, min(seed + _BLOCK, end)) for seed in range(first, end, _BLOCK)]
    broken = 0
    with ProcessPoolExecutor(options.processes) as pool:
        for found in pool.map(partial(_block, steps=options.steps), blocks):
            for seed, sentences in found:
                broken += 1
                print(f"python -m tests.simulation --first {seed} --runs 1 --steps {options.steps}")
                print(*(f"  {sentence}" for sentence in sentences), sep="\n", flush=True)
                steps = _shortest(seed, options.steps)
                print(f"  After {steps} steps: {', '.join(_events(seed, steps)[-12:])}", flush=True)
    print(f"{options.runs:,} runs from seed {first}: {broken} broke a promise.")
    return 1 if broken else 0


def _block(seeds: range, steps: int) -> list[tuple[int, list[str]]]:
    return [(seed, broken) for seed in seeds if (broken := run(seed, steps))]


def _shortest(seed: int, steps: int) -> int:
    """With how few of its steps this run is still broken; the dice fall alike whatever the number."""
    return next((few for few in range(5, steps, 5) if run(seed, few)), steps)


def _events(seed: int, steps: int) -> list[str]:
    world = World(seed)
    world.run(steps)
    return world.events


if __name__ == "__main__":
    sys.exit(main())
