"""A legal story over all four logs: every promise's subject occurs in it, and none is broken."""

from datetime import timedelta

from google.protobuf.message import Message

from huiyin.common.v1 import types_pb2 as common
from huiyin.common.v1.types_pb2 import Authority, Cause, Sealed
from huiyin.intake.v1 import events_pb2 as intake
from huiyin.intake.v1 import types_pb2 as types
from huiyin.judicial.v1 import events_pb2 as judicial
from huiyin.reception.v1 import events_pb2 as reception
from huiyin.reception.v1.types_pb2 import ResolutionItem
from huiyin_domain.directory import Directory, Organisation, OrganisationKind
from huiyin_kernel.codec import timestamp
from tests.unit.audit.book import START, Act, identity

INTAKE, RECEPTION, JUDICIAL = "intake@990000", "reception@990000", "judicial@990000"
LOGS = (INTAKE, RECEPTION, JUDICIAL)
PROVINCE, OFFICE, BUREAU, SCHOOLS, COURT = "PROVINCE", "OFFICE", "BUREAU", "SCHOOLS", "COURT"
SEALED = Sealed(key_id=identity("key"), nonce=bytes(12), ciphertext=bytes(40), purpose="text")

_KINDS = {
    PROVINCE: OrganisationKind.GOVERNMENT,
    OFFICE: OrganisationKind.PETITION_OFFICE,
    BUREAU: OrganisationKind.DEPARTMENT,
    SCHOOLS: OrganisationKind.DEPARTMENT,
    COURT: OrganisationKind.COURT,
}
DIRECTORY = Directory(
    Organisation(code, code, code, kind, "990000", "" if code == PROVINCE else PROVINCE)
    for code, kind in _KINDS.items()
)


def case(name: str) -> str:
    """The identifier of a case of the story."""
    return identity("case", name)


def petition(
    name: str, agency: str, method: str, epoch: int, *events: Message, day: int | None = None
) -> Act:
    """A command on one petition."""
    case_id = case(name)
    writes = tuple((f"petition-{case_id}", event) for event in events)
    act_name = f"{name}/{method}/{epoch}/{agency}/{type(events[0]).__name__}"
    return Act(INTAKE, writes, agency, act_name, method=method, case_id=case_id, epoch=epoch, day=day)


def registered(name: str, day: int, **fields: object) -> intake.PetitionRegistered:
    """A registration by the petition office."""
    given: dict[str, object] = {
        "case_id": case(name),
        "display_number": f"HY990100-20260302-{name}",
        "channel": "letter",
        "received_time": timestamp(START + timedelta(days=day)),
        "person_id": identity("person", name),
        "content": SEALED,
        "division": "990101",
        "person_count": 1,
        "unit": OFFICE,
        "petition_office": True,
        "query_code_hash": bytes(32),
    }
    return intake.PetitionRegistered(**(given | fields))  # type: ignore[arg-type] # fields by name


def classified(track: common.Track.ValueType = common.TRACK_ADMINISTRATIVE) -> intake.PetitionClassified:
    """An officer's classification into a track."""
    litigation = track == common.TRACK_JUDICIAL
    return intake.PetitionClassified(
        petition_class=types.PETITION_CLASS_LITIGATION if litigation else types.PETITION_CLASS_CLAIM,
        route=types.ROUTE_JUDICIAL if litigation else types.ROUTE_PETITION,
        track=track,
        reasons=SEALED,
    )


def moved(
    from_unit: str, to_unit: str, epoch: int, basis: types.MoveBasis.ValueType, basis_id: str
) -> intake.ResponsibilityMoved:
    """A change of the responsible unit."""
    return intake.ResponsibilityMoved(
        from_unit=from_unit, to_unit=to_unit, epoch=epoch, basis=basis, basis_id=basis_id
    )


def first_case() -> list[Act]:
    """An administrative case from registration to rating, with an objection, an extension and a review."""
    handover, opinion, review = identity("handover"), identity("opinion"), identity("review")
    served = {"served_time": timestamp(START + timedelta(days=40)), "method": types.SERVICE_METHOD_MAIL}
    handed = intake.PetitionHandedOver(
        handover_id=handover, kind=types.HANDOVER_KIND_TRANSFER, from_unit=OFFICE, to_unit=BUREAU
    )
    told = intake.ReceiptNotified(unit=BUREAU, served_time=timestamp(START + timedelta(days=9)))
    accepted = intake.PetitionAccepted(unit=BUREAU, accepted_time=timestamp(START + timedelta(days=8)))
    objected = intake.HandoverObjected(handover_id=handover, unit=BUREAU, reasons=SEALED)
    extended = intake.ExtensionApproved(extension_days=20, approved_by="head-1", reasons=SEALED)
    issued = intake.OpinionIssued(
        opinion_id=opinion, outcome=types.OPINION_OUTCOME_EXPLAINED, document=SEALED, officer="officer-1"
    )
    asked = intake.ReviewRequested(
        review_id=review, level=types.REVIEW_LEVEL_REVIEW, organ=PROVINCE, reasons=SEALED,
        requested_time=timestamp(START + timedelta(days=45)),
    )  # fmt: skip
    decided = intake.ReviewDecided(
        review_id=review,
        level=types.REVIEW_LEVEL_REVIEW,
        outcome=types.REVIEW_OUTCOME_UPHELD,
        document=SEALED,
    )
    review_served = intake.ReviewServed(
        review_id=review, level=types.REVIEW_LEVEL_REVIEW, served_time=timestamp(START + timedelta(days=60))
    )
    to_bureau = moved(OFFICE, BUREAU, 2, types.MOVE_BASIS_ACCEPTANCE, handover)
    return [
        petition("A", OFFICE, "RegisterPetition", 0, registered("A", 0), day=0),
        petition("A", OFFICE, "ClassifyPetition", 1, classified(), day=1),
        petition("A", OFFICE, "HandOverPetition", 1, handed, day=2),
        petition("A", BUREAU, "ObjectToHandover", 1, objected, day=4),
        petition("A", OFFICE, "DecideObjection", 1, intake.ObjectionRefused(handover_id=handover), day=6),
        petition("A", BUREAU, "AcceptPetition", 1, to_bureau, accepted, day=8),
        petition("A", BUREAU, "NotifyReceipt", 2, told, day=9),
        petition("A", BUREAU, "ApproveExtension", 2, extended, day=30),
        petition("A", BUREAU, "NotifyExtension", 2, intake.ExtensionNotified(**served), day=31),  # type: ignore[arg-type] # fields by name
        petition("A", BUREAU, "IssueOpinion", 2, issued, day=39),
        petition("A", BUREAU, "ServeOpinion", 2, intake.OpinionServed(opinion_id=opinion, **served), day=40),  # type: ignore[arg-type] # fields by name
        petition("A", OFFICE, "RequestReview", 2, asked, day=45),
        petition("A", PROVINCE, "DecideReview", 2, decided, day=58),
        petition("A", PROVINCE, "ServeReview", 2, review_served, day=60),
        petition("A", BUREAU, "ClosePetition", 2, intake.PetitionClosed(kind=types.CLOSING_KIND_ANSWERED)),
        petition("A", OFFICE, "RatePetition", 0, intake.PetitionRated(unit_rating=types.RATING_SATISFIED)),
    ]


def split_case() -> list[Act]:
    """A case whose litigation part goes to a court, is concluded there and handed back."""
    referral = identity("referral")
    own = Authority(kind=common.AUTHORITY_KIND_HOLDER, organ=OFFICE)
    part = registered("C", 61, origin_case_id=case("B"), track=common.TRACK_JUDICIAL, authority=own)
    restated = intake.PetitionRestated(content=SEALED, authority=own)
    writes = ((f"petition-{case('B')}", restated), (f"petition-{case('C')}", part))
    acknowledged = intake.JudicialReferralAcknowledged(referral_id=referral, organ=COURT)
    returned = intake.JudicialReferralReturned(referral_id=referral, organ=COURT, concluded=True)
    to_court = moved(OFFICE, COURT, 2, types.MOVE_BASIS_JUDICIAL_ACKNOWLEDGEMENT, referral)
    back = moved(COURT, OFFICE, 3, types.MOVE_BASIS_JUDICIAL_HAND_BACK, referral)
    closed = intake.PetitionClosed(kind=types.CLOSING_KIND_JUDICIAL_CONCLUSION)
    return [
        petition("B", OFFICE, "RegisterPetition", 0, registered("B", 61), day=61),
        petition("B", OFFICE, "ClassifyPetition", 1, classified()),
        Act(INTAKE, writes, OFFICE, "split", method="SplitPetition", case_id=case("B"), epoch=1),
        _referred("C", "ReferLitigation", judicial.LitigationReferred(
            referral_id=referral, case_id=case("C"), organ=COURT, referring_unit=OFFICE, epoch=1
        ), OFFICE),
        _referred("C", "Acknowledge", judicial.ReferralAcknowledged(organ=COURT, docket_number="D-1")),
        _reaction("C", acknowledged, to_court),
        _referred("C", "Conclude", judicial.ReferralConcluded(document=SEALED)),
        _referred("C", "HandBack", judicial.ReferralHandedBack(organ=COURT, to_unit=OFFICE, concluded=True)),
        _reaction("C", returned, back),
        petition("C", OFFICE, "ClosePetition", 3, closed),
    ]  # fmt: skip


def _referred(name: str, method: str, event: Message, agency: str = COURT) -> Act:
    writes = ((f"referral-{identity('referral')}", event),)
    return Act(JUDICIAL, writes, agency, f"referral/{method}", method=method, case_id=case(name))


def _reaction(name: str, *events: Message) -> Act:
    """What intake does by itself when it hears of another service's event."""
    writes = tuple((f"petition-{case(name)}", event) for event in events)
    return Act(
        INTAKE, writes, "intake", f"reaction/{name}/{type(events[0]).__name__}", "", case_id=case(name)
    )


RESOLUTION, MEETING = identity("resolution"), identity("meeting")
ITEMS = (
    ResolutionItem(
        item_id=identity("item", 1), case_id=case("D"), unit=BUREAU, epoch=1,
        kind=types.RESOLUTION_ITEM_KIND_ASSIGN,
    ),
    ResolutionItem(
        item_id=identity("item", 2), case_id=case("E"), unit=SCHOOLS, epoch=1,
        kind=types.RESOLUTION_ITEM_KIND_TASK, due_date="2026-06-30",
    ),
)  # fmt: skip


def applied(item: ResolutionItem) -> intake.ResolutionItemApplied:
    """An item as it takes effect on its case."""
    return intake.ResolutionItemApplied(
        meeting_id=MEETING,
        resolution_id=RESOLUTION,
        item_id=item.item_id,
        kind=item.kind,
        unit=item.unit,
        due_date=item.due_date,
    )


def settled(item: ResolutionItem, *more: Message) -> Act:
    """The meeting hears what became of an item."""
    event = reception.ItemSettled(resolution_id=RESOLUTION, item_id=item.item_id, applied=True)
    return meeting("SettleItem", event, *more, name=item.item_id)


def meeting(
    method: str, *events: Message, name: str = "", agency: str = OFFICE, causes: tuple[Cause, ...] = ()
) -> Act:
    """A step of the joint meeting."""
    writes = tuple((f"meeting-{MEETING}", event) for event in events)
    return Act(RECEPTION, writes, agency, f"meeting/{method}/{name}", causes=causes, method=method)


def joint_meeting() -> list[Act]:
    """A sitting of three agencies that ends in a resolution on two cases, carried out on both."""
    three = [OFFICE, BUREAU, SCHOOLS]
    cases = [case("D"), case("E")]
    bound = reception.ResolutionBound(meeting_id=MEETING, resolution_id=RESOLUTION, items=ITEMS)
    writes = (
        (f"petition-{case('D')}", applied(ITEMS[0])),
        (f"petition-{case('D')}", moved(OFFICE, BUREAU, 2, types.MOVE_BASIS_RESOLUTION, RESOLUTION)),
        (f"petition-{case('E')}", applied(ITEMS[1])),
    )
    seen = (Cause(log=RECEPTION, stream=f"meeting-{MEETING}", version=7),)
    return [
        petition("D", OFFICE, "RegisterPetition", 0, registered("D", 62), day=62),
        petition("E", OFFICE, "RegisterPetition", 0, registered("E", 62)),
        meeting("Convene", reception.MeetingConvened(
            meeting_id=MEETING, convener=OFFICE, participants=three, case_ids=cases
        )),
        meeting("Open", reception.MeetingOpened(present=three)),
        meeting("Propose", reception.ResolutionProposed(resolution_id=RESOLUTION, items=ITEMS)),
        *(meeting("Sign", reception.ResolutionSigned(resolution_id=RESOLUTION, agency=agency), name=agency,
                  agency=agency)
          for agency in three),
        meeting("Bind", bound),
        Act(INTAKE, writes, "intake", "reaction/resolution", "", seen),
        settled(ITEMS[0]),
        settled(ITEMS[1], reception.ResolutionSettled(resolution_id=RESOLUTION)),
        meeting("Close", reception.MeetingClosed(meeting_id=MEETING)),
    ]  # fmt: skip


def other_cases() -> list[Act]:
    """A case that is not accepted, and one whose responsible unit a superior names."""
    declined = intake.PetitionNotAccepted(
        code=types.NON_ACCEPTANCE_CODE_NOT_COMPETENT,
        reasons=SEALED,
        remedy=SEALED,
        redirect_unit=COURT,
        officer="officer-1",
    )
    to_schools = moved(OFFICE, SCHOOLS, 2, types.MOVE_BASIS_SUPERIOR_DECISION, "")
    return [
        petition("F", OFFICE, "RegisterPetition", 0, registered("F", 63), day=63),
        petition("F", OFFICE, "DeclinePetition", 1, declined),
        petition("G", OFFICE, "RegisterPetition", 0, registered("G", 63)),
        petition("G", PROVINCE, "DecideCompetence", 1, to_schools),
    ]


def legal_story() -> list[Act]:
    """All of it, one case after the other."""
    return [*first_case(), *split_case(), *joint_meeting(), *other_cases()]
