"""What `huiyin insight issues|warnings|counters` prints for people."""

from datetime import UTC, datetime

from huiyin.insight.v1.service_pb2 import Counter
from huiyin.insight.v1.types_pb2 import ClockWarning, HotIssue
from huiyin_cli import insight
from huiyin_kernel.codec import timestamp
from huiyin_kernel.policy import load_policy

POLICY = load_policy()
HOUSING = "119900000000000350"


def test_an_issue_is_told_with_its_place_class_count_and_days() -> None:
    issue = HotIssue(
        division="110101",
        content_class="020500",
        filing_count=7,
        first_date="2026-03-02",
        last_date="2026-03-09",
        count_is_minimum=True,
    )
    assert list(insight._issue_lines([issue], POLICY)) == [
        "   7+ 件  110101 东城区  020500 物业服务 Property management  2026-03-02 – 2026-03-09",
        "1 个热点 · hot issue(s)",
    ]


def test_an_issue_without_class_or_with_an_unknown_place_is_told_as_it_is() -> None:
    (line, _) = insight._issue_lines([HotIssue(division="999999", filing_count=5)], POLICY)
    assert line.startswith("    5 件  999999  未分类 · not classified")


def test_a_warning_is_told_with_its_last_instant_in_shanghai() -> None:
    due = timestamp(datetime(2026, 3, 17, 16, 0, tzinfo=UTC))
    warning = ClockWarning(rule="T1", unit=HOUSING, case_id="case", due_time=due)
    assert list(insight._warning_lines([warning], POLICY.directory)) == [
        "2026-03-18 00:00  T1   示例省住房和城乡建设厅  case",
        "1 条预警 · warning(s)",
    ]


def test_counters_are_told_with_their_sum() -> None:
    counters = [
        Counter(division="990101", unit=HOUSING, status="ACCEPTED", case_count=3),
        Counter(division="990101", unit=HOUSING, status="CLOSED", case_count=4),
    ]
    lines = list(insight._counter_lines(counters, POLICY.directory))
    assert lines[0] == "      3  990101  ACCEPTED               示例省住房和城乡建设厅"
    assert lines[-1] == "7 件 · case(s)"
