"""An installation gives the platform's own periods other lengths; a period of law it cannot change."""

from pathlib import Path

import pytest

from huiyin_domain.calendar.due import DaySpan, SpanUnit
from huiyin_domain.clocks.derive import clocks
from huiyin_domain.clocks.timetable import RULE_VERSION, RULES, Timetable, is_settable
from huiyin_kernel.policy import DATA_DIR, PolicyError
from huiyin_kernel.policy_tables import read_rules
from tests.support.small_policy import CALENDAR
from tests.unit.clocks.tellings import answered, in_hand

SET = 'version = "2"\n[[period]]\nrule = "{rule}"\ncount = {count}\nunit = "{unit}"\n'


def written(folder: Path, rule: str = "E9", count: int = 5, unit: str = "working_day") -> Path:
    path = folder / "periods.toml"
    path.write_text(SET.format(rule=rule, count=count, unit=unit))
    return path


def test_what_is_shipped_changes_nothing() -> None:
    assert read_rules(DATA_DIR / "periods.toml") == RULES
    assert read_rules(DATA_DIR / "no such file.toml") == RULES


def test_a_length_that_is_set_counts_and_says_by_which_file(tmp_path: Path) -> None:
    rules = read_rules(written(tmp_path))
    story = in_hand("2026-03-02", "2026-03-04")
    answered(story, "2026-04-13")
    found = {one.rule: one for one in clocks(story.state(), Timetable(CALENDAR, rules=rules))}
    assert str(found["E9"].rolled_due) == "2026-04-20"
    assert "5个工作日" in found["E9"].why_zh
    assert found["E9"].rule_version.startswith(f"{RULE_VERSION}+2 ")
    assert found["T7"].rule_version == RULE_VERSION, "what was said by other rows stays said"


def test_every_change_of_the_file_is_another_version_by_which_clocks_are_counted_anew(tmp_path: Path) -> None:
    versions = {Timetable(CALENDAR).version}
    for count in (5, 6):
        versions.add(Timetable(CALENDAR, rules=read_rules(written(tmp_path, count=count))).version)
    assert len(versions) == 3


@pytest.mark.parametrize("rule", sorted({rule.id for rule in RULES if not is_settable(rule)}))
def test_a_period_of_law_cannot_be_set(tmp_path: Path, rule: str) -> None:
    with pytest.raises(PolicyError, match=rf"{rule} is not the platform's own .*\[D\]"):
        read_rules(written(tmp_path, rule))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"rule": "E99"}, "E99 is no period"),
        ({"count": 0}, "count 0"),
        ({"count": 99_999}, "count 99999"),
        ({"unit": "week"}, "unit 'week'"),
    ],
)
def test_what_cannot_be_counted_is_named(tmp_path: Path, changes: dict[str, object], message: str) -> None:
    with pytest.raises(PolicyError, match=message):
        read_rules(written(tmp_path, **changes))  # type: ignore[arg-type] # wrong on purpose


def test_a_row_stands_there_once(tmp_path: Path) -> None:
    path = written(tmp_path)
    path.write_text(path.read_text() + path.read_text().split("\n", 1)[1])
    with pytest.raises(PolicyError, match="stands there twice"):
        read_rules(path)


def test_rows_of_law_are_never_marked_as_derived() -> None:
    """What can be set says in its basis that it is no law."""
    settable = [rule for rule in RULES if is_settable(rule)]
    assert settable
    assert all(rule.basis.zh.startswith("平台规则") for rule in settable)
    assert DaySpan(10, SpanUnit.WORKING_DAY) in {rule.span for rule in settable}
