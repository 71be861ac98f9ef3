"""The other case of the same matter: who may name it, and what may rest on it.

A person finds whether facts and reasons are the same; the comparison of texts only supports that. Told to do
it again, a unit may not give the same or nearly the same answer on the same facts and reasons (domain rules,
3.4 and 11.4, invariant 7); what was re-reviewed is not accepted again on them (Art. 36(3)).
"""

from datetime import datetime

from huiyin.common.v1.types_pb2 import TRACK_DISCIPLINE
from huiyin.intake.v1 import events_pb2 as events
from huiyin.intake.v1 import types_pb2 as types
from huiyin.intake.v1.service_pb2 import IssueOpinionRequest, SameFactsStatement
from huiyin.intake.v1.types_pb2 import Likeness, SameFacts, SameFactsFinding
from huiyin_domain.access import Action, may, scope
from huiyin_domain.acts.act import Acts, known_time
from huiyin_domain.checks import content_missing, sealed_of
from huiyin_domain.context import Context, Petitioners, Principal, Role, SameMatter
from huiyin_domain.directory import Directory
from huiyin_domain.intake.competence import judicially_concluded
from huiyin_domain.intake.guards import case_facts, not_given
from huiyin_domain.intake.state import Petition
from huiyin_domain.refusal import Kind, Refusal, invalid, wrong_state
from huiyin_domain.text_comparison import Comparison

_REPEATED = (types.LIKENESS_WORD_FOR_WORD, types.LIKENESS_NEARLY_THE_SAME)


def finding_missing(field: str, statement: SameFactsStatement) -> Refusal | None:
    """A refusal unless a person says what was found, and why."""
    given = not_given(SameFacts.DESCRIPTOR, statement.same_facts, f"{field}.same_facts")
    return given or content_missing(f"{field}.reasons", statement.reasons)


def finding(statement: SameFactsStatement, comparison: Comparison) -> SameFactsFinding:
    """The officer's finding for the record, with the comparison that supports it or speaks against it."""
    return SameFactsFinding(
        same_facts=statement.same_facts,
        reasons=sealed_of(statement.reasons),
        likeness=comparison.likeness,
        case_id=comparison.case_id,
        opinion_id=comparison.opinion_id,
    )


def redo_finding(command: IssueOpinionRequest, context: Context) -> SameFactsFinding | None:
    """What goes into the record of an opinion; nothing for one that is no redo."""
    if not command.HasField("redo_finding"):
        return None
    return finding(command.redo_finding, context.comparison)


def redo_fault(state: Petition, command: IssueOpinionRequest, context: Context) -> Refusal | None:
    """A refusal unless a redo says in what it differs, and differs."""
    if repeated := _word_for_word(state, context):
        return repeated
    if not is_redo(state):
        return _no_redo(command)
    if not command.HasField("redo_finding"):
        return _finding_required(context.comparison)
    return finding_missing("redo_finding", command.redo_finding) or _same_answer(state, command, context)


def is_redo(state: Petition) -> bool:
    """Whether the last opinion was revoked, to be done again."""
    return any(review.outcome == types.REVIEW_OUTCOME_REVOKED for review in state.reviews)


def _word_for_word(state: Petition, context: Context) -> Refusal | None:
    """An opinion states its facts and reasons (Art. 32): with new ones it cannot be the same text."""
    mark, comparison = context.document_mark, context.comparison
    known = bool(mark) and any(opinion.document_mark == mark for opinion in state.opinions)
    if not known and comparison.likeness != types.LIKENESS_WORD_FOR_WORD:
        return None
    return wrong_state("REDO_REPEATS_OPINION", "this is word for word an earlier opinion: decide anew")


def _no_redo(command: IssueOpinionRequest) -> Refusal | None:
    if not command.HasField("redo_finding"):
        return None
    message = "no review revoked an opinion of this case: leave redo_finding out"
    return invalid("NOT_A_REDO", message, field="redo_finding")


def _finding_required(comparison: Comparison) -> Refusal:
    """The officer learns what the comparison says, to find with it."""
    facts = {
        "field": "redo_finding",
        "likeness": Likeness.Name(comparison.likeness),
        "repeated_percent": str(comparison.percent),
        "opinion_id": comparison.opinion_id,
    }
    message = (
        f"redo_finding is missing: the opinion was revoked, and {comparison.percent} in 100 parts of it are "
        "repeated; say whether facts and reasons are the same, and in what the new opinion differs"
    )
    return Refusal(Kind.INVALID, "REDO_FINDING_REQUIRED", message, facts)


def _same_answer(state: Petition, command: IssueOpinionRequest, context: Context) -> Refusal | None:
    """On the same facts and reasons neither the old text nor the old refusal may come again."""
    if command.redo_finding.same_facts != types.SAME_FACTS_SAME or state.opinion is None:
        return None
    refused_again = command.outcome == state.opinion.outcome != types.OPINION_OUTCOME_SUPPORTED
    if not refused_again and context.comparison.likeness not in _REPEATED:
        return None
    message = "on the same facts and reasons the revoked opinion is not given again: decide anew"
    return wrong_state("REDO_REPEATS_OPINION", message)


_OVER = (
    types.PETITION_STATUS_NOT_ACCEPTED,
    types.PETITION_STATUS_ANSWERED,
    types.PETITION_STATUS_CLOSED,
)
_ANSWERED = (types.PETITION_STATUS_ANSWERED, types.PETITION_STATUS_CLOSED)


def same_matter(other: Petition, acts: Acts, petitioners: Petitioners) -> SameMatter:
    """The facts of the other case, from its state and the times of its acts."""
    return SameMatter(
        case_id=other.case_id,
        responsible_unit=other.holder,
        in_hand=_in_hand(other),
        re_reviewed=_re_reviewed(other),
        answer_served=_open_to_review_since(other, acts),
        concluded=judicially_concluded(other),
        petitioners=petitioners,
    )


def not_to_be_named(other: Petition, principal: Principal, directory: Directory) -> Refusal | None:
    """A refusal unless the caller may read the other case, or stands above the unit that has it.

    Art. 19(3) is about who is asked as superior while a unit below has the matter in hand. It learns that,
    and nothing else; of an accusation it learns nothing (Art. 30(3)).
    """
    facts = case_facts(other, directory)
    refusal = may(principal, Action.READ_CASE, facts, directory)
    if refusal is None or not other.exists:
        return refusal
    walled = scope(principal, directory).walled(facts) or other.track == TRACK_DISCIPLINE
    above = directory.is_superior(principal.acting_agency, other.holder)
    return None if above and principal.has(Role.OFFICER, Role.HEAD) and not walled else refusal


def _in_hand(other: Petition) -> bool:
    """Accepted or being handled (Art. 19(3)); an answer that is still to be carried out counts."""
    if not other.exists:
        return False
    opinion = other.opinion
    supported = opinion is not None and opinion.outcome == types.OPINION_OUTCOME_SUPPORTED
    unfinished = supported and opinion is not None and not opinion.executed
    answered = other.status == types.PETITION_STATUS_ANSWERED
    return other.status not in _OVER or (answered and unfinished)


def _re_reviewed(other: Petition) -> bool:
    """Art. 36(3); one that revoked the opinion ended nothing: it is to be done again."""
    review = other.review
    return (
        review is not None
        and review.level == types.REVIEW_LEVEL_RE_REVIEW
        and review.served_time is not None
        and review.outcome != types.REVIEW_OUTCOME_REVOKED
    )


def _open_to_review_since(other: Petition, acts: Acts) -> datetime | None:
    """When the answer was served that the petitioner may have reviewed next (Arts. 31(6), 35, 36)."""
    if other.route != types.ROUTE_PETITION or other.status not in _ANSWERED:
        return None
    review, opinion = other.review, other.opinion
    if review is not None:
        served = review.served_time if review.level == types.REVIEW_LEVEL_REVIEW else None
        return known_time(acts, events.ReviewServed, served) if served else None
    served = opinion.served_time if opinion else None
    return known_time(acts, events.OpinionServed, served) if served else None
