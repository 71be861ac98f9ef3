"""Periods of an offer to a judicial organ: no state of it is without somebody who has to act."""

from huiyin_domain.calendar.due import Span
from huiyin_domain.clocks.basis import platform
from huiyin_domain.clocks.milestone import Milestone
from huiyin_domain.clocks.rule import Rule, Text, Who
from huiyin_domain.verification import Verification

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
        span=Span(15),
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
        span=Span(3),
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
        span=Span(3),
        verification=Verification.DERIVED,
    ),
)
"""Offered and unanswered; taken and not released; given back and not taken up. The services end the last two
at once: whoever has to act there sees that a service is behind."""
