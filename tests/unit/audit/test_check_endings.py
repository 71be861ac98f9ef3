"""Promise P13 where a case ends without an opinion: each usurpation that is planted is found."""

from collections.abc import Sequence

import pytest
from google.protobuf.message import Message

from huiyin.common.v1.types_pb2 import ENTRY_KIND_TIMELY
from huiyin.common.v1.types_pb2 import Entry as Made
from huiyin.intake.v1 import events_pb2 as intake
from huiyin.intake.v1 import types_pb2 as types
from huiyin_audit.checks import authority
from huiyin_domain.access import PETITIONERS_WAY
from tests.unit.audit.book import Act, told
from tests.unit.audit.legal_story import DIRECTORY, INTAKE, OFFICE, case, registered

WEB = types.RATING_WAY_WEB
ASKED = (PETITIONERS_WAY, intake.WithdrawalRequested(way=WEB))
RECORDED = (OFFICE, intake.WithdrawalRequested(officer="officer-1"))
CONFIRMED = (PETITIONERS_WAY, intake.WithdrawalConfirmed(way=WEB, whole_petition=True))
WITHDRAWN = (OFFICE, intake.PetitionClosed(kind=types.CLOSING_KIND_WITHDRAWN))
AGREED = (OFFICE, intake.AgreementReached())
BY_AGREEMENT = (OFFICE, intake.PetitionClosed(kind=types.CLOSING_KIND_AGREEMENT))
DIED = (OFFICE, intake.PetitionerDied())
BY_DEATH = (OFFICE, intake.PetitionClosed(kind=types.CLOSING_KIND_PETITIONER_DIED))
GOES_ON = (PETITIONERS_WAY, intake.PetitionContinued(way=WEB))
Step = tuple[str, Message]


def found(*steps: Step) -> list[str]:
    """The types of the events that rest on no authority."""
    whole: Sequence[Step] = ((OFFICE, registered("E", 1)), *steps)
    stream, entry = f"petition-{case('E')}", Made(kind=ENTRY_KIND_TIMELY)
    story = [
        Act(INTAKE, ((stream, event),), who, f"step {number}", entry=entry)
        for number, (who, event) in enumerate(whole)
    ]
    return [one.en.partition(" ")[0] for one in authority.check(told(story), DIRECTORY).violations]


@pytest.mark.parametrize(
    "steps",
    [
        (ASKED, CONFIRMED, WITHDRAWN),
        (RECORDED, CONFIRMED, WITHDRAWN),
        (AGREED, BY_AGREEMENT),
        (DIED, BY_DEATH),
        (ASKED, CONFIRMED, WITHDRAWN, GOES_ON),
    ],
)
def test_what_rests_on_its_ground_holds(steps: tuple[Step, ...]) -> None:
    assert found(*steps) == []


@pytest.mark.parametrize(
    ("steps", "usurped"),
    [
        (((OFFICE, ASKED[1]),), "WithdrawalRequested"),
        (((PETITIONERS_WAY, RECORDED[1]),), "WithdrawalRequested"),
        ((ASKED, (OFFICE, CONFIRMED[1])), "WithdrawalConfirmed"),
        ((ASKED, (OFFICE, GOES_ON[1])), "PetitionContinued"),
        ((ASKED, WITHDRAWN), "PetitionClosed"),
        ((ASKED, (PETITIONERS_WAY, intake.WithdrawalConfirmed(way=WEB)), WITHDRAWN), "PetitionClosed"),
        ((ASKED, CONFIRMED, GOES_ON, WITHDRAWN), "PetitionClosed"),
        (((PETITIONERS_WAY, AGREED[1]),), "AgreementReached"),
        ((BY_AGREEMENT,), "PetitionClosed"),
        (((OFFICE, intake.AgreementReached(due_date="2026-06-30")), BY_AGREEMENT), "PetitionClosed"),
        ((BY_DEATH,), "PetitionClosed"),
        (((PETITIONERS_WAY, DIED[1]),), "PetitionerDied"),
        (((OFFICE, intake.PetitionClosed(kind=types.CLOSING_KIND_JUDICIAL_CONCLUSION)),), "PetitionClosed"),
    ],
)
def test_each_usurpation_is_found(steps: tuple[Step, ...], usurped: str) -> None:
    assert found(*steps) == [usurped]
