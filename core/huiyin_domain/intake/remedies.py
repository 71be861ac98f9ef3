"""Which remedy a matter has: review is that of the petition procedure alone (Arts. 31(6), 35).

What the other procedures have stands in other laws (domain rules, 2.2); the petitioner is told of it, so that
no time of a real remedy runs out while review is asked for in vain.
"""

from collections.abc import Mapping
from typing import NamedTuple

from huiyin.intake.v1 import types_pb2 as types
from huiyin.intake.v1.types_pb2 import PetitionClass, ReviewLevel, Route
from huiyin_domain.intake.state import Petition
from huiyin_domain.refusal import Refusal, wrong_state


class Remedy(NamedTuple):
    """A remedy outside the petition procedure: a code for machines, in words, and where it stands."""

    code: str
    zh: str
    en: str
    article: str


_JUDICIAL = Remedy(
    "JUDICIAL_PROCEDURE",
    "依诉讼程序申请再审（六个月内）或者申请检察监督；对公安决定申请复议、复核",
    "retrial (within 6 months) or procuratorial supervision; reconsideration of what the police decided",
    "Regulations of 2022, Art. 31(1); Civil Procedure Law, Arts. 216, 220",
)
_OF_ROUTE: Mapping[Route.ValueType, Remedy] = {
    types.ROUTE_JUDICIAL: _JUDICIAL,
    types.ROUTE_ARBITRATION: Remedy(
        "ARBITRATION",
        "申请仲裁（劳动争议一年内），不服裁决的依法起诉",
        "arbitration (labour disputes: within 1 year), then a suit against the award",
        "Regulations of 2022, Art. 31(2); Labour Dispute Mediation and Arbitration Law, Art. 27",
    ),
    types.ROUTE_PARTY: Remedy(
        "PARTY_APPEAL",
        "依照党内法规提出申诉、申请复审",
        "appeal and re-examination under the rules of the Party",
        "Regulations of 2022, Art. 31(3)",
    ),
    types.ROUTE_ADMINISTRATIVE_PROCEDURE: Remedy(
        "ADMINISTRATIVE_RECONSIDERATION",
        "申请行政复议（六十日内）或者提起行政诉讼（六个月内）",
        "administrative reconsideration (within 60 days) or an administrative suit (within 6 months)",
        "Regulations of 2022, Art. 31(4); Administrative Reconsideration Law, Art. 20; "
        "Administrative Litigation Law, Art. 46",
    ),
    types.ROUTE_DUTY_TO_ACT: Remedy(
        "SUIT_FOR_ACTION",
        "行政机关两个月内不履行职责的，申请行政复议或者提起行政诉讼",
        "reconsideration or an administrative suit when the organ has not acted within 2 months",
        "Regulations of 2022, Art. 31(5); Administrative Litigation Law, Art. 47",
    ),
}
_OF_CLASS: Mapping[PetitionClass.ValueType, Remedy] = {
    types.PETITION_CLASS_SUGGESTION: Remedy(
        "SUPERVISION",
        "没有复查程序；可以向上一级机关反映，由信访部门依法督办",
        "none of its own: the organ above may be told, and the petition office supervises the reply",
        "Regulations of 2022, Arts. 29, 40",
    ),
    types.PETITION_CLASS_ACCUSATION: Remedy(
        "DISCIPLINE_PROCEDURE",
        "依照纪检监察机关的规定提出申诉或者再次检举控告",
        "what the rules of the discipline organs provide, or a further accusation to the organ above",
        "Regulations of 2022, Art. 30",
    ),
    types.PETITION_CLASS_LITIGATION: _JUDICIAL,
}


def not_reviewable(state: Petition, level: ReviewLevel.ValueType) -> Refusal | None:
    """A refusal unless the answer is an opinion of the petition procedure.

    Version 0.1 granted review of other answers: the re-review that a petitioner was promised then is still
    given.
    """
    promised = bool(state.reviews) and level == types.REVIEW_LEVEL_RE_REVIEW
    remedy = remedy_of(state)
    if remedy is None or promised:
        return None
    message = f"only an opinion of the petition procedure (Art. 31(6)) is reviewed; here: {remedy.en}"
    facts = {"remedy": remedy.code, "remedy_zh": remedy.zh, "remedy_en": remedy.en}
    return wrong_state("NO_REVIEW_OF_THIS_MATTER", message, remedy.article, **facts)


def remedy_of(state: Petition) -> Remedy | None:
    """The remedy outside the petition procedure; None for a matter of that procedure, which has review."""
    if state.petition_class == types.PETITION_CLASS_CLAIM:
        return _OF_ROUTE.get(state.route)
    return _OF_CLASS.get(state.petition_class)
