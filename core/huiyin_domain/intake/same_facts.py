"""A person finds whether facts and reasons are the same; the comparison of texts only supports that.

Told to do it again, a unit may not give the same or nearly the same answer on the same facts and reasons
(domain rules, 3.4 and 11.4, invariant 7); what was re-reviewed is not accepted again on them (Art. 36(3)).
"""

from huiyin.intake.v1 import types_pb2 as types
from huiyin.intake.v1.service_pb2 import IssueOpinionRequest, SameFactsStatement
from huiyin.intake.v1.types_pb2 import Likeness, SameFacts, SameFactsFinding
from huiyin_domain.checks import content_missing, sealed_of
from huiyin_domain.context import Context
from huiyin_domain.intake.guards import not_given
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
