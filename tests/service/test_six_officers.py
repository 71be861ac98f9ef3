"""Six officers decide one thing at once: one decision takes effect, and the others learn what is now true."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from google.protobuf.message import Message
from grpc import StatusCode, aio

from huiyin.common.v1.types_pb2 import TRACK_JUDICIAL
from huiyin.intake.v1 import events_pb2 as events
from huiyin.intake.v1 import service_pb2 as intake
from huiyin.intake.v1 import types_pb2 as types
from huiyin.judicial.v1.types_pb2 import ORGAN_KIND_COURT
from huiyin_cli.client import Client
from huiyin_domain.context import Role
from huiyin_domain.directory import OrganisationKind
from huiyin_kernel.codec import timestamp
from tests.mainjob.desk import Desks
from tests.support.calling import (
    COURT,
    DIRECTORY,
    HOUSING,
    LABOUR,
    LAND,
    OFFICE,
    Refused,
    agency,
    as_refused,
    but_for_repetition,
    claim,
    handed_over,
    registered,
    text,
)
from tests.support.platform import Platform
from tests.support.walking import MAIL, Walk, accepted, classified

pytestmark = pytest.mark.asyncio(loop_scope="module")

OFFICERS = 6
ABOVE = DIRECTORY.superiors(HOUSING)[0]
UNITS = [one.code for one in DIRECTORY if one.kind is OrganisationKind.DEPARTMENT and one.code != HOUSING]
OUTCOMES = (
    types.OPINION_OUTCOME_SUPPORTED,
    types.OPINION_OUTCOME_NOT_SUPPORTED,
    types.OPINION_OUTCOME_EXPLAINED,
)
CONFLICTS = (StatusCode.ABORTED, StatusCode.FAILED_PRECONDITION, StatusCode.NOT_FOUND)
Fields = dict[str, Any]


@dataclass(frozen=True)
class Decision:
    """What six officers of an agency decide at once; `made` is the event that one of them writes."""

    rpc: str
    by: str
    made: type[Message]
    reason: str
    fields: Callable[[Walk, int], Awaitable[Fields]]
    begin: Callable[[Desks], Awaitable[Walk]]
    role: Role = Role.OFFICER
    true_now: Sequence[str] = ()
    judged_first: str = ""
    """What a rival is told who was judged before the decision that took effect."""


def given(make: Callable[[int], Fields]) -> Callable[[Walk, int], Awaitable[Fields]]:
    """Fields that depend on the officer's number alone."""

    async def fields(_: Walk, number: int) -> Fields:
        return make(number)

    return fields


def on(name: str, make: Callable[[int], Fields], reader: str = OFFICE) -> Any:
    """The same, with an id from the case as it is."""

    async def fields(walk: Walk, number: int) -> Fields:
        return {name: getattr(await walk.petition(reader), name), **make(number)}

    return fields


async def _registered(desks: Desks) -> Walk:
    return Walk(desks, await registered((await desks.at(OFFICE)).client))


async def _handed_over(desks: Desks) -> Walk:
    return Walk(desks, await handed_over((await desks.at(OFFICE)).client, HOUSING))


async def _objected(desks: Desks) -> Walk:
    walk = await _handed_over(desks)
    found = await walk.petition()
    await walk.do("ObjectToHandover", HOUSING, handover_id=found.handover_id, reasons=text("非本单位职权"))
    return walk


async def _of_arbitration(desks: Desks) -> Walk:
    client = (await desks.at(OFFICE)).client
    case_id = await registered(client)
    await client.intake.ClassifyPetition(claim(case_id, route=types.ROUTE_ARBITRATION))
    return Walk(desks, case_id)


async def _litigation(desks: Desks) -> Walk:
    client = (await desks.at(OFFICE)).client
    case_id = await registered(client)
    judicial = {"petition_class": types.PETITION_CLASS_LITIGATION, "route": 0, "track": TRACK_JUDICIAL}
    await client.intake.ClassifyPetition(claim(case_id, **judicial))
    return Walk(desks, case_id)


async def _extension_approved(desks: Desks) -> Walk:
    walk = await accepted(desks)
    more = {"extension_days": 10, "approved_by": "head-01", "reasons": text("情况复杂")}
    await walk.do("ApproveExtension", HOUSING, "head", **more)
    return walk


async def _issued(desks: Desks) -> Walk:
    walk = await accepted(desks)
    outcome = types.OPINION_OUTCOME_SUPPORTED
    await walk.do("IssueOpinion", HOUSING, outcome=outcome, document=text("经调查，予以支持"))
    return walk


async def _answered(desks: Desks) -> Walk:
    walk = await accepted(desks)
    await walk.answered("经调查，予以支持", types.OPINION_OUTCOME_SUPPORTED)
    return walk


async def _executed(desks: Desks) -> Walk:
    walk = await _answered(desks)
    await walk.do("ReportExecution", HOUSING, report=text("已落实"))
    return walk


async def _under_review(desks: Desks) -> Walk:
    walk = await _answered(desks)
    await walk.review_asked(types.REVIEW_LEVEL_REVIEW)
    return walk


async def _recusal_asked(desks: Desks) -> Walk:
    walk = await accepted(desks)
    await walk.do("RequestRecusal", HOUSING, officer="officer-01", reasons=text("系近亲属"))
    return walk


async def _recusal(walk: Walk, number: int) -> Fields:
    recusal = (await walk.petition()).recusals[0]
    decided = {"granted": number % 2 == 0, "reasons": text(f"理由{number}")}
    return {"recusal_id": recusal.recusal_id, **decided}


async def _redirected(_: Walk, number: int) -> Fields:
    said = {"reasons": text(f"理由{number}"), "remedy": text("向该机关提出")}
    return {"code": types.NON_ACCEPTANCE_CODE_NOT_COMPETENT, "redirect_unit": UNITS[number], **said}


async def _completion_reported(desks: Desks) -> Walk:
    walk = await classified(desks)
    due = (datetime.now(UTC) + timedelta(days=30)).date().isoformat()
    referral: Fields = {"kind": types.HANDOVER_KIND_REFERRAL, "to_unit": HOUSING, "due_date": due}
    sent = await walk.do("HandOverPetition", OFFICE, **referral)
    await walk.do("AcceptPetition", HOUSING)
    await walk.answered("经调查，不予支持")
    await walk.do("ReportCompletion", HOUSING, handover_id=sent.handover_id, report=text("办结报告"))
    return walk


async def _completion(walk: Walk, number: int) -> Fields:
    report = (await walk.petition()).completions[0].report_id
    return {"report_id": report, "accepted": False, "reasons": text(f"理由{number}")}


def _closing(number: int) -> Fields:
    kinds = (types.CLOSING_KIND_ANSWERED, types.CLOSING_KIND_AGREEMENT)
    return {"kind": kinds[0] if number != OFFICERS - 1 else kinds[1]}


def _why(number: int) -> Fields:
    return {"reasons": text(f"理由{number}")}


DECISIONS = (
    Decision(
        "HandOverPetition",
        OFFICE,
        events.PetitionHandedOver,
        "HANDOVER_OPEN",
        given(lambda number: {"kind": types.HANDOVER_KIND_TRANSFER, "to_unit": UNITS[number]}),
        classified,
        true_now=("pending_unit",),
    ),
    Decision(
        "ObjectToHandover",
        HOUSING,
        events.HandoverObjected,
        "OBJECTION_OPEN",
        on("handover_id", _why),
        _handed_over,
    ),
    Decision(
        "DecideObjection",
        OFFICE,
        events.ObjectionRefused,
        "NO_OBJECTION",
        on("handover_id", lambda number: {"upheld": False, **_why(number)}),
        _objected,
        true_now=("status",),
    ),
    Decision(
        "RecallHandover",
        OFFICE,
        events.HandoverRecalled,
        "NO_OPEN_HANDOVER",
        on("handover_id", _why),
        _handed_over,
    ),
    Decision(
        "OrderHandover",
        ABOVE,
        events.HandoverOrdered,
        "REVISED_MEANWHILE",
        on("handover_id", lambda number: {"order": number % 2 + 1, **_why(number)}),
        _handed_over,
        true_now=("order",),
    ),
    Decision("DeclinePetition", OFFICE, events.PetitionNotAccepted, "NOT_ACCEPTED", _redirected, classified),
    Decision(
        "LeadIntoProcedure",
        OFFICE,
        events.LedIntoProcedure,
        "LED_INTO_PROCEDURE",
        given(
            lambda number: {
                "route": types.ROUTE_ARBITRATION,
                "organ": UNITS[number],
                "guidance": text(f"指引{number}"),
            }
        ),
        _of_arbitration,
    ),
    Decision(
        "ReferLitigation",
        OFFICE,
        events.CaseOffered,
        "OFFER_OPEN",
        given(
            lambda number: {
                "organ": COURT,
                "organ_kind": ORGAN_KIND_COURT,
                "matter": text(f"涉诉部分{number}"),
            }
        ),
        _litigation,
        true_now=("offer_id",),
    ),
    Decision(
        "RestatePetition",
        OFFICE,
        events.PetitionRestated,
        "REVISED_MEANWHILE",
        given(lambda number: {"content": text(f"重述{number}")}),
        classified,
        true_now=("registration_version",),
    ),
    Decision(
        "CorrectRegistration",
        OFFICE,
        events.RegistrationCorrected,
        "REVISED_MEANWHILE",
        given(lambda number: {"fields": ["person_count"], "person_count": number + 2, **_why(number)}),
        classified,
        true_now=("registration_version", "person_count"),
    ),
    Decision(
        "SplitPetition",
        OFFICE,
        events.PetitionRestated,
        "REVISED_MEANWHILE",
        given(
            lambda number: {
                "track": TRACK_JUDICIAL,
                "content": text(f"涉诉部分{number}"),
                "remainder": intake.Statement(content=text(f"其余{number}")),
                **_why(number),
            }
        ),
        classified,
    ),
    Decision(
        "ApproveExtension",
        HOUSING,
        events.ExtensionApproved,
        "REVISED_MEANWHILE",
        given(lambda number: {"extension_days": number + 5, "approved_by": f"six-{number}", **_why(number)}),
        accepted,
        Role.HEAD,
        true_now=("extension_days",),
    ),
    Decision(
        "NotifyExtension",
        HOUSING,
        events.ExtensionNotified,
        "NO_OPEN_EXTENSION",
        given(lambda _: {"method": MAIL}),
        _extension_approved,
    ),
    Decision(
        "IssueOpinion",
        HOUSING,
        events.OpinionIssued,
        "OPINION_NOT_SERVED",
        given(lambda number: {"outcome": OUTCOMES[number % 3], "document": text(f"处理意见{number}")}),
        accepted,
    ),
    Decision(
        "ServeOpinion",
        HOUSING,
        events.OpinionServed,
        "ALREADY_SERVED",
        on("opinion_id", lambda number: {"method": MAIL, "seconds": number}),
        _issued,
        true_now=("served_time",),
    ),
    Decision(
        "NotifyReceipt",
        HOUSING,
        events.ReceiptNotified,
        "ALREADY_SERVED",
        given(lambda number: {"method": MAIL, "seconds": number}),
        accepted,
        true_now=("served_time",),
    ),
    Decision(
        "CheckCompletion",
        OFFICE,
        events.CompletionSentBack,
        "REPORT_CHECKED",
        _completion,
        _completion_reported,
        true_now=("accepted",),
    ),
    Decision(
        "RecordAgreement",
        HOUSING,
        events.AgreementReached,
        "AGREED_ALREADY",
        given(
            lambda number: {
                "form": types.AGREEMENT_FORM_MEDIATION,
                "document": text(f"协议{number}"),
                "petitioner_consent": text("信访人签字"),
                "other_consent": text("对方签字"),
            }
        ),
        accepted,
    ),
    Decision(
        "RecordWithdrawal",
        HOUSING,
        events.WithdrawalRequested,
        "WITHDRAWAL_OPEN",
        given(lambda number: {"statement": text(f"书面申请{number}")}),
        accepted,
    ),
    Decision(
        "RecordDeath",
        HOUSING,
        events.PetitionerDied,
        "DEATH_RECORDED",
        given(lambda number: {"evidence": text(f"证明{number}")}),
        accepted,
    ),
    Decision(
        "ReportExecution",
        HOUSING,
        events.SupportExecuted,
        "ALREADY_EXECUTED",
        given(lambda number: {"report": text(f"落实情况{number}")}),
        _answered,
    ),
    Decision(
        "RequestReview",
        HOUSING,
        events.ReviewRequested,
        "REVIEW_OPEN",
        given(lambda number: {"level": types.REVIEW_LEVEL_REVIEW, "organ": ABOVE, **_why(number)}),
        _answered,
    ),
    Decision(
        "DecideReview",
        ABOVE,
        events.ReviewDecided,
        "REVIEW_DECIDED",
        on(
            "review_id",
            lambda number: {
                "outcome": types.REVIEW_OUTCOME_CHANGED,
                "new_outcome": OUTCOMES[number % 3],
                "document": text(f"复查意见{number}"),
            },
        ),
        _under_review,
        true_now=("outcome", "new_outcome"),
    ),
    Decision(
        "RequestRecusal",
        HOUSING,
        events.RecusalRequested,
        "RECUSAL_OPEN",
        given(lambda number: {"officer": "officer-01", **_why(number)}),
        accepted,
        true_now=("recusal_id",),
    ),
    Decision(
        "DecideRecusal",
        HOUSING,
        events.RecusalDecided,
        "RECUSAL_DECIDED",
        _recusal,
        _recusal_asked,
        Role.HEAD,
        true_now=("granted",),
    ),
    Decision(
        "RequestMeeting",
        HOUSING,
        events.MeetingRequested,
        "MEETING_REQUESTED",
        given(lambda number: {"centre": agency(OrganisationKind.CENTRE), **_why(number)}),
        accepted,
        true_now=("request_id",),
    ),
    Decision(
        "DecideCompetence",
        ABOVE,
        events.ResponsibilityMoved,
        "STALE_EPOCH",
        given(lambda number: {"unit": (HOUSING, LABOUR, LAND)[number % 3], **_why(number)}),
        _objected,
        true_now=("epoch", "responsible_unit"),
    ),
    Decision(
        "ClosePetition",
        HOUSING,
        events.PetitionClosed,
        "ALREADY_CLOSED",
        given(_closing),
        _executed,
        judged_first="NO_AGREEMENT",
    ),
)


async def _officers(desks: Desks, platform: Platform, decision: Decision) -> list[Client]:
    """Six people of the agency, each with a token of their own."""
    names = [f"six-{number}" for number in range(OFFICERS)]
    profiles = [platform.employ(decision.by, decision.role, officer=name) for name in names]
    return [(await desks.named(profile)).client for profile in profiles]


async def _asked(call: Awaitable[Message]) -> Message | Refused:
    try:
        return await call
    except aio.AioRpcError as error:
        return as_refused(error)


@pytest.mark.parametrize("decision", DECISIONS, ids=lambda decision: decision.rpc)
async def test_one_of_six_decisions_takes_effect(
    desks: Desks, platform: Platform, decision: Decision
) -> None:
    walk, people = await decision.begin(desks), await _officers(desks, platform, decision)
    before = await walk.history()
    epoch = (await walk.petition()).epoch
    requests = []
    for number in range(OFFICERS):
        fields = {"epoch": epoch, **await decision.fields(walk, number)}
        if "seconds" in fields:
            fields["served_time"] = timestamp(_served(fields.pop("seconds")))
        requests.append(await walk.request(decision.rpc, OFFICE, **fields))
    calls = [
        _asked(getattr(client.intake, decision.rpc)(request))
        for client, request in zip(people, requests, strict=True)
    ]
    answers = await asyncio.gather(*calls)
    won = [number for number, answer in enumerate(answers) if not isinstance(answer, Refused)]
    same = [one for one in won if _same(decision, requests[one], requests[won[0]])]
    assert won, answers
    assert same == won, "two different decisions were both answered OK"
    for answer in answers:
        if isinstance(answer, Refused):
            assert answer.code in CONFLICTS, answer
            assert answer.reason in {decision.reason, decision.judged_first or decision.reason}, answer
            assert [name for name in decision.true_now if not answer.facts.get(name)] == [], answer
    after = await walk.history()
    made = [one for one in after[len(before) :] if type(one) is decision.made]
    assert len(made) == 1
    first = answers[won[0]]
    assert isinstance(first, Message)
    again = await getattr(people[won[0]].intake, decision.rpc)(requests[won[0]])
    assert but_for_repetition(again) == but_for_repetition(first)
    assert len(await walk.history()) == len(after)


def _same(decision: Decision, one: Message, other: Message) -> bool:
    """The same decision made twice is answered twice; identity and words of reasons make no other one."""
    plain = [type(one)(), type(other)()]
    for copy, request in zip(plain, (one, other), strict=True):
        copy.CopyFrom(request)
        for name in ("info", "reasons", "approved_by", "remedy"):
            if name in copy.DESCRIPTOR.fields_by_name:
                copy.ClearField(name)
    return plain[0] == plain[1]


def _served(number: int) -> datetime:
    return datetime.now(UTC) + timedelta(milliseconds=number)
