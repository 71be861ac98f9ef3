"""Comparing texts: neither spacing, padding nor order hide a repetition, and new words are seen as new."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huiyin.intake.v1 import types_pb2 as types
from huiyin_domain.text_comparison import of_filing, of_redo

OLD = (
    "经查，信访人反映小区供暖管道漏水问题属实。物业公司已于三月维修，现场检查未再发现漏水。"
    "依据物业管理条例第五十五条，对要求减免全部供暖费的请求不予支持。"
)
NEW = "重新调查期间听取了信访人陈述，调取了维修记录，查明四月至五月仍停暖十八天，应当按日退还费用。"
TEXTS = st.text(st.sampled_from("供暖管道漏水维修费用，。 12Ａa"), max_size=60)


@pytest.mark.parametrize(
    "text",
    [
        OLD,
        OLD.replace("，", ", "),
        f"  {OLD} ",
        OLD.replace("。", "\n"),
        OLD.replace("五十五", "五\u200b十五"),
    ],
)
def test_spacing_and_punctuation_make_no_other_text(text: str) -> None:
    assert of_redo(text, OLD, "o1").likeness == types.LIKENESS_WORD_FOR_WORD


@pytest.mark.parametrize(
    "text",
    [
        OLD.replace("三月", "四月"),
        OLD + NEW,
        NEW + OLD,
        OLD[: len(OLD) * 9 // 10],
        "。".join(reversed(OLD.split("。"))),
    ],
    ids=["a word changed", "padded at the end", "padded at the front", "cut", "sentences in another order"],
)
def test_a_repetition_with_something_changed_is_one_still(text: str) -> None:
    compared = of_redo(text, OLD, "o1")
    assert compared.likeness == types.LIKENESS_NEARLY_THE_SAME
    assert (compared.opinion_id, compared.percent >= 80) == ("o1", True)


def test_another_text_is_different() -> None:
    assert of_redo(NEW, OLD, "o1").likeness == types.LIKENESS_DIFFERENT


def test_a_filing_with_much_that_is_new_is_not_called_the_same() -> None:
    """What a petitioner adds to the old words counts as new; to leave some out adds nothing."""
    assert of_filing(OLD + NEW * 2, OLD, "c1").likeness in (types.LIKENESS_ALIKE, types.LIKENESS_DIFFERENT)
    assert of_filing(OLD[:40], OLD, "c1").likeness == types.LIKENESS_NEARLY_THE_SAME


@given(TEXTS, TEXTS)
def test_every_pair_has_one_answer_and_a_text_is_word_for_word_itself(text: str, other: str) -> None:
    assert of_redo(text, text, "o").likeness == types.LIKENESS_WORD_FOR_WORD
    there, back = of_redo(text, other, "o"), of_redo(other, text, "o")
    assert there == back
    assert 0 <= there.percent <= 100
