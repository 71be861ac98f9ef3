"""`make faults ROUNDS=20 SEED=7`: round after round, each with its seed and one line of verdict.

The whole cluster by default, with three brokers, relays and workers; MODE=embedded without.
"""

import argparse
import asyncio
import secrets
import shutil
import sys
import time
import traceback
from collections import Counter
from pathlib import Path

from huiyin_audit.findings import PromiseOutcome, Verdict
from huiyin_audit.history import write_history
from huiyin_audit.report import verdict_lines
from tests.fault.driving.judging import judge, sound
from tests.fault.driving.rounds import Round, run_round
from tests.mainjob.input import PROJECT

KEPT = PROJECT / "build" / "faults"


def main() -> None:
    """Rounds with seeds that follow each other; exit status 1 when one was not sound."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3, help="how many rounds")
    parser.add_argument("--seed", type=int, default=0, help="seed of the first round; 0: by chance")
    parser.add_argument("--faults", type=int, default=9, help="faults in a round")
    parser.add_argument("--mode", choices=("cluster", "embedded"), default="cluster")
    options = parser.parse_args()
    first = options.seed or secrets.randbelow(1_000_000) + 1
    total: Counter[str] = Counter()
    for seed in range(first, first + options.rounds):
        total += _round(seed, options.faults, cluster=options.mode == "cluster")
        total["rounds"] += 1
    print("together: " + _in_words(total))
    sys.exit(1 if total["broken"] else 0)


def _round(seed: int, faults: int, *, cluster: bool) -> Counter[str]:
    folder = KEPT / str(seed)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    begun = time.monotonic()
    try:
        done = asyncio.run(run_round(seed, folder, faults, cluster=cluster))
    except Exception as error:  # the round says so and stays kept; the next one is begun
        (folder / "error.txt").write_text("".join(traceback.format_exception(error)), encoding="utf-8")
        print(f"seed {seed}: BROKEN: the round did not come to its end: {error!r}; see {folder}", flush=True)
        return Counter(broken=1)
    verdicts = judge(done.record)
    figures = figures_of(done)
    took = time.monotonic() - begun
    if sound(verdicts):
        shutil.rmtree(folder)
        print(f"seed {seed}: sound: {_in_words(figures)}; {took:.0f} s", flush=True)
        return figures
    keep(done, verdicts, folder)
    bad = ", ".join(one.promise for one in verdicts if one.outcome is not PromiseOutcome.HOLDS)
    print(f"seed {seed}: BROKEN: {bad}: {_in_words(figures)}; {took:.0f} s; see {folder}", flush=True)
    return figures + Counter(broken=1)


def figures_of(done: Round) -> Counter[str]:
    """A round in figures."""
    calls = done.record.history.calls
    return Counter(
        {
            "faults": sum(1 for one in done.injected if one.hit),
            "starts": done.starts,
            "crashes": done.crashes,
            "events": sum(map(len, done.record.history.logs.values())),
            "cases": len(done.record.listed),
            "lives ended": done.lives,
            "calls": len(calls),
            "unanswered calls": sum(1 for call in calls if call.answered is None),
            "receipts": sum(map(len, done.record.exchanged.given.values())),
            "entries told": sum(len(one.told) for one in done.record.subscribers),
            "records": sum(topic.record_count for topic in done.record.compared),
        }
    )


def keep(done: Round, verdicts: list[Verdict], folder: Path) -> None:
    """Keeps a failing round: its history, and what speaks against it."""
    with (folder / "history.jsonl").open("w", encoding="utf-8") as file:
        write_history(done.record.history, file)
    (folder / "verdict.txt").write_text("\n".join(verdict_lines(verdicts, "en")) + "\n", encoding="utf-8")


def _in_words(figures: Counter[str]) -> str:
    return ", ".join(f"{count} {name}" for name, count in figures.items())


if __name__ == "__main__":
    main()
