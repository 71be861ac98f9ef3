"""What stream folds derive is folded again in parts, and comes out as it does of the whole."""

from collections import Counter
from pathlib import Path

from huiyin_audit.insight import fold_cases, fold_cells
from huiyin_audit.spill import Row, Spill
from tests.support.made_timelines import PLACES, Timelines

CASES = 100
ENTRIES = Timelines(11, places=PLACES[:1]).entries(CASES)


def folded(folder: Path, parts: int) -> dict[str, list[Row]]:
    """What is laid down by a table, by key."""
    folder.mkdir()
    spill = Spill(folder, parts)
    for number in range(0, len(ENTRIES), 100):
        page = ENTRIES[number : number + 100]
        spill.put("entries", number, [(one.case_id, one.sequence, one.SerializeToString()) for one in page])
    assert not any(fold_cases(spill, part, []) for part in range(parts))
    assert not any(fold_cells(spill, part) for part in range(parts))
    return {table: list(spill.merged(table)) for table in ("states", "warnings", "hot_issues")}


def test_parts_give_the_states_and_rows_of_the_whole(tmp_path: Path) -> None:
    whole = folded(tmp_path / "whole", 1)
    assert all(whole.values())
    assert folded(tmp_path / "parts", 7) == whole


def test_every_part_has_its_own_cases_alone(tmp_path: Path) -> None:
    folded(tmp_path / "parts", 7)
    spill = Spill(tmp_path / "parts", 7)
    cases = Counter(part for part in range(7) for _ in {row[0] for row in spill.rows("entries", part)})
    assert sum(cases.values()) == CASES
    assert max(cases.values()) < CASES // 2
