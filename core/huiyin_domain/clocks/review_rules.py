"""Periods of review and re-review: Articles 35 and 36."""

from huiyin_domain.calendar.due import Span
from huiyin_domain.clocks.basis import law
from huiyin_domain.clocks.milestone import Matter, Milestone
from huiyin_domain.clocks.rule import Nature, Rule, Text, Who

REVIEW_RULES: tuple[Rule, ...] = (
    Rule(
        "T9",
        basis=law("第三十五条", "Art. 35"),
        since=Text("收到书面答复", "service of the opinion"),
        act=Text("请求复查", "ask for review"),
        starts=frozenset({Milestone.OPINION_SERVED}),
        stops=frozenset({Milestone.REVIEW_ASKED}),
        voids=frozenset({Milestone.JUDICIAL_TAKEN, Milestone.OPINION_SERVED}),
        span=Span(30),
        who=Who.PETITIONER,
        nature=Nature.REMEDY,
        matters=frozenset({Matter.PETITION}),
    ),
    Rule(
        "T10",
        basis=law("第三十五条", "Art. 35"),
        since=Text("收到复查请求", "the request"),
        act=Text("提出复查意见并书面答复", "decide the review in writing"),
        starts=frozenset({Milestone.REVIEW_RECEIVED}),
        stops=frozenset({Milestone.REVIEW_DECIDED}),
        voids=frozenset({Milestone.JUDICIAL_TAKEN, Milestone.CLOSED}),
        span=Span(30),
    ),
    Rule(
        "T11",
        basis=law("第三十六条", "Art. 36"),
        since=Text("收到复查意见", "service of the review"),
        act=Text("请求复核", "ask for re-review"),
        starts=frozenset({Milestone.REVIEW_SERVED}),
        stops=frozenset({Milestone.RE_REVIEW_ASKED}),
        voids=frozenset({Milestone.JUDICIAL_TAKEN, Milestone.OPINION_SERVED}),
        span=Span(30),
        who=Who.PETITIONER,
        nature=Nature.REMEDY,
    ),
    Rule(
        "T12",
        basis=law("第三十六条", "Art. 36"),
        since=Text("收到复核请求", "the request"),
        act=Text("提出复核意见", "decide the re-review"),
        starts=frozenset({Milestone.RE_REVIEW_RECEIVED}),
        stops=frozenset({Milestone.RE_REVIEW_DECIDED}),
        voids=frozenset({Milestone.JUDICIAL_TAKEN, Milestone.CLOSED}),
        span=Span(30),
    ),
)
