"""Periods of the judicial track (domain rules, 5), and of an offer to a judicial organ."""

from collections.abc import Mapping
from dataclasses import dataclass

from huiyin.judicial.v1 import types_pb2 as types
from huiyin.judicial.v1.types_pb2 import OrganKind
from huiyin_domain.calendar.due import DaySpan, SpanUnit
from huiyin_domain.clocks.milestone import Milestone
from huiyin_domain.clocks.rule import Rule, Text, Who, platform
from huiyin_domain.codes import Verification


@dataclass(frozen=True, slots=True)
class Terms:
    """What an organ keeps to: the first reply, progress or result, and progress from then on."""

    reply: DaySpan
    progress: DaySpan
    further_progress: DaySpan
    basis: Text
    verification: Verification


_MONTH = SpanUnit.CALENDAR_MONTH


def _like_procuratorates(name_zh: str, name_en: str) -> Terms:
    """Nothing was found for the other organs; the same style is general knowledge."""
    basis = Text(f"{name_zh}涉诉信访办理惯例（参照检察机关）", f"practice of {name_en} (as procuratorates)")
    return Terms(DaySpan(7), DaySpan(3, _MONTH), DaySpan(1, _MONTH), basis, Verification.GENERAL_KNOWLEDGE)


JUDICIAL_TERMS: Mapping[OrganKind.ValueType, Terms] = {
    types.ORGAN_KIND_PROCURATORATE: Terms(
        reply=DaySpan(7),
        progress=DaySpan(3, _MONTH),
        further_progress=DaySpan(1, _MONTH),
        basis=Text("检察机关群众信访件件有回复的要求", "the procuratorates' duty to answer every petition"),
        verification=Verification.VERIFIED,
    ),
    types.ORGAN_KIND_COURT: _like_procuratorates("法院", "courts"),
    types.ORGAN_KIND_POLICE: _like_procuratorates("公安机关", "police"),
    types.ORGAN_KIND_JUSTICE: _like_procuratorates("司法行政机关", "justice administration"),
}

_REFERRED = Text("收到", "receipt")
_REFERRALS = frozenset({Milestone.LITIGATION_REFERRED, Milestone.OFFER_ARRIVED})
_REPORTED = Text("告知办理过程", "the last report")
_REPORT = Text("答复办理过程或者结果", "tell of progress or result")
_REPORT_STOPS = frozenset({Milestone.PROGRESS_REPORTED, Milestone.CONCLUDED})
_OFFER_OVER = frozenset({Milestone.OFFER_WITHDRAWN, Milestone.OFFER_LAPSED})
_BACK = frozenset({Milestone.ORGAN_DECLINED, Milestone.HANDED_BACK}) | _OFFER_OVER


def _rules(kind: OrganKind.ValueType, terms: Terms) -> tuple[Rule, ...]:
    reply = Rule(
        "J1",
        basis=terms.basis,
        since=_REFERRED,
        act=Text("向信访人作出程序性回复", "reply to the petitioner on procedure"),
        starts=_REFERRALS,
        stops=frozenset({Milestone.PETITIONER_REPLIED, Milestone.ORGAN_DECLINED}),
        earlier_stops=frozenset({Milestone.ORGAN_ACKNOWLEDGED}),
        voids=frozenset({Milestone.HANDED_BACK}) | _OFFER_OVER,
        span=terms.reply,
        organ_kind=kind,
        verification=terms.verification,
    )
    progress = Rule(
        "J2",
        basis=terms.basis,
        since=_REFERRED,
        act=_REPORT,
        starts=_REFERRALS,
        stops=_REPORT_STOPS,
        voids=_BACK,
        span=terms.progress,
        organ_kind=kind,
        verification=terms.verification,
    )
    further = Rule(
        "J3",
        basis=terms.basis,
        since=_REPORTED,
        act=_REPORT,
        starts=frozenset({Milestone.PROGRESS_REPORTED}),
        stops=_REPORT_STOPS,
        voids=_BACK,
        span=terms.further_progress,
        organ_kind=kind,
        verification=terms.verification,
    )
    return reply, progress, further


_CONCLUDED = Rule(
    "E21",
    basis=platform("第二十八条", "Art. 28"),
    since=Text("办理终结", "the conclusion"),
    act=Text("交回事项", "hand the matter back"),
    starts=frozenset({Milestone.CONCLUDED}),
    stops=frozenset({Milestone.HANDED_BACK}),
    voids=_OFFER_OVER,
    span=DaySpan(15),
    verification=Verification.DERIVED,
)

JUDICIAL_RULES: tuple[Rule, ...] = (
    *(rule for kind, terms in JUDICIAL_TERMS.items() for rule in _rules(kind, terms)),
    _CONCLUDED,
)
"""J1, J2 and J3 of each kind of organ; and the hand-back after the conclusion, which no law dates."""


_BASIS = platform("第二十二条、第二十八条", "Arts. 22, 28")

OFFER_RULES: tuple[Rule, ...] = (
    Rule(
        "E6",
        basis=_BASIS,
        since=Text("移送", "the offer"),
        act=Text("督促接收或者撤回移送", "see to its answer or withdraw it"),
        starts=frozenset({Milestone.OFFERED}),
        stops=frozenset({Milestone.ORGAN_ACKNOWLEDGED, Milestone.ORGAN_DECLINED, Milestone.OFFER_ENDED}),
        voids=frozenset({Milestone.OFFER_WITHDRAWN, Milestone.CLOSED}),
        span=DaySpan(15),
        who=Who.HOLDER,
        verification=Verification.DERIVED,
    ),
    Rule(
        "E7",
        basis=_BASIS,
        since=Text("政法机关同意接收", "the organ's promise"),
        act=Text("移交责任", "release the case to it"),
        starts=frozenset({Milestone.ORGAN_PROMISED}),
        stops=frozenset({Milestone.JUDICIAL_TAKEN, Milestone.OFFER_LAPSED}),
        span=DaySpan(3),
        who=Who.HOLDER,
        verification=Verification.DERIVED,
    ),
    Rule(
        "E8",
        basis=_BASIS,
        since=Text("交回", "its being given back"),
        act=Text("接回事项", "take the matter up again"),
        starts=frozenset({Milestone.GIVEN_BACK}),
        stops=frozenset({Milestone.RETURNED}),
        span=DaySpan(3),
        verification=Verification.DERIVED,
    ),
)
"""Offered and unanswered; taken and not released; given back and not taken up. The services end the last two
at once: whoever has to act there sees that a service is behind."""
