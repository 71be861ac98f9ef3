"""The judge over workers finds an event that is missing, one too many, out of order, or told too much."""

from collections.abc import Callable

import pytest

from huiyin.insight.v1.types_pb2 import ClockWarning
from huiyin.timeline.v1.types_pb2 import CaseEvent
from huiyin_domain.streams.output import agency_copy
from tests.support.folding import Displayed, Memory
from tests.support.made_timelines import AGENCIES, Timelines
from tests.support.workers import differences

Copies = dict[str, list[CaseEvent]]
ENTRIES = Timelines(1).entries(60)


def told_rightly() -> tuple[Displayed, Copies]:
    """What workers ought to put out."""
    copies: Copies = {code: [] for code in AGENCIES}
    for entry in ENTRIES:
        for code in entry.recipients:
            copies[code].append(CaseEvent.FromString(agency_copy(entry)))
    return Memory().take(ENTRIES).displayed(), copies


def _lost(shown: Displayed, copies: Copies) -> None:
    del shown[next(place for place in shown if place[0] == "warnings")]


def _too_many(shown: Displayed, copies: Copies) -> None:
    shown["hot_issues", "none"] = b""


def _stale(shown: Displayed, copies: Copies) -> None:
    place = next(place for place in shown if place[0] == "warnings")
    warning = ClockWarning.FromString(shown[place])
    warning.unit = "nobody"
    shown[place] = warning.SerializeToString()


def _copy_lost(shown: Displayed, copies: Copies) -> None:
    del copies[AGENCIES[0]][3]


def _copy_too_many(shown: Displayed, copies: Copies) -> None:
    copies[AGENCIES[0]].append(CaseEvent(case_id="none", number=1))


def _out_of_order(shown: Displayed, copies: Copies) -> None:
    ones = copies[AGENCIES[0]]
    first = next(one for one in ones if one.number > 1)
    ones.remove(first)
    at = next(place for place, one in enumerate(ones) if one.case_id == first.case_id)
    ones.insert(at, first)


def _told_too_much(shown: Displayed, copies: Copies) -> None:
    copies[AGENCIES[0]][0].recipients.append(AGENCIES[1])


def test_nothing_is_found_where_nothing_is_wrong() -> None:
    assert differences(ENTRIES, *told_rightly()) == []


def test_repeats_are_not_wrong() -> None:
    shown, copies = told_rightly()
    for ones in copies.values():
        ones += ones[-10:]
    assert differences(ENTRIES, shown, copies) == []


@pytest.mark.parametrize(
    "plant", [_lost, _too_many, _stale, _copy_lost, _copy_too_many, _out_of_order, _told_too_much]
)
def test_a_planted_fault_is_found(plant: Callable[[Displayed, Copies], None]) -> None:
    shown, copies = told_rightly()
    plant(shown, copies)
    assert len(differences(ENTRIES, shown, copies)) == 1
