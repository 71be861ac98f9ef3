"""What the rows of the table share: how a basis is written, and which milestones go together."""

from huiyin_domain.clocks.milestone import Milestone
from huiyin_domain.clocks.rule import Text

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
