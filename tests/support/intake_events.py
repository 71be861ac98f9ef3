"""Events of one petition in any order, legal or not, for holding folds of intake against each other."""

from collections.abc import Sequence

from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp
from hypothesis import strategies as st

from huiyin.common.v1 import types_pb2 as common
from huiyin.intake.v1 import events_pb2 as events
from huiyin.intake.v1 import types_pb2 as types
from tests.support.agencies import BUREAU, COURT, HOUSING, LABOUR, LAND, identifier
from tests.support.facts import CASE

ORIGIN, PART, OTHER, SAME = (identifier(number) for number in (111, 112, 113, 114))

UNITS = st.sampled_from([BUREAU, HOUSING, LABOUR, LAND])
REFERRALS = st.sampled_from([identifier(121), identifier(122)])
HANDOVERS = st.sampled_from(["", identifier(123), identifier(124)])
TRACKS = st.sampled_from(list(common.Track.values()))
CONTENT = st.sampled_from(["", "c1", "c2"])
KINDS = st.sampled_from(list(types.ResolutionItemKind.values()))


def registered(origin: str = "", track: common.Track.ValueType = common.TRACK_UNSPECIFIED) -> Message:
    """The first event of a petition."""
    return events.PetitionRegistered(
        case_id=CASE,
        display_number="HY990101-20260302-00000001",
        channel="letter",
        received_time=Timestamp(seconds=1_772_413_200, nanos=1000),
        division="990101",
        content_class="c1",
        unit=BUREAU,
        origin_case_id=origin,
        track=track,
    )


REGISTERED = st.builds(registered, st.sampled_from(["", ORIGIN]), TRACKS)
LATER: st.SearchStrategy[Message] = st.one_of(
    st.builds(
        events.PetitionClassified,
        petition_class=st.sampled_from(list(types.PetitionClass.values())),
        track=TRACKS,
        content_class=CONTENT,
        accused_units=st.lists(UNITS, max_size=2),
    ),
    st.builds(
        events.RegistrationCorrected,
        fields=st.lists(
            st.sampled_from(["channel", "division", "content_class", "received_time", "unheard_of"])
        ),
        channel=st.just("visit"),
        division=st.just("990102"),
        received_time=st.just(Timestamp(seconds=1_772_000_000)),
        content_class=CONTENT,
    ),
    st.builds(
        events.PetitionHandedOver,
        handover_id=HANDOVERS,
        kind=st.sampled_from(list(types.HandoverKind.values())),
        from_unit=UNITS,
        to_unit=UNITS,
    ),
    st.builds(events.HandoverObjected, unit=UNITS, proposed_unit=UNITS),
    st.builds(events.ObjectionUpheld),
    st.builds(events.ObjectionRefused),
    st.builds(events.HandoverRecalled, unit=UNITS),
    st.builds(events.HandoverOrdered, unit=UNITS),
    st.builds(events.HandoverReceiptProved, unit=UNITS),
    st.builds(events.ReceiptNotified, unit=UNITS),
    st.builds(events.ResponsibilityMoved, from_unit=UNITS, to_unit=UNITS, epoch=st.integers(2, 9)),
    st.builds(events.PetitionAccepted, unit=UNITS),
    st.builds(events.PetitionNotAccepted, redirect_unit=UNITS, same_case_id=st.sampled_from(["", SAME])),
    st.builds(events.LedIntoProcedure, organ=UNITS),
    st.builds(
        events.PetitionerTold,
        unit=UNITS,
        telling=st.sampled_from((types.TELLING_NOT_ACCEPTED, types.TELLING_PROGRESS)),
    ),
    st.builds(events.ExtensionApproved, extension_days=st.integers(1, 30)),
    st.builds(
        events.RemedyFactRecorded,
        fact=st.sampled_from(list(types.RemedyFact.values())),
        fact_date=st.sampled_from(["2026-01-30", "no day"]),
    ),
    st.builds(events.ExtensionNotified),
    st.builds(events.OpinionIssued, opinion_id=REFERRALS),
    st.builds(events.OpinionServed, opinion_id=REFERRALS),
    st.builds(events.RecusalRequested, recusal_id=REFERRALS, unit=UNITS, decider=UNITS),
    st.builds(events.RecusalDecided, recusal_id=REFERRALS, unit=UNITS, granted=st.booleans()),
    st.builds(events.SupportExecuted),
    st.builds(events.PetitionClosed),
    st.builds(
        events.CompletionReported, report_id=REFERRALS, handover_id=HANDOVERS, unit=UNITS, to_unit=UNITS
    ),
    st.builds(events.CompletionAccepted, report_id=REFERRALS, handover_id=HANDOVERS, unit=UNITS),
    st.builds(events.CompletionSentBack, report_id=REFERRALS, handover_id=HANDOVERS, unit=UNITS),
    st.builds(events.AgreementReached, due_date=st.sampled_from(["", "2026-05-29"])),
    st.builds(events.WithdrawalRequested),
    st.builds(events.WithdrawalConfirmed, whole_petition=st.booleans()),
    st.builds(events.PetitionContinued, resumed_status=st.sampled_from(list(types.PetitionStatus.values()))),
    st.builds(events.PetitionerDied),
    st.builds(events.PetitionRated),
    st.builds(events.RatingTakenBack),
    st.builds(events.NoticeSent),
    st.builds(events.PetitionSplit, part_case_id=st.just(PART), track=TRACKS),
    st.builds(events.CaseLinked, other_case_id=st.just(OTHER)),
    st.builds(events.CaseOffered, offer_id=REFERRALS, from_unit=UNITS, to_unit=st.just(COURT)),
    st.builds(events.OfferWithdrawn, offer_id=REFERRALS, to_unit=st.just(COURT)),
    st.builds(events.OfferEnded, offer_id=REFERRALS, to_unit=st.just(COURT)),
    st.builds(events.OfferLapsed, offer_id=REFERRALS, to_unit=st.just(COURT)),
    st.builds(events.JudicialReferralAcknowledged, referral_id=REFERRALS, organ=st.just(COURT)),
    st.builds(events.JudicialReferralReturned, referral_id=REFERRALS, organ=st.just(COURT)),
    st.builds(events.ResolutionItemApplied, item_id=REFERRALS, kind=KINDS, unit=UNITS),
    st.builds(events.ResolutionItemRefused, item_id=REFERRALS),
    st.builds(events.ResolutionTaskDone, item_id=REFERRALS),
    st.builds(events.MeetingRequested, centre=UNITS),
)


@st.composite
def histories(draw: st.DrawFn) -> list[Message]:
    """A registration and whatever comes after; a review is decided once, and after it was asked for."""
    history = [draw(REGISTERED)]
    for number in range(draw(st.integers(0, 12))):
        history += draw(st.one_of(LATER.map(_alone), _review(identifier(number + 131))))
    return history


def _alone(event: Message) -> Sequence[Message]:
    return [event]


def _review(review_id: str) -> st.SearchStrategy[Sequence[Message]]:
    """A review as far as it comes."""
    outcomes = st.sampled_from(list(types.ReviewOutcome.values()))
    asked = st.builds(events.ReviewRequested, review_id=st.just(review_id), organ=UNITS)
    decided = st.builds(events.ReviewDecided, review_id=st.just(review_id), outcome=outcomes)
    served = st.builds(events.ReviewServed, review_id=st.just(review_id))
    return st.tuples(asked, decided, served).flatmap(
        lambda whole: st.integers(1, 3).map(lambda length: whole[:length])
    )
