"""Sketches of like issues are alike, under one key only, and hold nothing of persons or of the text."""

import hashlib
import subprocess
import sys

import pytest

from huiyin.intake.v1.types_pb2 import IssueSketch
from huiyin_domain.streams.likeness import MINIMA, SCHEME
from huiyin_kernel.sketch import CHARACTERS_MAX, Segmenter, Sketcher, stop_words

KEY, OTHER_KEY = b"k" * 32, b"o" * 32
SUBJECT = "幸福家园小区物业公司违规收取停车费"
TEXT = "我是业主，物业公司擅自提高停车费，不交费就锁车，小区道路属于公共区域，请核查收费标准。"
REWORDED = "物业公司未经业主同意提高停车费，拒绝交费的车辆被锁。小区道路是公共区域，收费标准没有公示。"
ELSEWHERE = "自来水管道破裂，连续三天停水，孩子上学受影响，请自来水公司抢修管道。"


@pytest.fixture(scope="module")
def sketcher() -> Sketcher:
    return Sketcher(KEY)


@pytest.fixture(scope="module")
def segmenter() -> Segmenter:
    return Segmenter()


def made(sketcher: Sketcher, subject: str, text: str, *unwanted: str) -> IssueSketch:
    """A sketch that there is."""
    sketch = sketcher.sketch(subject, text, unwanted)
    assert sketch is not None
    return sketch


def likeness(first: IssueSketch, second: IssueSketch) -> float:
    """The share of equal minima: an estimate of how many terms are common."""
    pairs = [(first.minima[at : at + 4], second.minima[at : at + 4]) for at in range(0, 4 * MINIMA, 4)]
    return sum(one == other for one, other in pairs) / MINIMA


def test_the_same_filing_has_the_same_sketch(sketcher: Sketcher) -> None:
    assert made(sketcher, SUBJECT, TEXT) == made(Sketcher(KEY), SUBJECT, TEXT)
    assert made(sketcher, SUBJECT, TEXT).scheme == SCHEME


def test_filings_on_one_issue_have_like_sketches(sketcher: Sketcher) -> None:
    first = made(sketcher, SUBJECT, TEXT)
    assert likeness(first, made(sketcher, "小区物业违规收取停车费", REWORDED)) > 0.3
    assert likeness(first, made(sketcher, "家中停水", ELSEWHERE)) < 0.15


def test_under_another_key_the_same_text_has_an_unrelated_sketch(sketcher: Sketcher) -> None:
    assert likeness(made(sketcher, SUBJECT, TEXT), made(Sketcher(OTHER_KEY), SUBJECT, TEXT)) < 0.1


def test_a_guess_cannot_be_tested_without_the_key(sketcher: Sketcher) -> None:
    minima = made(sketcher, SUBJECT, TEXT).minima
    guesses = [
        hashlib.blake2b(word.encode(), digest_size=4).digest() for word in ("物业公司", "停车费", "小区")
    ]
    values = [minima[at : at + 4] for at in range(0, len(minima), 4)]
    assert not set(guesses) & set(values)


@pytest.mark.parametrize("name", ["王小明", "司马光", "李国庆", "张伟", "刘洋", "李先生", "安静"])
def test_a_name_is_no_term(segmenter: Segmenter, name: str) -> None:
    text = f"我叫{name}，{name}的身份证号110101199001011234，电话13812345678，住3单元502。"
    assert segmenter.terms(text) == frozenset()


def test_the_petitioners_own_name_is_cut_out_even_when_it_is_a_word(segmenter: Segmenter) -> None:
    text = "我叫江山，反映路灯损坏"
    assert "江山" in segmenter.terms(text)
    assert segmenter.terms(text, frozenset({"江山", ""})) == segmenter.terms("反映路灯损坏")


def test_numbers_and_words_that_everybody_uses_are_no_terms(segmenter: Segmenter) -> None:
    assert segmenter.terms("尊敬的领导您好，请求解决问题，2019年12月31日共计125000元") == frozenset()


def test_width_case_and_blanks_make_no_difference(segmenter: Segmenter) -> None:
    assert segmenter.terms("\t小区　ＷＩＦＩ 噪音\n扰民 ") == segmenter.terms("小区 wifi 噪音 扰民")


@pytest.mark.parametrize("text", ["", " \n\t", "路灯", "？！……", "12345", "见附件"])
def test_too_little_text_has_no_sketch(sketcher: Sketcher, text: str) -> None:
    assert sketcher.sketch("", text) is None


def test_of_a_very_long_text_only_the_beginning_counts(segmenter: Segmenter) -> None:
    beginning = "物业公司收取停车费。" * (CHARACTERS_MAX // 10)
    assert segmenter.terms(beginning + "自来水管道破裂") == segmenter.terms(beginning)


def test_the_table_of_stop_words_repeats_nothing_but_is_not_empty() -> None:
    assert {"问题", "投诉", "尊敬"} <= stop_words()
    assert not any("#" in word for word in stop_words())


def test_the_command_line_starts_without_the_dictionary() -> None:
    imports = "import sys, huiyin_cli.main, huiyin_cli.cases, huiyin_cli.importing.command"
    heavy = "[name for name in ('rjieba', 'datasketch', 'scipy', 'numpy') if name in sys.modules]"
    program = f"{imports}; print({heavy})"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
