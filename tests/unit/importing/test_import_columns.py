"""Columns are recognised by their names, taken as told, and never guessed."""

import re
from pathlib import Path

import pytest

from huiyin_cli.importing.columns import (
    FIELDS,
    SETTABLE,
    ColumnPlan,
    Mapping,
    built_in,
    load_mapping,
    plan_columns,
    with_options,
)
from huiyin_cli.importing.faults import InputError, Reason
from huiyin_cli.importing.wording import field_names
from tests.unit.importing.import_support import CONSTANTS, HEADERS

EXPORT = (
    "信访件编号", "姓名", "信访人数", "住址", "手机号码", "问题属地", "信访目的", "内容分类", "信访日期",
    "登记日期", "限办时间", "信访形式", "概况", "是否办结", "是否全国初次信访", "联名信或集体访",
    "信访件状态", "登记部门", "登记人",
)  # fmt: skip


def plan(headers: tuple[str, ...] = HEADERS, **told: object) -> ColumnPlan:
    return plan_columns(headers, Mapping.model_validate({"set": CONSTANTS, **told}), built_in())


def refused(headers: tuple[str, ...] = HEADERS, **told: object) -> Reason:
    with pytest.raises(InputError) as caught:
        plan(headers, **told)
    return caught.value.fault.reason


def test_columns_of_a_message_board_are_recognised() -> None:
    columns = plan((*HEADERS, "反对数", "点赞数")).columns
    assert columns == {
        "row_id": "留言编号",
        "person_reference": "留言用户",
        "subject": "留言主题",
        "received_time": "留言时间",
        "content": "留言详情",
    }


def test_columns_of_a_petition_system_are_recognised() -> None:
    columns = plan(EXPORT, set={}).columns
    assert columns["received_time"] == "信访日期"
    assert columns["content"] == "概况"
    assert columns["name"] == "姓名"
    assert {"row_id", "phone", "address", "division", "purpose", "channel", "person_count"} <= columns.keys()
    assert "登记人" not in columns.values()


def test_names_are_compared_without_spaces_punctuation_and_case() -> None:
    columns = plan((" 信访人姓名（名称）", "主要 诉求", "Received_Time")).columns
    assert columns == {
        "name": " 信访人姓名（名称）",
        "content": "主要 诉求",
        "received_time": "Received_Time",
    }


def test_every_recognised_field_is_one_that_a_row_can_have() -> None:
    recognition = built_in()
    assert set(recognition.columns) == set(FIELDS)
    assert set(recognition.values) <= SETTABLE


def documented_fields() -> list[tuple[str, str]]:
    """The fields in the table of the page about importing, with the names that it calls them by."""
    page = (Path(__file__).parents[3] / "docs" / "importing.md").read_text(encoding="utf-8")
    table = page.partition("| field | what |")[2].partition("\n\n")[0]
    rows = [line.split("|")[1:3] for line in table.splitlines() if line.startswith("| `")]
    found = []
    for fields, names in rows:
        told = names.split("(")[0].split(", ")
        listed = re.findall(r"`(\w+)`", fields)
        found += [(field, field) for field in listed]
        found += [
            (field, name.strip())
            for field, name in zip(listed, told, strict=False)
            if re.fullmatch(r"[\u4e00-\u9fff]+", name.strip())
        ]
    return found


def test_the_page_about_importing_names_every_field() -> None:
    assert {field for field, _ in documented_fields()} == set(FIELDS)
    assert len(documented_fields()) > len(FIELDS) + 8


@pytest.mark.parametrize(("field", "name"), documented_fields())
def test_a_field_called_as_the_page_about_importing_does_is_recognised(field: str, name: str) -> None:
    headers = (name,) if field == "content" else ("概况", name)
    constants = {key: value for key, value in CONSTANTS.items() if key != field}
    assert plan(headers, set=constants).columns[field] == name


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("field", FIELDS)
def test_a_field_called_as_the_report_does_is_recognised(field: str, language: str) -> None:
    name = field_names()[field][language]
    headers = (name,) if field == "content" else ("概况", name)
    constants = {key: value for key, value in CONSTANTS.items() if key != field}
    assert plan(headers, set=constants).columns[field] == name


def test_what_is_told_goes_before_what_is_recognised() -> None:
    columns = plan((*HEADERS, "正文"), columns={"content": "正文", "subject": ""}).columns
    assert columns["content"] == "正文"
    assert "subject" not in columns


def test_a_constant_goes_before_a_recognised_column() -> None:
    found = plan((*HEADERS, "信访形式"))
    assert "channel" not in found.columns
    assert found.constants["channel"] == "web"


def test_a_column_told_for_one_field_is_not_recognised_for_another() -> None:
    columns = plan(("内容", "标题"), columns={"content": "标题"}).columns
    assert columns == {"content": "标题"}


def test_rows_belong_to_the_source_told_else_to_the_column_of_their_number() -> None:
    assert plan(source="市长信箱").source == "市长信箱"
    assert plan().source == "留言编号"


@pytest.mark.parametrize(
    ("headers", "told", "reason"),
    [
        (("编号", "标题"), {}, Reason.CONTENT_COLUMN_MISSING),
        (("主要诉求", "概况"), {}, Reason.COLUMN_AMBIGUOUS),
        (("内容 (A)", "内容 (B)"), {}, Reason.COLUMN_AMBIGUOUS),
        (("正文 (A)", "正文 (B)"), {"columns": {"content": "正文"}}, Reason.COLUMN_REPEATED),
        (HEADERS, {"columns": {"content": "没有"}}, Reason.COLUMN_MISSING),
        (HEADERS, {"columns": {"contents": "留言详情"}}, Reason.FIELD_UNKNOWN),
        (HEADERS, {"set": {"channel": "web"}}, Reason.FIELD_REQUIRED),
        (HEADERS, {"set": {"division": "990101", "channel": ""}}, Reason.FIELD_REQUIRED),
        (HEADERS, {"set": {**CONSTANTS, "name": "张三"}}, Reason.FIELD_NOT_SETTABLE),
        (HEADERS, {"columns": {"channel": "留言主题"}}, Reason.FIELD_TWICE),
        (HEADERS, {"columns": {"row_id": "留言用户"}}, Reason.COLUMN_SHARED),
    ],
)
def test_what_cannot_be_decided_is_refused(
    headers: tuple[str, ...], told: dict[str, object], reason: Reason
) -> None:
    assert refused(headers, **told) is reason


def test_a_mapping_file_says_everything_that_options_can(tmp_path: Path) -> None:
    path = tmp_path / "mapping.toml"
    path.write_text(
        'source = "311"\ntime_zone = "America/New_York"\ntime_formats = ["%m/%d/%Y"]\n'
        '[columns]\ncontent = "Descriptor"\n[set]\ndivision = "990101"\n'
        '[values.channel]\n"PHONE" = "phone"\n',
        encoding="utf-8",
    )
    told = with_options(load_mapping(path), ["channel=Open Data Channel Type"], ["division=990102"])
    assert told.columns == {"content": "Descriptor", "channel": "Open Data Channel Type"}
    assert told.set == {"division": "990102"}
    assert (told.source, told.time_formats, told.zone.key) == ("311", ("%m/%d/%Y",), "America/New_York")


def test_an_option_takes_back_what_the_mapping_file_says() -> None:
    told = Mapping(columns={"channel": "形式"}, set={"division": "990101"})
    changed = with_options(told, ["division=属地"], ["channel=web"], "热线")
    assert (changed.columns, changed.set) == ({"division": "属地"}, {"channel": "web"})
    assert changed.source == "热线"


@pytest.mark.parametrize(
    ("columns", "constants", "reason"),
    [
        (["content"], [], Reason.OPTION_MALFORMED),
        (["=正文"], [], Reason.OPTION_MALFORMED),
        (["content=a", "content=b"], [], Reason.OPTION_MALFORMED),
        (["channel=形式"], ["channel=web"], Reason.FIELD_TWICE),
    ],
)
def test_a_malformed_option_is_refused(columns: list[str], constants: list[str], reason: Reason) -> None:
    with pytest.raises(InputError) as caught:
        with_options(Mapping(), columns, constants)
    assert caught.value.fault.reason is reason


@pytest.mark.parametrize(
    "text", ["[columns", "surprise = 1", 'time_zone = "Asia/Atlantis"', "[columns]\ncontent = 1", "\udcff"]
)
def test_a_mapping_file_that_is_wrong_is_refused_with_the_place(tmp_path: Path, text: str) -> None:
    path = tmp_path / "mapping.toml"
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(InputError) as caught:
        load_mapping(path)
    assert caught.value.fault.reason is Reason.MAPPING_INVALID
    assert caught.value.fault.facts["detail"]


def test_a_mapping_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        load_mapping(tmp_path / "mapping.toml")
    assert caught.value.fault.reason is Reason.MAPPING_INVALID
