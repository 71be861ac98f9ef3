"""The accused unit gets no read path to an accusation (Art. 30(3); promise P11)."""

import pytest

from huiyin.intake.v1 import types_pb2 as types
from huiyin_domain.access import unknown_case
from huiyin_domain.intake.decider import PETITION
from tests.support.deciding import officer, secret
from tests.support.small_policy import COUNTY, DISCIPLINE, HOUSING, OFFICE
from tests.unit.intake.petitions import ACCUSATION, Case
from tests.unit.intake.test_epochs import FIELDS, ON_ONE_STREAM

TRANSFER = types.HANDOVER_KIND_TRANSFER


def accusing(unit: str) -> Case:
    """A case that the unit had a part in before it was named as accused."""
    case = Case().classified()
    handover_id = case.handed_over(unit)
    case.do("ObjectToHandover", officer(unit), handover_id=handover_id, reasons=secret("not ours"))
    case.do("DecideObjection", handover_id=handover_id, upheld=True)
    return case.classified(**ACCUSATION, accused_units=[unit])


def test_an_accused_unit_is_in_no_audience_even_if_it_was_a_party() -> None:
    case = accusing(HOUSING)
    assert HOUSING in case.state.parties
    assert PETITION.audience(case.state) == [OFFICE]


@pytest.mark.parametrize("rpc", ON_ONE_STREAM)
def test_to_an_accused_unit_the_case_does_not_exist(rpc: str) -> None:
    """Word for word the answer for a case that is not there."""
    refusal = accusing(HOUSING).no("NO_SUCH_CASE", rpc, officer(HOUSING), **FIELDS.get(rpc, {}))
    assert refusal == unknown_case()


def test_an_accused_unit_is_never_a_target() -> None:
    case = accusing(HOUSING)
    assert case.no("ACCUSED_UNIT", "HandOverPetition", kind=TRANSFER, to_unit=HOUSING).article.endswith(
        "30(3)"
    )
    case.no("ACCUSED_UNIT", "DecideCompetence", officer(COUNTY), unit=HOUSING)


def test_an_accused_unit_is_not_proposed_in_an_objection() -> None:
    case = accusing(HOUSING)
    handover_id = case.handed_over(DISCIPLINE)
    given = {"handover_id": handover_id, "reasons": secret("not ours"), "proposed_unit": HOUSING}
    case.no("ACCUSED_UNIT", "ObjectToHandover", officer(DISCIPLINE), **given)


def test_an_accused_holder_can_do_nothing_but_hand_the_matter_over() -> None:
    case = Case().classified(**ACCUSATION, accused_units=[OFFICE])
    case.no("ACCUSED_UNIT", "AcceptPetition")
    case.no("ACCUSED_UNIT", "ClassifyPetition", **ACCUSATION)
    case.handed_over(DISCIPLINE)
    case.do("AcceptPetition", officer(DISCIPLINE))
    assert case.state.holder == DISCIPLINE
    case.no("NO_SUCH_CASE", "NotifyReceipt", officer(OFFICE))


def test_a_superior_takes_the_matter_from_an_accused_holder() -> None:
    case = Case().classified(**ACCUSATION, accused_units=[OFFICE])
    case.do("DecideCompetence", officer(COUNTY), unit=HOUSING)
    assert PETITION.audience(case.state) == [HOUSING]
