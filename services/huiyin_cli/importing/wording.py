"""The sentences of an import, in Chinese and English."""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Literal

from huiyin_cli.importing.columns import ColumnPlan
from huiyin_cli.importing.faults import Fault, Reason
from huiyin_cli.importing.report import ImportSummary

Language = Literal["zh", "en"]


@cache
def sentences() -> dict[Reason, dict[str, str]]:
    """A sentence with places for facts, by reason and language."""
    text = resources.files(__package__).joinpath("sentences.toml").read_text(encoding="utf-8")
    return {Reason(name): forms for name, forms in tomllib.loads(text).items()}


def sentence(fault: Fault, language: Language) -> str:
    """What is wrong and what to do."""
    return sentences()[fault.reason][language].format_map({"field": fault.field, **fault.facts})


@dataclass(frozen=True, slots=True)
class Spot:
    """A row of a file; row 0 is the sheet itself."""

    sheet: str = ""
    row: int = 0
    row_id: str = ""


def report_text(spot: Spot, fault: Fault, language: Language) -> str:
    """Where in the file something is wrong, what, and what to do."""
    return _where(spot, fault, language) + sentence(fault, language)


def refusal_text(spot: Spot, reason: str, said: str, language: Language) -> str:
    """Why the service did not register a row: in its own words where there are no others."""
    fault = Fault(Reason.REFUSED_BY_SERVICE, facts={"reason": reason, "said": said})
    return report_text(spot, fault, language)


def _where(spot: Spot, fault: Fault, language: Language) -> str:
    """工作表“3月”第 4 行 F 列“内容”（主要诉求）."""
    field = field_names()[fault.field][language] if fault.field else ""
    if language == "zh":
        parts = (
            f"工作表“{spot.sheet}”" if spot.sheet else "",
            f"第 {spot.row} 行" if spot.row else "",
            f" {fault.place} 列" if fault.place else "",
            f"“{fault.column}”" if fault.column else "",
            f"（{field}）" if field else "",
        )
        return "".join(parts) + "：" if any(parts) else ""
    column = " ".join(filter(None, (fault.place, f'"{fault.column}"' if fault.column else "")))
    named = (
        f'sheet "{spot.sheet}"' if spot.sheet else "",
        f"row {spot.row}" if spot.row else "",
        f"column {column}" if column else "",
    )
    text = ", ".join(filter(None, named)) + (f" ({field})" if field else "")
    return text[:1].upper() + text[1:] + ": " if text.strip() else ""


@cache
def field_names() -> dict[str, dict[str, str]]:
    """What a field is called, by its name and language."""
    text = resources.files(__package__).joinpath("fields.toml").read_text(encoding="utf-8")
    names: dict[str, dict[str, str]] = tomllib.loads(text)
    return names


def contract_name(field: str, language: Language) -> str:
    """What a field of the record is called."""
    if field == "petitioner":
        return "信访人" if language == "zh" else "petitioner"
    return field_names().get(field, {}).get(language, field)


def plan_text(plan: ColumnPlan, unused: Sequence[str], sheet: str, language: Language) -> str:
    """Which columns are used for what, which are not, and what people will ask about."""
    columns = [f"{field} ← {column}" for field, column in plan.columns.items()]
    constants = [f"{field} = {value}" for field, value in plan.constants.items()]
    used, missing, rest = ", ".join(columns + constants), ", ".join(plan.without()), "、".join(unused)
    if language == "zh":
        lines = (
            (f"工作表“{sheet}”" if sheet else "") + f"对应关系：{used}",
            f"没有的列：{missing}" if missing else "",
            f"不导入的列：{rest}" if rest else "",
        )
    else:
        lines = (
            (f'Sheet "{sheet}", columns' if sheet else "Columns") + f": {used}",
            f"No column for: {missing}" if missing else "",
            f"Columns not imported: {rest}" if rest else "",
        )
    return "\n".join(filter(None, lines))


def progress_text(summary: ImportSummary, language: Language) -> str:
    """The figures while it runs."""
    read, new, old, out = summary.rows_read, summary.registered, summary.repeated, summary.refused
    if summary.dry_run:
        return (
            f"已检查 {read} 行，有问题 {out}" if language == "zh" else f"{read} rows checked, {out} unusable"
        )
    if language == "zh":
        return f"已读 {read} 行，登记 {new}，早已登记 {old}，未登记 {out}"
    return f"{read} rows read, {new} registered, {old} already in, {out} not in"


def outage_text(*, silent: bool, language: Language) -> str:
    """The service fell silent, or is back."""
    if language == "zh":
        return "服务没有应答，稍后重试……" if silent else "服务已恢复应答。"
    return "The service does not answer; trying again." if silent else "The service answers again."


def interrupted_text(language: Language) -> str:
    """The person at the keyboard ended it."""
    if language == "zh":
        return "导入已中断；再次运行同一命令即可接着导入，不会重复登记。"
    return "Interrupted; run the same command again to go on, nothing is registered twice."


def summary_text(summary: ImportSummary, language: Language) -> str:
    """The figures at the end, and where to look."""
    lines = _CHINESE if language == "zh" else _ENGLISH
    asked = lines["asked" if summary.service_asked else "not_asked"][0].format_map({"s": summary})
    facts = {"s": summary, "rate": summary.rows_per_second, "asked": asked}
    shown = [line.format_map(facts) for line in lines["dry_run" if summary.dry_run else "sent"]]
    if summary.kept:
        shown.append(lines["kept"][0].format_map(facts))
    if summary.skipped or summary.doubtful or summary.sheets_not_read:
        sheets = "、".join(summary.sheets_not_read) or "-"
        shown.append(lines["beside"][0].format_map({**facts, "sheets": sheets}))
    if summary.has_report:
        shown.append(lines["report"][0].format_map(facts))
    if not summary.complete:
        shown.append(lines["stopped"][0].format_map(facts))
    return "\n".join(shown)


_CHINESE = {
    "sent": [
        (
            "读入 {s.rows_read} 行：新登记 {s.registered}，早已登记 {s.repeated}，据此更正 {s.corrected}，"
            "未登记 {s.refused}"
            "（其中导入后有改动 {s.changed}）。"
        ),
        "内容重复而单独登记 {s.duplicates}；不同信访人 {s.distinct_persons}。",
        "用时 {s.seconds:.1f} 秒，每秒 {rate:.0f} 行。",
    ],
    "dry_run": [
        "检查 {s.rows_read} 行，没有登记：可登记 {s.acceptable}，有问题 {s.refused}。",
        "{asked}",
        "内容重复 {s.duplicates}；不同信访人 {s.distinct_persons}。",
    ],
    "asked": ["已问过服务：其中新登记 {s.registered}，早已登记 {s.repeated}，将据此更正 {s.corrected}。"],
    "not_asked": ["只查了文件；加 --as 还可以问服务哪些已登记、哪些会更正。"],
    "kept": ["此后已更正过、没有再改的 {s.kept}：若这个文件才是对的，请加 --correct-again。"],
    "beside": ["已登记而有疑点待核 {s.doubtful}；不是信访件而略过 {s.skipped}；没有读的工作表：{sheets}。"],
    "report": ["逐行说明见 {s.report}"],
    "stopped": [
        "导入中止（{s.stopped_reason}）：{s.stopped_message}\n再次运行同一命令即可接着导入，不会重复登记。"
    ],
}
_ENGLISH = {
    "sent": [
        (
            "{s.rows_read} rows read: {s.registered} registered, {s.repeated} already in, {s.corrected} put"
            " right by the file, {s.refused} not in"
            " ({s.changed} of them changed since they were imported)."
        ),
        (
            "{s.duplicates} with the content of an earlier row, registered all the same;"
            " {s.distinct_persons} distinct persons."
        ),
        "{s.seconds:.1f} s, {rate:.0f} rows/s.",
    ],
    "dry_run": [
        "{s.rows_read} rows checked, none registered: {s.acceptable} can be registered, {s.refused} cannot.",
        "{asked}",
        "{s.duplicates} with the content of an earlier row; {s.distinct_persons} distinct persons.",
    ],
    "asked": [
        "The service was asked: {s.registered} new, {s.repeated} already in, {s.corrected} to be put right."
    ],
    "not_asked": [
        "The file alone was checked; with --as the service is asked which are in and which would change."
    ],
    "kept": ["{s.kept} put right since and left so: if this file is the right one, add --correct-again."],
    "beside": [
        (
            "{s.doubtful} with something to settle, registered all the same; {s.skipped} skipped,"
            " being no filings; sheets not read: {sheets}."
        )
    ],
    "report": ["Row by row: {s.report}"],
    "stopped": [
        (
            "The import stopped ({s.stopped_reason}): {s.stopped_message}\n"
            "Run the same command again to go on; nothing is registered twice."
        )
    ],
}
