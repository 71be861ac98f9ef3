"""How long an accepted matter may wait that has not the 60 days of Article 34: suggestions, accusations, and
claims with a procedure of their own (Arts. 29 to 31).

Article 34 is for claims of Article 31(6) alone. For the others no law gives the unit days: here the limit of
the procedure that other law has for such a matter stands for them, and else a word to the petitioner.
"""

from huiyin_domain.calendar.due import Span, SpanUnit
from huiyin_domain.clocks.basis import ANSWERED, OTHER_COURSE, platform
from huiyin_domain.clocks.milestone import Matter, Milestone
from huiyin_domain.clocks.rule import Rule, Text, Who
from huiyin_domain.verification import Verification

WORD_DAYS = 90
_ACCEPTANCE = Text("受理", "acceptance")
_LAST_WORD = Text("受理或者上次告知", "acceptance or the last word")


def _to_finish(rule_id: str, matter: Matter, span: Span, basis: Text, act: Text) -> Rule:
    return Rule(
        rule_id,
        basis=basis,
        since=_ACCEPTANCE,
        act=act,
        starts=frozenset({Milestone.HANDLING_BEGUN}),
        stops=ANSWERED,
        voids=OTHER_COURSE,
        span=span,
        who=Who.HOLDER,
        matters=frozenset({matter}),
        verification=Verification.DERIVED,
    )


def _to_tell(rule_id: str, matters: frozenset[Matter | None], basis: Text, act: Text) -> Rule:
    """Every word starts it anew, until the matter is answered."""
    return Rule(
        rule_id,
        basis=basis,
        since=_LAST_WORD,
        act=act,
        starts=frozenset({Milestone.HANDLING_BEGUN, Milestone.WORD_GIVEN}),
        stops=ANSWERED | {Milestone.WORD_GIVEN},
        voids=OTHER_COURSE,
        span=Span(WORD_DAYS),
        who=Who.HOLDER,
        matters=matters,
        verification=Verification.DERIVED,
    )


def _like(item: str, item_en: str, law: str, law_en: str) -> Text:
    """A platform rule that takes its length from other law."""
    basis = platform(f"第三十一条第{item}项", f"Art. 31({item_en})")
    return Text(f"{basis.zh[:-1]}、{law}）", f"{basis.en[:-1]}; {law_en})")


_ANSWER = Text("办结或者导入法定途径", "finish it, or lead it into its procedure")

PROCEDURE_RULES: tuple[Rule, ...] = (
    _to_finish(
        "E15",
        Matter.SUGGESTION,
        Span(60),
        platform("第二十九条", "Art. 29"),
        Text("研究并答复建议", "study the suggestion and reply"),
    ),
    _to_tell(
        "E16",
        frozenset({Matter.ACCUSATION, Matter.OWN_RULES}),
        platform("第三十条", "Art. 30"),
        Text("反馈检举控告办理情况", "give feedback on the accusation"),
    ),
    _to_finish(
        "E17",
        Matter.LITIGATION,
        Span(3, SpanUnit.CALENDAR_MONTH),
        _like("一", "1", "《民事诉讼法》第二百一十五条", "Civil Procedure Law, Art. 215"),
        _ANSWER,
    ),
    _to_finish(
        "E18",
        Matter.ADMINISTRATIVE,
        Span(60),
        _like("四", "4", "《行政复议法》第六十二条", "Administrative Reconsideration Law, Art. 62"),
        _ANSWER,
    ),
    _to_finish(
        "E19",
        Matter.DUTY_TO_ACT,
        Span(2, SpanUnit.CALENDAR_MONTH),
        _like("五", "5", "《行政诉讼法》第四十七条", "Administrative Procedure Law, Art. 47"),
        _ANSWER,
    ),
    _to_tell(
        "E20",
        frozenset({Matter.ARBITRATION, Matter.PARTY, Matter.PROCEDURE}),
        platform("第三十一条第二项、第三项", "Art. 31(2), (3)"),
        Text("告知信访人办理进展", "tell the petitioner how it stands"),
    ),
)
