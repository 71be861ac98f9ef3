"""Fills the table of docs/performance.md from build/bench.json: `python -m tests.bench.table`."""

import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.bench.results import PROJECT, load

PAGE = PROJECT / "docs" / "performance.md"
BEGIN, END = "<!-- measured: begin -->\n", "<!-- measured: end -->\n"

AIMS: Mapping[str, str] = {
    "lifecycle_64_cpu": "at most 18, aim 13",
    "disk_per_lifecycle": "at most 25",
    "wal_per_lifecycle": "at most 60",
    "idle_embedded": "at most 2",
    "idle_cluster": "at most 25",
    "others_during_import_p99": "at most 2 times",
    "others_during_flood_p99": "at most 2 times",
    "append_64": "at least 2 times",
    "append_bulk": "at least 0.7 times",
    "append_bulk_single": "at least 0.4 times",
    "verify": "at least 0.6 times",
    "message_to_receipt_p50": "at most 4 times",
}
"""What is aimed at, in the record's unit or as a multiple of its baseline."""


def filled(page: str, records: Sequence[Mapping[str, Any]]) -> str:
    """The page with the table of these records between its marks. Raises ValueError without the marks."""
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise ValueError(f"the page has no lines {BEGIN.strip()} and {END.strip()}")
    return before + begin + "\n" + "\n".join(_lines(records)) + "\n\n" + end + after


def _lines(records: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for machine in dict.fromkeys(str(record["machine"]) for record in records):
        here = [record for record in records if record["machine"] == machine]
        yield f"{machine}:"
        yield ""
        yield "| what | median | least to most | beside | ratio | least to most | aim | date, commit |"
        yield "|---|---|---|---|---|---|---|---|"
        yield from (_line(record) for record in here)


def _line(record: Mapping[str, Any]) -> str:
    span = f"{record['least']:,.2f} to {record['most']:,.2f}" if record["least"] != record["most"] else ""
    ratio = beside = ratios = ""
    if record["ratio"] is not None:
        beside = f"{record['baseline']}: {record['baseline_value']:,.2f}"
        ratio, ratios = f"{record['ratio']:.2f}", f"{record['ratio_least']:.2f} to {record['ratio_most']:.2f}"
    when = f"{record['date'][:10]}, {record['commit']}" + (", quick" if record["quick"] else "")
    value = f"{record['value']:,.2f} {record['unit']}"
    cells = (record["name"], value, span, beside, ratio, ratios, AIMS.get(record["name"], ""), when)
    return f"| {' | '.join(cells)} |"


def main(page: Path = PAGE) -> int:
    """Fills the page; exit status 2 when nothing was measured yet."""
    records = load()
    if not records:
        print("nothing is measured yet: run make bench first")
        return 2
    page.write_text(filled(page.read_text(encoding="utf-8"), records), encoding="utf-8")
    print(f"{len(records)} lines in {page}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
