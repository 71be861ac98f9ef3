"""How alike two texts are: what software says of a redo or of a filing made again, for a person to judge.

Domain rules, 3.4 and 11.4, invariant 7; Art. 36(3). A text is taken as the set of its runs of three letters
or digits, so that neither spacing, punctuation and widths nor the order of paragraphs hide a repetition.
"""

import unicodedata
from dataclasses import dataclass

from huiyin.intake.v1 import types_pb2 as types
from huiyin.intake.v1.types_pb2 import Likeness

RUN = 3
NEARLY_THE_SAME = 0.8
ALIKE = 0.5


@dataclass(frozen=True, slots=True)
class Comparison:
    """How alike a text is to an earlier one, and whose that was; `percent` of it is repeated."""

    likeness: Likeness.ValueType = types.LIKENESS_UNSPECIFIED
    percent: int = 0
    case_id: str = ""
    opinion_id: str = ""


NOT_COMPARED = Comparison()
"""There was nothing to compare with, or it cannot be read any more."""


def of_redo(text: str, earlier: str, opinion_id: str) -> Comparison:
    """A redo with the opinion it stands for: a repetition with something added or left out is one still."""
    repeated = max(_share(text, earlier), _share(earlier, text))
    return Comparison(_likeness(text, earlier, repeated), int(repeated * 100), opinion_id=opinion_id)


def of_filing(text: str, earlier: str, case_id: str) -> Comparison:
    """A filing with an earlier one: how much of it is not new. What it leaves out says nothing."""
    repeated = _share(text, earlier)
    return Comparison(_likeness(text, earlier, repeated), int(repeated * 100), case_id=case_id)


def _likeness(text: str, earlier: str, repeated: float) -> Likeness.ValueType:
    if _plain(text) == _plain(earlier):
        return types.LIKENESS_WORD_FOR_WORD
    if repeated >= NEARLY_THE_SAME:
        return types.LIKENESS_NEARLY_THE_SAME
    return types.LIKENESS_ALIKE if repeated >= ALIKE else types.LIKENESS_DIFFERENT


def _share(text: str, other: str) -> float:
    """How much of a text stands in another one, from 0 to 1; nothing of one that says nothing."""
    runs = _runs(text)
    return len(runs & _runs(other)) / len(runs) if runs else 0.0


def _runs(text: str) -> frozenset[str]:
    plain = _plain(text)
    if len(plain) < RUN:
        return frozenset({plain} - {""})
    return frozenset(plain[start : start + RUN] for start in range(len(plain) - RUN + 1))


def _plain(text: str) -> str:
    """Letters and digits alone, in one width and case."""
    return "".join(filter(str.isalnum, unicodedata.normalize("NFKC", text).casefold()))
