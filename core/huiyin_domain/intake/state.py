"""What is known of a petition, folded from its stream: all that decisions need, and when nothing is left.

A petition with nothing left to be done needs no next date (domain rules, 11.4).
"""

from typing import NamedTuple

from huiyin.common.v1.types_pb2 import TRACK_UNSPECIFIED, Sealed, Track
from huiyin.intake.v1 import types_pb2 as types
from huiyin.intake.v1.types_pb2 import (
    ClosingKind,
    PetitionClass,
    PetitionStatus,
    RegistrationDoubt,
    RemedyFact,
    Route,
)
from huiyin_domain.intake.records import (
    Agreement,
    Completion,
    GivenRating,
    Handover,
    JudicialOffer,
    LinkedCase,
    MeetingRequest,
    Opinion,
    Recusal,
    ReferralStage,
    Registration,
    Review,
    SplitPart,
    Task,
    Withdrawal,
)
from huiyin_domain.participation import Participation

_NOT_REGISTERED = Registration()


class Petition(NamedTuple):
    """A petition (信访事项).

    A named tuple, because folding copies it for every event and nothing immutable copies faster.

    `holder` and `epoch` change by ResponsibilityMoved alone. `accepted` says that the matter is in hand with
    its holder, `competence_decided` that a superior or a resolution made the holder responsible.
    `participation` says who has a part and who had one; `leaving` are those whose part the last event ended:
    they are told of that, and of nothing later. `objectors` are units whose objection was upheld and
    whose competence nobody has decided since, `recalled` those from which the holder took the matter back in
    the present epoch. `told` says that the petitioner was told of the decision that stands, not to accept it
    or to lead it away; `word` is the last word on how far it is.
    `classifications` counts findings, `corrections` how often what was registered was put
    right or put in other words, `extensions` are the days of each approval: their numbers are the versions of
    these facts. `completions` are the reports owed on referrals that were taken. `reviews` are those of the
    last opinion. `handlers` are the officers, by unit and identifier, who took the matter in hand, declined
    it or granted it more time.
    `doubts` are what a person has still to settle about the registration.
    `closed_from` is where the case stood when it was closed. `agreement`, `withdrawal`
    and `died` are grounds to close without an answer, until the petitioner says that the
    petition goes on. `unanswered`: it was once closed for a withdrawal or a death, or on a ground that was
    denied. `taken_back`: a rating was, and no other was given since.
    """

    registration: Registration = _NOT_REGISTERED
    status: PetitionStatus.ValueType = types.PETITION_STATUS_UNSPECIFIED
    petition_class: PetitionClass.ValueType = types.PETITION_CLASS_UNSPECIFIED
    route: Route.ValueType = types.ROUTE_UNSPECIFIED
    track: Track.ValueType = TRACK_UNSPECIFIED
    content_class: str = ""
    classifications: int = 0
    corrections: int = 0
    accused_units: frozenset[str] = frozenset()
    holder: str = ""
    epoch: int = 0
    accepted: bool = False
    competence_decided: bool = False
    participation: Participation = Participation()
    leaving: frozenset[str] = frozenset()
    handover: Handover | None = None
    completions: tuple[Completion, ...] = ()
    objectors: frozenset[str] = frozenset()
    recalled: frozenset[str] = frozenset()
    notified_by: frozenset[str] = frozenset()
    told_on_the_spot: bool = False
    remedy_facts: frozenset[tuple[RemedyFact.ValueType, str]] = frozenset()
    told: bool = False
    word: Sealed | None = None
    extensions: tuple[int, ...] = ()
    extension_open: bool = False
    opinions: tuple[Opinion, ...] = ()
    reviews: tuple[Review, ...] = ()
    recusals: tuple[Recusal, ...] = ()
    handlers: frozenset[tuple[str, str]] = frozenset()
    closing: ClosingKind.ValueType = types.CLOSING_KIND_UNSPECIFIED
    closed_from: PetitionStatus.ValueType = types.PETITION_STATUS_UNSPECIFIED
    agreement: Agreement | None = None
    withdrawal: Withdrawal | None = None
    died: bool = False
    unanswered: bool = False
    rating: GivenRating | None = None
    taken_back: bool = False
    links: tuple[LinkedCase, ...] = ()
    parts: tuple[SplitPart, ...] = ()
    referrals: tuple[JudicialOffer, ...] = ()
    tasks: tuple[Task, ...] = ()
    applied_items: frozenset[str] = frozenset()
    refused_items: frozenset[str] = frozenset()
    meeting_requests: tuple[MeetingRequest, ...] = ()
    doubts: frozenset[RegistrationDoubt.ValueType] = frozenset()

    @property
    def case_id(self) -> str:
        """The case; empty when there is none."""
        return self.registration.case_id

    @property
    def exists(self) -> bool:
        """True once it is registered."""
        return self.status != types.PETITION_STATUS_UNSPECIFIED

    @property
    def extension_days(self) -> int:
        """The days granted in all (Art. 34)."""
        return sum(self.extensions)

    @property
    def parties(self) -> frozenset[str]:
        """Agencies with a part in the case now."""
        return self.participation.parties

    @property
    def audience(self) -> frozenset[str]:
        """Agencies that receive its last event: the parties and who just left, never an accused unit."""
        return (self.parties | self.leaving) - self.accused_units

    @property
    def pending_unit(self) -> str:
        """The unit it was handed to and that has not accepted yet."""
        return self.handover.to_unit if self.handover else ""

    @property
    def opinion(self) -> Opinion | None:
        """The last opinion."""
        return self.opinions[-1] if self.opinions else None

    @property
    def review(self) -> Review | None:
        """The last review of the last opinion."""
        return self.reviews[-1] if self.reviews else None

    @property
    def answer(self) -> Opinion | Review | None:
        """The answer in force: the last opinion or the last review that changed its outcome; none while what
        was revoked is to be done again."""
        if any(review.outcome == types.REVIEW_OUTCOME_REVOKED for review in self.reviews):
            return None
        return next((review for review in reversed(self.reviews) if review.changes), self.opinion)

    @property
    def referral(self) -> JudicialOffer | None:
        """The judicial referral that has the matter now."""
        had = [one for one in self.referrals if one.stage in (ReferralStage.HELD, ReferralStage.RETURNED)]
        return had[-1] if had and had[-1].stage is ReferralStage.HELD else None

    @property
    def offer(self) -> JudicialOffer | None:
        """The open offer to a judicial organ."""
        return next((one for one in self.referrals if one.stage is ReferralStage.OFFERED), None)

    def referral_of(self, referral_id: str) -> JudicialOffer | None:
        """The offer or referral with this id, whatever became of it."""
        return next((one for one in self.referrals if one.referral_id == referral_id), None)

    @property
    def open_meeting_requests(self) -> tuple[MeetingRequest, ...]:
        """Requests for a meeting that the unit now responsible made; with a move they are void."""
        return tuple(one for one in self.meeting_requests if one.epoch == self.epoch)

    @property
    def answered(self) -> bool:
        """True once any opinion reached the petitioner."""
        return any(opinion.served_time for opinion in self.opinions)

    def task(self, item_id: str) -> Task | None:
        """The task from this item of a resolution."""
        return next((task for task in self.tasks if task.item_id == item_id), None)


def is_final(state: Petition) -> bool:
    """True once it is closed; or not accepted, or led into another procedure, and the petitioner told of it.

    Every other state has a running clock with an owner: a test walks all of them. A final state can be left
    again: the petitioner asks for review, a superior decides otherwise, the unit takes the matter up.
    """
    if state.status in _OTHER_COURSE:
        return state.told and state.referral is None and state.offer is None
    return state.status == types.PETITION_STATUS_CLOSED


_OTHER_COURSE = (types.PETITION_STATUS_NOT_ACCEPTED, types.PETITION_STATUS_LED_INTO_PROCEDURE)
