"""延期: at most 30 days, approved by the head, in effect once notified (Art. 34)."""

from typing import Any

import pytest

from huiyin.common.v1 import types_pb2 as common
from huiyin.common.v1.types_pb2 import Secret
from huiyin.intake.v1 import types_pb2 as types
from tests.support.deciding import officer, secret
from tests.support.small_policy import HOUSING, OFFICE
from tests.unit.intake.petitions import SUGGESTION, Case, head, kinds

HEAD = head(HOUSING)
MAIL = types.SERVICE_METHOD_MAIL


def extension(days: int, **changes: Any) -> dict[str, Any]:
    given = {"extension_days": days, "approved_by": HEAD.officer, "reasons": secret("complex")}
    return given | changes


def test_an_extension_has_no_effect_until_it_is_notified() -> None:
    """Domain rules 11.4, invariant 4."""
    case = Case().accepted()
    case.do("ApproveExtension", HEAD, **extension(30))
    assert case.state.extension_open
    case.do("NotifyExtension", method=MAIL)
    assert (case.state.extension_open, case.state.extension_days) == (False, 30)


@pytest.mark.parametrize("days", [0, -1, 31])
def test_an_extension_is_of_1_to_30_days(days: int) -> None:
    """Art. 34: at most 30 days."""
    refusal = Case().accepted().no("EXTENSION_TOO_LONG", "ApproveExtension", HEAD, **extension(days))
    assert refusal.facts["days_left"] == "30"


def test_extensions_come_to_30_days_in_all() -> None:
    """Day 90 at most."""
    case = Case().accepted()
    case.do("ApproveExtension", HEAD, **extension(20))
    case.do("NotifyExtension", method=MAIL)
    refusal = case.no("EXTENSION_TOO_LONG", "ApproveExtension", HEAD, **extension(11))
    assert refusal.facts["days_left"] == "10"
    case.do("ApproveExtension", HEAD, **extension(10))


def test_two_heads_who_did_not_see_each_other_grant_one_extension() -> None:
    case = Case().accepted()
    case.do("ApproveExtension", HEAD, **extension(10))
    assert case.do("ApproveExtension", HEAD, **extension(10), extension_version=0) == ()
    refusal = case.no("REVISED_MEANWHILE", "ApproveExtension", HEAD, **extension(20), extension_version=0)
    assert (refusal.facts["extension_days"], refusal.facts["notified"]) == ("10", "false")


def test_one_extension_is_notified_before_the_next_is_approved() -> None:
    case = Case().accepted()
    case.do("ApproveExtension", HEAD, **extension(10))
    case.no("EXTENSION_NOT_NOTIFIED", "ApproveExtension", HEAD, **extension(10))


def test_only_the_head_of_the_organ_approves_and_in_person() -> None:
    case = Case().accepted()
    case.no("HEAD_REQUIRED", "ApproveExtension", officer(HOUSING), **extension(10))
    case.no("APPROVER_MISMATCH", "ApproveExtension", HEAD, **extension(10, approved_by="somebody"))
    case.no("NOT_RESPONSIBLE", "ApproveExtension", head(OFFICE), **extension(10))


def test_an_extension_needs_reasons() -> None:
    Case().accepted().no("CONTENT_REQUIRED", "ApproveExtension", HEAD, **extension(10, reasons=Secret()))


def test_only_an_accepted_case_can_be_extended() -> None:
    Case().classified().no(
        "NOT_ACCEPTED_YET",
        "ApproveExtension",
        head(OFFICE),
        **extension(10, approved_by=head(OFFICE).officer),
    )


def test_only_a_petition_proper_has_a_period_to_extend() -> None:
    """T7 and T8 belong to Art. 31(6) alone (domain rules 1.2)."""
    arbitration = {
        "petition_class": types.PETITION_CLASS_CLAIM,
        "route": types.ROUTE_ARBITRATION,
        "track": common.TRACK_ADMINISTRATIVE,
    }
    for course in (SUGGESTION, arbitration):
        case = Case().classified(**course)
        case.do("AcceptPetition")
        by = head(OFFICE)
        case.no("NO_HANDLING_PERIOD", "ApproveExtension", by, **extension(10, approved_by=by.officer))


def test_there_is_nothing_to_notify_without_an_approved_extension() -> None:
    Case().accepted().no("NO_OPEN_EXTENSION", "NotifyExtension", method=MAIL)


def test_a_notified_extension_is_not_notified_again() -> None:
    case = Case().accepted()
    case.do("ApproveExtension", HEAD, **extension(10))
    assert kinds(case.do("NotifyExtension", method=MAIL)) == ["ExtensionNotified"]
    case.no("NO_OPEN_EXTENSION", "NotifyExtension", method=MAIL)
