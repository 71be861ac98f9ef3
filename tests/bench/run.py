"""Runs every bench_*.py beside this file, or those named, in that order: `python -m tests.bench store`."""

import signal
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path

from tests.bench.platform import remove_leftovers
from tests.bench.results import RESULTS, save, show


def names() -> list[str]:
    """The names of all benchmarks."""
    return sorted(file.stem.removeprefix("bench_") for file in Path(__file__).parent.glob("bench_*.py"))


def main(arguments: Sequence[str]) -> int:
    """Runs the benchmarks named, or all, and saves what they measured."""
    unknown = set(arguments) - set(names())
    if unknown:
        print(f"no benchmark named {', '.join(sorted(unknown))}; there are: {', '.join(names())}")
        return 2
    remove_leftovers()
    with ending_in_good_order():
        for name in arguments or names():
            began = time.monotonic()
            for record in import_module(f"tests.bench.bench_{name}").measure():
                show(record)
                save(record)
            print(f"{name} took {time.monotonic() - began:.0f} s", flush=True)
    print(f"written to {RESULTS}")
    return 0


@contextmanager
def ending_in_good_order() -> Iterator[None]:
    """Takes being told to end as Ctrl-C: what was started is stopped, and folders are removed."""
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGHUP)}
    for number in before:
        signal.signal(number, signal.default_int_handler)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
