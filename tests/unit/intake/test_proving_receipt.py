"""Evidence that a hand-over came later than it was recorded, never stated by who received it (Art. 23(3))."""

from datetime import datetime, timedelta
from typing import Any

from huiyin.common.v1.types_pb2 import AUTHORITY_KIND_HOLDER, AUTHORITY_KIND_SUPERIOR
from huiyin.intake.v1 import events_pb2 as events
from huiyin.intake.v1 import types_pb2 as types
from huiyin_domain.context import Role
from huiyin_domain.dates import instant, stamp
from tests.support.deciding import officer, secret
from tests.support.small_policy import CITY_OFFICE, COUNTY, HOUSING, LABOUR, OFFICE, STRANGER
from tests.unit.intake.petitions import Case, made

EVIDENCE = secret("the exchange was down from 9 to 17")


def handed() -> tuple[Case, dict[str, Any], datetime]:
    """A case on its way, what a proof says of it but for the time, and when it was recorded."""
    case = Case().classified()
    handover_id, recorded = case.handed_over(), case.now
    case.later(days=4)
    given = {"handover_id": handover_id, "ground": types.RECEIPT_GROUND_OUTAGE, "evidence": EVIDENCE}
    return case, given, recorded


def after(recorded: datetime, **span: float) -> dict[str, Any]:
    return {"received_time": stamp(recorded + timedelta(**span))}


def test_the_sender_or_the_receivers_superior_states_it_with_evidence() -> None:
    for agency, kind in ((OFFICE, AUTHORITY_KIND_HOLDER), (COUNTY, AUTHORITY_KIND_SUPERIOR)):
        case, given, recorded = handed()
        (event,) = case.do("ProveHandoverReceipt", officer(agency), **given, **after(recorded, days=2))
        proved = made(event, events.HandoverReceiptProved)
        assert (proved.unit, proved.authority.kind, proved.authority.organ) == (HOUSING, kind, agency)
        assert instant(proved.received_time) == recorded + timedelta(days=2)
        assert proved.HasField("evidence")


def test_the_receiving_unit_moves_no_day_of_its_own() -> None:
    case, given, recorded = handed()
    given |= after(recorded, days=2)
    case.no("NOT_BY_THE_RECEIVER", "ProveHandoverReceipt", officer(HOUSING), **given)
    case.no("OFFICER_REQUIRED", "ProveHandoverReceipt", officer(OFFICE, "", Role.SYSTEM), **given)
    for agency in (LABOUR, CITY_OFFICE, STRANGER):
        case.no("NO_SUCH_CASE", "ProveHandoverReceipt", officer(agency), **given)


def test_a_receipt_is_moved_neither_before_its_record_nor_into_the_future() -> None:
    case, given, recorded = handed()
    early, now = after(recorded, minutes=-1), after(recorded, days=4)
    case.no("RECEIVED_ALREADY", "ProveHandoverReceipt", **given, **early)
    case.no("RECEIVED_ALREADY", "ProveHandoverReceipt", **given, **after(recorded))
    case.no("TIME_IN_FUTURE", "ProveHandoverReceipt", **given, **after(recorded, days=4, seconds=1))
    case.no("FIELD_REQUIRED", "ProveHandoverReceipt", **given)
    case.do("ProveHandoverReceipt", **given, **now)
    case.no("RECEIVED_ALREADY", "ProveHandoverReceipt", **given, **after(recorded, days=2))


def test_it_needs_evidence_and_says_of_what_kind() -> None:
    case, given, recorded = handed()
    given |= after(recorded, days=2)
    bare = {name: value for name, value in given.items() if name != "evidence"}
    case.no("CONTENT_REQUIRED", "ProveHandoverReceipt", **bare)
    unsaid = types.RECEIPT_GROUND_UNSPECIFIED
    case.no("FIELD_REQUIRED", "ProveHandoverReceipt", **(given | {"ground": unsaid}))


def test_a_unit_had_what_it_acted_on() -> None:
    case, given, recorded = handed()
    objected = {"handover_id": given["handover_id"], "reasons": secret("not ours")}
    case.do("ObjectToHandover", officer(HOUSING), **objected)
    case.later(days=2)
    case.no("RECEIVED_BY_THEN", "ProveHandoverReceipt", **given, **after(recorded, days=5))
    case.do("ProveHandoverReceipt", **given, **after(recorded, days=3))


def test_there_is_nothing_to_prove_of_a_hand_over_that_is_not_open() -> None:
    case, given, recorded = handed()
    case.do("AcceptPetition", officer(HOUSING))
    case.no("NO_OPEN_HANDOVER", "ProveHandoverReceipt", **given, **after(recorded, days=2))


def test_the_time_to_object_runs_from_what_was_proved() -> None:
    """Art. 23(3): 自收到之日起5个工作日."""
    case, given, recorded = handed()
    case.later(days=6)
    objection = {"handover_id": given["handover_id"], "reasons": secret("not ours")}
    case.no("OBJECTION_TOO_LATE", "ObjectToHandover", officer(HOUSING), **objection)
    case.do("ProveHandoverReceipt", **given, **after(recorded, days=4))
    case.do("ObjectToHandover", officer(HOUSING), **objection)
