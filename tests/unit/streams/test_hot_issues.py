"""Hot issues: many like filings of one class and place, from different petitioners, within a window."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import pytest
from google.protobuf.message import Message

from huiyin.insight.v1.filings_pb2 import IssueFiling
from huiyin.insight.v1.types_pb2 import HotIssue
from huiyin.intake.v1 import events_pb2 as intake
from huiyin.intake.v1 import types_pb2 as types
from huiyin.intake.v1.types_pb2 import IssueSketch
from huiyin_domain.decider import UnfoldableError
from huiyin_domain.streams.cell_state import load_cell
from huiyin_domain.streams.cells import Cells, IssuePolicy
from huiyin_domain.streams.folds import Folds
from huiyin_domain.streams.likeness import MINIMA, SCHEME, like, needed
from huiyin_domain.streams.output import Sink
from huiyin_kernel.codec import timestamp
from tests.support.folding import FOLDS, Memory
from tests.support.made_timelines import Timelines, identity

FIRST = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
LIGHTS = bytes(range(64))
"""Lowest bytes of a sketch's minima."""
WATER = bytes(range(100, 164))


def sketch(low: bytes, scheme: str = SCHEME) -> IssueSketch:
    return IssueSketch(scheme=scheme, minima=b"".join(b"\xaa\xbb\xcc" + bytes((one,)) for one in low))


class Office:
    """Registers filings on one matter, a day apart, and folds them."""

    def __init__(self, policy: IssuePolicy | None = None) -> None:
        cells = Cells(policy) if policy else FOLDS.cells
        self.timelines, self.memory = Timelines(1), Memory(Folds(FOLDS.cases, cells, FOLDS.timetable))
        self.count = 0

    def files(self, times: int = 1, **fields: object) -> list[str]:
        """Filings by as many petitioners unless `person_id` says otherwise; the ids of the cases."""
        cases = []
        for _ in range(times):
            self.count += 1
            case_id = identity("hot", self.count)
            given: dict[str, object] = {
                "person_id": identity("filer", self.count),
                "received_time": timestamp(FIRST + timedelta(days=self.count - 1)),
                "division": "990101",
                "content_class": "030100",
                "anonymous": False,
                "issue_sketch": sketch(LIGHTS),
            }
            self.happens(case_id, self.timelines.registered(case_id, **(given | fields)))
            cases.append(case_id)
        return cases

    def happens(self, case_id: str, event: Message) -> None:
        """The next event of a case."""
        self.memory.take([self.timelines.entry(case_id, event)])

    def shown(self) -> list[HotIssue]:
        """The hot issues, most filings first."""
        found = [
            HotIssue.FromString(value)
            for (sink, _), value in self.memory.displayed().items()
            if sink == Sink.HOT_ISSUES.value
        ]
        return sorted(found, key=lambda issue: (-issue.filing_count, issue.issue_id))


def classified(content_class: str, **fields: object) -> intake.PetitionClassified:
    given: dict[str, object] = {"petition_class": types.PETITION_CLASS_CLAIM, "content_class": content_class}
    return intake.PetitionClassified(**(given | fields))  # type: ignore[arg-type] # fields by name


def test_five_like_filings_of_five_petitioners_are_a_hot_issue() -> None:
    office = Office()
    office.files(5)
    (issue,) = office.shown()
    issue.ClearField("issue_id")
    assert issue == HotIssue(
        division="990101",
        content_class="030100",
        filing_count=5,
        first_date="2026-03-02",
        last_date="2026-03-06",
        window_days=30,
    )


def test_four_are_not_shown() -> None:
    office = Office()
    office.files(4)
    assert office.shown() == []


def test_many_filings_of_few_petitioners_are_not_shown() -> None:
    office = Office()
    office.files(4)
    office.files(10, person_id=identity("filer", 1))
    assert office.shown() == []


def test_anonymous_filings_count_as_those_of_one_petitioner() -> None:
    office = Office()
    office.files(20, anonymous=True)
    assert office.shown() == []
    office.files(4)
    assert [issue.filing_count for issue in office.shown()] == [24]


def test_another_matter_of_the_same_class_and_place_is_another_issue() -> None:
    office = Office()
    office.files(6)
    office.files(5, issue_sketch=sketch(WATER))
    office.files(2, issue_sketch=sketch(bytes(64)))
    assert [issue.filing_count for issue in office.shown()] == [6, 5]


@pytest.mark.parametrize(
    "fields",
    [
        {"division": "990102"},
        {"content_class": "020500"},
        {"issue_sketch": None},
        {"issue_sketch": sketch(LIGHTS, "minhash64-0")},
        {"origin_case_id": identity("origin")},
    ],
)
def test_what_belongs_elsewhere_or_cannot_be_compared_does_not_count(fields: dict[str, object]) -> None:
    office = Office()
    office.files(5)
    office.files(1, **fields)
    assert [issue.filing_count for issue in office.shown()] == [5]


def test_a_place_below_the_county_counts_for_its_county() -> None:
    office = Office()
    office.files(3)
    office.files(2, division="990101001000")
    assert [issue.filing_count for issue in office.shown()] == [5]


def test_a_filing_given_another_class_counts_there_and_no_more_here() -> None:
    office = Office()
    cases = office.files(6, content_class="")
    assert [(issue.content_class, issue.filing_count) for issue in office.shown()] == [("", 6)]
    for case_id in cases:
        office.happens(case_id, classified("030100"))
    assert [(issue.content_class, issue.filing_count) for issue in office.shown()] == [("030100", 6)]


def test_a_filing_given_its_first_class_again_counts_there_again() -> None:
    office = Office()
    case_id, *_ = office.files(5)
    for content_class, count in (("020500", []), ("030100", [5]), ("", [5])):
        office.happens(case_id, classified(content_class))
        assert [issue.filing_count for issue in office.shown()] == count


@pytest.mark.parametrize(
    "fields", [{"petition_class": types.PETITION_CLASS_ACCUSATION}, {"accused_units": ["11990000000000051M"]}]
)
def test_an_accusation_counts_nowhere(fields: dict[str, object]) -> None:
    office = Office()
    case_id, *_ = office.files(5)
    office.happens(case_id, classified("030100", **fields))
    assert office.shown() == []
    office.happens(case_id, classified("030100"))
    assert [issue.filing_count for issue in office.shown()] == [5]


def test_filings_before_the_window_count_no_more() -> None:
    office = Office()
    office.files(5)
    office.files(1, received_time=timestamp(FIRST + timedelta(days=31)))
    (issue,) = office.shown()
    assert (issue.filing_count, issue.first_date, issue.last_date) == (5, "2026-03-03", "2026-04-02")
    office.files(1, received_time=timestamp(FIRST + timedelta(days=90)))
    assert office.shown() == []


def test_a_late_entry_of_an_old_letter_changes_nothing() -> None:
    office = Office()
    office.files(5)
    office.files(1, received_time=timestamp(FIRST - timedelta(days=300)))
    assert [issue.filing_count for issue in office.shown()] == [5]


def test_of_more_filings_than_a_cell_holds_the_count_says_the_least_there_are() -> None:
    office = Office(IssuePolicy(entries_max=8))
    office.files(8)
    assert [(issue.filing_count, issue.count_is_minimum) for issue in office.shown()] == [(8, False)]
    office.files(4)
    assert [(issue.filing_count, issue.count_is_minimum) for issue in office.shown()] == [(8, True)]
    later = FIRST + timedelta(days=41)
    office.files(5, received_time=timestamp(later))
    assert [issue.count_is_minimum for issue in office.shown()] == [False]


def cell_of(filings: Iterable[IssueFiling], policy: IssuePolicy) -> bytes:
    """The cell after these filings, in this order."""
    memory = Memory(Folds(FOLDS.cases, Cells(policy), FOLDS.timetable))
    for filing in filings:
        memory.take_filing(filing)
    ((key, data),) = memory.cells.items()
    assert key == "990101/030100"
    return data


def test_a_full_cell_holds_the_same_whatever_order_its_filings_came_in() -> None:
    policy = IssuePolicy(entries_max=3, window=timedelta(days=10))
    days = (1, 2, 3, 4, 30, 31, 100, 101, 102, 103, 104)
    filings = [
        IssueFiling(
            division="990101",
            content_class="030100",
            mark=bytes((day,)) * 8,
            received_time=timestamp(FIRST + timedelta(days=day)),
            minima=LIGHTS,
            number=1,
        )
        for day in days
    ]
    cells = [
        load_cell(cell_of(order, policy)) for order in (filings, filings[::-1], filings[5:] + filings[:5])
    ]
    assert len({(tuple(cell), cell.dropped) for cell in cells}) == 1
    assert len(cells[0]) == 3
    assert cells[0].is_cut


def test_a_withdrawal_is_not_undone_by_an_older_word() -> None:
    filing = IssueFiling(division="990101", content_class="030100", mark=bytes(8), minima=LIGHTS, number=1)
    withdrawn = IssueFiling(
        division="990101", content_class="030100", mark=bytes(8), minima=LIGHTS, number=2, withdrawn=True
    )
    cell = load_cell(cell_of([filing, withdrawn, filing], IssuePolicy()))
    assert [one.withdrawn for one in cell] == [True]


def test_a_filing_of_another_build_is_refused() -> None:
    with pytest.raises(UnfoldableError, match="has 3 minima, not 64"):
        Cells().evolve(Cells().initial(), IssueFiling(minima=b"abc"))


def test_equal_minima_are_counted_as_one_by_one() -> None:
    others = (LIGHTS, WATER, LIGHTS[:20] + bytes([200] * 44), bytes([200] * 44) + LIGHTS[44:])
    columns = b"".join(map(bytes, zip(*others, strict=True)))
    counted = [sum(one == other for one, other in zip(LIGHTS, each, strict=True)) for each in others]
    for least in range(1, MINIMA + 1):
        assert list(like(LIGHTS, columns, least)) == [count >= least for count in counted]


@pytest.mark.parametrize("likeness, minima", [(0.0, 1), (0.3, 20), (0.5, 33), (1.0, MINIMA)])
def test_how_many_minima_must_be_equal(likeness: float, minima: int) -> None:
    assert needed(likeness) == minima
