"""Runs every bench_*.py beside this file, or those named: `python -m tests.bench store`."""

import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

from tests.bench.harness import RESULTS, save, show


def names() -> list[str]:
    """The names of all benchmarks."""
    return sorted(file.stem.removeprefix("bench_") for file in Path(__file__).parent.glob("bench_*.py"))


def main(arguments: Sequence[str]) -> int:
    """Runs the benchmarks named, or all, and saves what they measured."""
    unknown = set(arguments) - set(names())
    if unknown:
        print(f"no benchmark named {', '.join(sorted(unknown))}; there are: {', '.join(names())}")
        return 2
    for name in arguments or names():
        for record in import_module(f"tests.bench.bench_{name}").measure():
            show(record)
            save([record])
    print(f"written to {RESULTS}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
