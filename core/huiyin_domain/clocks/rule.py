"""What a rule about a period consists of, how its basis is written, and which milestones go together."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from huiyin_domain.calendar.due import DaySpan
from huiyin_domain.clocks.milestone import Matter, Milestone
from huiyin_domain.codes import Verification


class Text(NamedTuple):
    """The same in Chinese and in English."""

    zh: str
    en: str


class Nature(StrEnum):
    """What it means that a period ends without the act."""

    DUTY = "duty"  # a unit is late
    REMEDY = "remedy"  # the petitioner's remedy lapses; nobody is late
    WINDOW = "window"  # a unit may not object any more; nobody is late and nothing lapses but that
    INFORMATIONAL = "informational"  # of another procedure, by other law: nobody is late, nothing lapses here


NOBODYS = frozenset({Nature.WINDOW, Nature.INFORMATIONAL})
"""By the end of such a period nobody is late: none is on anybody's list, and none passes."""


class Who(StrEnum):
    """Which unit has to act."""

    NAMED = "named"  # the one that the starting event names
    HOLDER = "holder"  # whoever is responsible when it ends or is stopped
    PETITIONER = "petitioner"  # no unit


class Counting(StrEnum):
    """How the last day is found."""

    SPAN = "span"  # from the start, by the rule's length
    NAMED_DAY = "named_day"  # it stands in the starting event
    EXTENSION = "extension"  # by the length of the period that is extended, and the days granted


@dataclass(frozen=True, slots=True)
class Rule:
    """A period of law or of the platform.

    It runs from each of `starts`, is met by the first of `stops`, and falls away by the first of `voids`.
    `matters` limits it to what the matter was found to be; None in it stands for not yet classified.
    `undone_by`: a stop does not count when one of these follows about the same thing. `earlier_stops`: what
    met it in version 0.1, which had no event for the act itself; it counts where that version recorded it.
    `each_unit`: one event starts it in several cases and for several units, each with a clock of its own.
    `since` names the starting event in 自…之日起, `act` what has to be done. `unless_handling`: not while the
    60 days run already. `needs_address`: not for a petitioner whose name or address is unclear. `version`:
    set where an installation gave it another length, and by which file.
    """

    id: str
    basis: Text
    since: Text
    act: Text
    starts: frozenset[Milestone]
    stops: frozenset[Milestone]
    voids: frozenset[Milestone] = frozenset()
    undone_by: frozenset[Milestone] = frozenset()
    earlier_stops: frozenset[Milestone] = frozenset()
    span: DaySpan | None = None
    counting: Counting = Counting.SPAN
    who: Who = Who.NAMED
    nature: Nature = Nature.DUTY
    matters: frozenset[Matter | None] = frozenset({*Matter, None})
    unless_handling: bool = False
    needs_address: bool = False
    organ_kind: int = 0
    each_unit: bool = False
    verification: Verification = Verification.VERIFIED
    version: str = ""
    ending: frozenset[Milestone] = field(init=False, compare=False, repr=False)
    """All that can end it."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "ending", self.stops | self.voids | self.earlier_stops)


RulesByStart = Mapping[Milestone, tuple[Rule, ...]]
"""Rules by what starts their periods: of a mark, only those that it starts are looked at."""


def by_start(rules: Iterable[Rule]) -> RulesByStart:
    """The rules in that order."""
    found: dict[Milestone, tuple[Rule, ...]] = {}
    for rule in rules:
        for milestone in rule.starts:
            found[milestone] = (*found.get(milestone, ()), rule)
    return found


HANDLING_DAYS = 60
EXTENSION_DAYS_MAX = 30

OTHER_COURSE = frozenset({Milestone.DECLINED, Milestone.LED_IN, Milestone.JUDICIAL_TAKEN})
"""The case went another way: not accepted, led into a procedure, or taken by a judicial organ."""

TAKEN_BACK = frozenset({Milestone.OBJECTION_UPHELD, Milestone.RECALLED, Milestone.REASSIGNED})
"""The hand-over is over without its unit: objected to, recalled, or the matter given to another one."""

ROUTED = frozenset(
    {
        Milestone.HANDED_OVER,
        Milestone.ACCEPTED,
        Milestone.OFFERED,
        Milestone.LITIGATION_REFERRED,
        Milestone.JUDICIAL_TAKEN,
        Milestone.REASSIGNED,
    }
)
"""The case is with, or on its way to, a unit that handles it."""

ANSWERED = frozenset({Milestone.OPINION_ISSUED, Milestone.AGREED, Milestone.CLOSED})
"""The matter is finished, as the periods for handling mean it."""


def law(article_zh: str, article_en: str) -> Text:
    """An article of the Regulations of 2022, in both languages."""
    return Text(f"《信访工作条例》{article_zh}", f"Regulations on Petition Work, {article_en}")


def platform(articles_zh: str, articles_en: str) -> Text:
    """A rule of the platform's own, modelled on articles; it always says that it is no law."""
    return Text(f"平台规则（参照《信访工作条例》{articles_zh}）", f"platform rule (after {articles_en})")
