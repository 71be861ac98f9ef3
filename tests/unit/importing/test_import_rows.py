"""Each row becomes the request it says, or is reported with every reason why not."""

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from huiyin.intake.v1.service_pb2 import RegisterPetitionRequest
from huiyin_cli.importing.columns import names_in
from huiyin_cli.importing.faults import Fault, Reason
from huiyin_cli.importing.wording import sentence, sentences
from huiyin_kernel.policy import load_policy
from tests.unit.importing.import_support import (
    LIMITS,
    MemoryRegistrar,
    imported,
    options,
    reasons,
    row,
    write_json,
    write_xlsx,
)

FULL = {
    "信访件编号": "M99010120260101",
    "姓名": "测试甲",
    "证件号码": "99000019900101005X",
    "手机号码": 13800138000.0,
    "住址": "某路1号",
    "电子邮箱": "a@example.org",
    "主题": "路灯",
    "概况": "路灯不亮",
    "信访日期": "2026-01-01",
    "寄出日期": "2025-12-30",
    "信访形式": "来信",
    "问题属地": "990101",
    "内容分类": "030100",
    "信访目的": "求决",
    "信访人数": "3",
    "匿名标志": "否",
}


async def one_request(path: Path, **changes: Any) -> RegisterPetitionRequest:
    registrar = MemoryRegistrar()
    summary, lines = await imported(options(path, **changes), registrar)
    assert (summary.registered, lines) == (1, [])
    return next(iter(registrar.filings.values()))


def full(tmp_path: Path, **changes: object) -> Path:
    values = {**FULL, **changes}
    return write_xlsx(tmp_path / "full.xlsx", [list(values.values())], headers=list(values))


async def test_a_full_row_fills_the_request(tmp_path: Path) -> None:
    names = names_in(load_policy().codes)
    request = await one_request(full(tmp_path), constants={}, code_names=names)
    person = request.petitioner.clear.person
    assert (person.name, person.identity_number, person.phone) == (
        "测试甲",
        "99000019900101005X",
        "13800138000",
    )
    assert (person.address, person.contact) == ("某路1号", "a@example.org")
    assert (request.subject.clear.text, request.content.clear.text) == ("路灯", "路灯不亮")
    assert (request.channel, request.division) == ("letter", "990101")
    assert (request.content_class, request.purpose) == ("030100", "claim")
    assert (request.person_count, request.anonymous) == (3, False)
    assert request.received_time.ToDatetime(UTC) == datetime(2025, 12, 31, 16, tzinfo=UTC)
    assert request.posted_time.ToDatetime(UTC) == datetime(2025, 12, 29, 16, tzinfo=UTC)
    assert request.source == "import"
    assert request.source_reference.clear.text == "信访件编号:M99010120260101"


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("来信", "letter"),
        ("手机信访", "web"),
        ("TELEPHONE", "phone"),
        ("fax", "fax"),
        ("飞鸽", "飞鸽"),
        ("热线", "phone"),
    ],
)
async def test_a_channel_may_be_named_as_the_tables_exports_or_the_mapping_do(
    tmp_path: Path, name: str, code: str
) -> None:
    names, values = names_in(load_policy().codes), {"channel": {"热线": "phone"}}
    path = full(tmp_path, 信访形式=name)
    request = await one_request(path, constants={}, code_names=names, values=values)
    assert request.channel == code


async def test_a_row_that_says_little_leaves_the_rest_absent(tmp_path: Path) -> None:
    path = write_xlsx(tmp_path / "a.xlsx", [["\xa0\t路灯不亮\u3000"]], headers=["内容"])
    request = await one_request(path)
    assert request.content.clear.text == "路灯不亮"
    assert not request.HasField("petitioner")
    assert not request.HasField("subject")
    assert not request.HasField("received_time")
    assert (request.person_reference, request.source) == ("", "import")
    assert not request.HasField("source_reference")


async def test_the_user_of_a_message_board_is_a_reference_and_no_name(tmp_path: Path) -> None:
    request = await one_request(write_xlsx(tmp_path / "a.xlsx", [row(1, user=" A00012 ")]))
    assert request.person_reference == "A00012"
    assert not request.HasField("petitioner")


DOUBTFUL = [
    ("信访件编号", None, "row_id", Reason.ROW_ID_MISSING),
    ("信访件编号", "9" * 121, "row_id", Reason.ROW_ID_TOO_LONG),
    ("信访件编号", 990101202601010001.0, "row_id", Reason.NUMBER_DAMAGED),
    ("信访件编号", "1.10101E+17", "row_id", Reason.NUMBER_DAMAGED),
    ("信访件编号", "990101202601010000", "row_id", Reason.NUMBER_DAMAGED),
    ("信访件编号", "110101199003070011", "row_id", Reason.ROW_ID_PERSONAL),
    ("信访件编号", "138 0013 8000", "row_id", Reason.ROW_ID_PERSONAL),
    ("证件号码", 990000199001010180.0, "identity_number", Reason.NUMBER_DAMAGED),
    ("证件号码", "1.10101E+17", "identity_number", Reason.NUMBER_DAMAGED),
    ("证件号码", "110101199001010000", "identity_number", Reason.NUMBER_DAMAGED),
    ("证件号码", "110101199003070011.0", "identity_number", Reason.NUMBER_DAMAGED),
    ("证件号码", "110101199003070018", "identity_number", Reason.IDENTITY_CHECK_CHARACTER),
    ("证件号码", "110101199013070011", "identity_number", Reason.IDENTITY_BIRTH_DATE),
    ("证件号码", "G12345678", "identity_number", Reason.IDENTITY_MALFORMED),
    ("手机号码", "1.38E+10", "phone", Reason.NUMBER_DAMAGED),
    ("手机号码", "13800138000.0", "phone", Reason.NUMBER_POINT_ZERO),
    ("手机号码", "1380013800000000000", "phone", Reason.NUMBER_DAMAGED),
    ("信访日期", "", "received_time", Reason.TIME_MISSING),
    ("信访日期", "不详", "received_time", Reason.TIME_UNREADABLE),
    ("信访日期", "2026-02-30", "received_time", Reason.TIME_IMPOSSIBLE),
    ("寄出日期", "30.12", "posted_time", Reason.TIME_UNREADABLE),
    ("寄出日期", "3/2/2026", "posted_time", Reason.TIME_AMBIGUOUS),
    ("内容分类", "路灯坏了很久没有人来修" * 5, "content_class", Reason.CODE_TOO_LONG),
    ("信访人数", "三四", "person_count", Reason.PERSON_COUNT_INVALID),
    ("信访人数", 0, "person_count", Reason.PERSON_COUNT_INVALID),
    ("信访人数", 10000, "person_count", Reason.PERSON_COUNT_INVALID),
    ("信访人数", 1.5, "person_count", Reason.PERSON_COUNT_INVALID),
    ("信访人数", "1" * 4400, "person_count", Reason.PERSON_COUNT_INVALID),
    ("匿名标志", "也许", "anonymous", Reason.YES_NO_UNREADABLE),
]


@pytest.mark.parametrize(("column", "cell", "field", "reason"), DOUBTFUL)
async def test_a_doubtful_cell_is_reported_with_row_column_and_reason_and_the_row_is_registered(
    tmp_path: Path, column: str, cell: object, field: str, reason: Reason
) -> None:
    path = full(tmp_path, **{column: cell})
    summary, lines = await imported(options(path, constants={}))
    assert (summary.rows_read, summary.refused, summary.registered, summary.doubtful) == (1, 0, 1, 1)
    assert [(line["row"], line["field"], line["outcome"], line["reason"]) for line in lines] == [
        (2, field, "doubt", reason)
    ]
    letter = "ABCDEFGHIJKLMNOP"[list(FULL).index(column)]
    assert (lines[0]["column"], lines[0]["place"]) == (column, f"{letter}2")


@pytest.mark.parametrize(("column", "cell", "field", "reason"), DOUBTFUL)
async def test_a_damaged_number_or_a_persons_is_never_taken_for_a_row_number_or_kept(
    tmp_path: Path, column: str, cell: object, field: str, reason: Reason
) -> None:
    if reason not in (Reason.NUMBER_DAMAGED, Reason.ROW_ID_PERSONAL):
        return
    registrar = MemoryRegistrar()
    path = full(tmp_path, **{column: cell})
    await imported(options(path, constants={}), registrar)
    request = next(iter(registrar.filings.values()))
    said = {"row_id": request.source_reference.clear.text}
    person = request.petitioner.clear.person
    said |= {"identity_number": person.identity_number, "phone": person.phone}
    assert said[field] == ""


@pytest.mark.parametrize(
    ("column", "cell", "field", "reason"),
    [
        ("概况", "长" * 30_000, "", Reason.ROW_TOO_LARGE),
        ("信访日期", "26-3-2", "received_time", Reason.TIME_FORM_UNKNOWN),
        ("信访日期", "3/2/2026", "received_time", Reason.TIME_AMBIGUOUS),
        ("信访日期", "46083", "received_time", Reason.TIME_AMBIGUOUS),
    ],
)
async def test_what_keeps_a_row_back_is_reported_with_row_field_and_reason(
    tmp_path: Path, column: str, cell: object, field: str, reason: Reason
) -> None:
    limits = LIMITS.model_copy(update={"row_bytes_max": 50_000})
    path = full(tmp_path, **{column: cell})
    summary, lines = await imported(options(path, constants={}, limits=limits))
    assert (summary.rows_read, summary.refused, summary.registered) == (1, 1, 0)
    assert [(line["row"], line["field"], line["reason"]) for line in lines] == [(2, field, reason)]
    assert lines[0]["column"] == (column if field else "")


async def test_all_that_is_wrong_with_a_row_is_reported(tmp_path: Path) -> None:
    path = full(tmp_path, 信访日期="26-3-2", 信访人数="三四", 证件号码="1.1E+17")
    summary, lines = await imported(options(path, constants={}))
    assert summary.refused == 1
    assert {line["reason"] for line in lines} == {
        "TIME_FORM_UNKNOWN",
        "NUMBER_DAMAGED",
        "PERSON_COUNT_INVALID",
    }
    assert {line["row_id"] for line in lines} == {"M99010120260101"}


@pytest.mark.parametrize(
    ("cell", "count"),
    [("５", 5), ("5人", 5), ("12 人", 12), ("三人", 3), ("一百二十人", 120), ("1,200", 1200)],
)
async def test_how_many_is_read_as_people_write_it(tmp_path: Path, cell: str, count: int) -> None:
    assert (await one_request(full(tmp_path, 信访人数=cell), constants={})).person_count == count


async def test_damaged_characters_and_nested_values_are_reported_and_the_rest_is_registered(
    tmp_path: Path,
) -> None:
    path = tmp_path / "a.jsonl"
    lines = [b'{"id": 1, "text": "\xe8\xb7\xaf\xe7\x81\xaf\xff%b"}' % ("不亮" * 20).encode()]
    lines += [b'{"id": 2, "text": ["a"]}', b'{"id": 3, "text": NaN}', b'{"id": 4, "text": "\\ud800"}']
    path.write_bytes(b"\n".join(lines))
    registrar = MemoryRegistrar()
    summary, report = await imported(options(path), registrar)
    assert reasons(report) == [
        (1, "TEXT_BROKEN"),
        (2, "VALUE_NOT_PLAIN"),
        (3, "NUMBER_UNREADABLE"),
        (4, "TEXT_BROKEN"),
    ]
    assert (summary.registered, summary.doubtful) == (4, 4)
    assert next(iter(registrar.filings.values())).content.clear.text == "路灯\ufffd" + "不亮" * 20


async def test_a_row_number_used_twice_is_reported_and_not_taken_for_the_first(tmp_path: Path) -> None:
    registrar = MemoryRegistrar()
    path = write_xlsx(tmp_path / "a.xlsx", [row(1, "甲"), row(1, "乙"), row(2, "丙")])
    summary, lines = await imported(options(path), registrar)
    assert (summary.registered, summary.refused) == (2, 1)
    assert reasons(lines) == [(3, "ROW_ID_REPEATED")]
    assert "2" in lines[0]["message"]


async def test_nothing_that_stood_in_a_bad_cell_is_in_the_report(tmp_path: Path) -> None:
    bad = {name: "泄露" * 30 for name in FULL if name not in ("信访件编号", "概况")}
    path = full(tmp_path, **bad)
    summary, lines = await imported(options(path, constants={}))
    assert summary.doubtful == 1
    assert len(lines) > 5
    assert "泄露" not in str(lines)


async def test_json_gives_the_same_request_as_a_workbook(tmp_path: Path) -> None:
    said = row(188006)
    book = await one_request(write_xlsx(tmp_path / "a.xlsx", [[188006.0, *said[1:]]]))
    array = await one_request(write_json(tmp_path / "a.json", [said]))
    assert book == array


@pytest.mark.parametrize("reason", list(Reason))
def test_every_reason_has_a_sentence_with_the_same_facts_in_both_languages(reason: Reason) -> None:
    chinese, english = (set(re.findall(r"{(\w+)}", sentences()[reason][form])) for form in ("zh", "en"))
    assert chinese == english
    fault = Fault(reason, facts={name: name for name in chinese})
    assert sentence(fault, "zh").endswith("。")
    assert sentence(fault, "en").endswith(".")


def test_there_is_no_sentence_without_a_reason() -> None:
    assert set(sentences()) == set(Reason)
