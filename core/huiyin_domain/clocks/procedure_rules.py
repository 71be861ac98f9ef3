"""Periods of other procedures that a matter is led into, and of their remedies (Arts. 31, 32).

claims with a procedure of their own (Arts. 29 to 31).

Article 34 is for claims of Article 31(6) alone. For the others no law gives the unit days: here the limit of
the procedure that other law has for such a matter stands for them, and else a word to the petitioner.

Each is shown where the fact that starts it is on the record, and nowhere else. Nobody is late by one, nothing
lapses here, and no list of a unit holds one: whether it has run is for the court or organ to say.
"""

from huiyin.intake.v1 import types_pb2 as types
from huiyin_domain.calendar.due import DaySpan, SpanUnit
from huiyin_domain.clocks.milestone import Matter, Milestone
from huiyin_domain.clocks.rule import ANSWERED, OTHER_COURSE, Nature, Rule, Text, Who, platform
from huiyin_domain.codes import Verification

WORD_DAYS = 90
_ACCEPTANCE = Text("受理", "acceptance")
_LAST_WORD = Text("受理或者上次告知", "acceptance or the last word")


def _to_finish(rule_id: str, matter: Matter, span: DaySpan, basis: Text, act: Text) -> Rule:
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
        span=DaySpan(WORD_DAYS),
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
        DaySpan(60),
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
        DaySpan(3, SpanUnit.CALENDAR_MONTH),
        _like("一", "1", "《民事诉讼法》第二百一十五条", "Civil Procedure Law, Art. 215"),
        _ANSWER,
    ),
    _to_finish(
        "E18",
        Matter.ADMINISTRATIVE,
        DaySpan(60),
        _like("四", "4", "《行政复议法》第六十二条", "Administrative Reconsideration Law, Art. 62"),
        _ANSWER,
    ),
    _to_finish(
        "E19",
        Matter.DUTY_TO_ACT,
        DaySpan(2, SpanUnit.CALENDAR_MONTH),
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


_MONTH = SpanUnit.CALENDAR_MONTH

FACTS = {
    types.REMEDY_FACT_JUDGMENT_EFFECTIVE: Milestone.JUDGMENT_EFFECTIVE,
    types.REMEDY_FACT_ADMINISTRATIVE_ACT_KNOWN: Milestone.ADMINISTRATIVE_ACT_KNOWN,
    types.REMEDY_FACT_LABOUR_RIGHT_INFRINGED: Milestone.LABOUR_RIGHT_INFRINGED,
    types.REMEDY_FACT_OFFICIAL_INJURY_KNOWN: Milestone.OFFICIAL_INJURY_KNOWN,
    types.REMEDY_FACT_DUTY_REQUESTED: Milestone.DUTY_REQUESTED,
    types.REMEDY_FACT_NON_PROSECUTION_RECEIVED: Milestone.NON_PROSECUTION_RECEIVED,
}
"""What starts a period, as the officer tells it."""


def _rule(rule_id: str, article: tuple[str, str], start: Milestone, act: Text, span: DaySpan) -> Rule:
    zh, en = article
    return Rule(
        rule_id,
        basis=Text(f"其他法律（供参考，非信访期限）{zh}", f"other law, for information: {en}"),
        since=_SINCE[start],
        act=act,
        starts=frozenset({start}),
        stops=frozenset(),
        voids=frozenset({start}),
        span=span,
        who=Who.PETITIONER,
        nature=Nature.INFORMATIONAL,
    )


_SINCE = {
    Milestone.JUDGMENT_EFFECTIVE: Text("判决、裁定生效", "when the judgment took effect"),
    Milestone.ADMINISTRATIVE_ACT_KNOWN: Text("知道行政行为", "knowing of the administrative act"),
    Milestone.LABOUR_RIGHT_INFRINGED: Text("知道权利被侵害", "knowing of the infringement"),
    Milestone.OFFICIAL_INJURY_KNOWN: Text("知道职权行为侵犯权利", "knowing of the injury by an official act"),
    Milestone.DUTY_REQUESTED: Text("申请履行职责", "asking the organ to act"),
    Milestone.NON_PROSECUTION_RECEIVED: Text("收到不起诉决定书", "receiving the decision not to prosecute"),
}

REMEDY_RULES: tuple[Rule, ...] = (
    _rule(
        "X1",
        ("《民事诉讼法》第二百一十六条", "Civil Procedure Law, Art. 216"),
        Milestone.JUDGMENT_EFFECTIVE,
        Text("申请再审", "apply for retrial"),
        DaySpan(6, _MONTH),
    ),
    _rule(
        "X2",
        ("《行政复议法》第二十条", "Administrative Reconsideration Law, Art. 20"),
        Milestone.ADMINISTRATIVE_ACT_KNOWN,
        Text("申请行政复议", "apply for administrative reconsideration"),
        DaySpan(60),
    ),
    _rule(
        "X3",
        ("《行政诉讼法》第四十六条", "Administrative Litigation Law, Art. 46"),
        Milestone.ADMINISTRATIVE_ACT_KNOWN,
        Text("提起行政诉讼", "sue in administrative litigation"),
        DaySpan(6, _MONTH),
    ),
    _rule(
        "X4",
        ("《劳动争议调解仲裁法》第二十七条", "Labour Dispute Mediation and Arbitration Law, Art. 27"),
        Milestone.LABOUR_RIGHT_INFRINGED,
        Text(
            "申请劳动仲裁（向有关部门请求权利救济的，时效中断）",
            "apply for labour arbitration (asking an organ for relief interrupts the period)",
        ),
        DaySpan(12, _MONTH),
    ),
    _rule(
        "X5",
        ("《国家赔偿法》第三十九条", "State Compensation Law, Art. 39"),
        Milestone.OFFICIAL_INJURY_KNOWN,
        Text("请求国家赔偿", "claim state compensation"),
        DaySpan(24, _MONTH),
    ),
    _rule(
        "X6",
        ("《行政诉讼法》第四十七条", "Administrative Litigation Law, Art. 47"),
        Milestone.DUTY_REQUESTED,
        Text(
            "等待机关履行职责，逾期不履行的可以起诉",
            "wait for the organ to act, and sue if it has not acted",
        ),
        DaySpan(2, _MONTH),
    ),
    _rule(
        "X7",
        ("《刑事诉讼法》第一百八十条", "Criminal Procedure Law, Art. 180"),
        Milestone.NON_PROSECUTION_RECEIVED,
        Text("向上一级人民检察院申诉", "complain to the procuratorate one level above"),
        DaySpan(7),
    ),
)
