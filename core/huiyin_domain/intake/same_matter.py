"""The other case of the same matter: what of it a non-acceptance may rest on, and who may name it."""

from datetime import datetime

from huiyin.common.v1.types_pb2 import TRACK_DISCIPLINE
from huiyin.intake.v1 import events_pb2 as events
from huiyin.intake.v1 import types_pb2 as types
from huiyin_domain.access import Action, may, scope
from huiyin_domain.acts.act import Acts, known_time
from huiyin_domain.context import Petitioners, Principal, Role, SameMatter
from huiyin_domain.directory import Directory
from huiyin_domain.intake.facts import case_facts
from huiyin_domain.intake.handling import judicially_concluded
from huiyin_domain.intake.state import Petition
from huiyin_domain.refusal import Refusal

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
