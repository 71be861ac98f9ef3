"""The sentences of an import, in Chinese and English."""

import tomllib
from functools import cache
from importlib import resources
from typing import Literal

from huiyin_cli.importing.columns import ColumnPlan
from huiyin_cli.importing.faults import Fault, Reason
from huiyin_cli.importing.summary import ImportSummary

Language = Literal["zh", "en"]


@cache
def sentences() -> dict[Reason, dict[str, str]]:
    """A sentence with places for facts, by reason and language."""
    text = resources.files(__package__).joinpath("sentences.toml").read_text(encoding="utf-8")
    return {Reason(name): forms for name, forms in tomllib.loads(text).items()}


def sentence(fault: Fault, language: Language) -> str:
    """What is wrong and what to do."""
    return sentences()[fault.reason][language].format_map({"field": fault.field, **fault.facts})


def plan_text(plan: ColumnPlan, language: Language) -> str:
    """Which columns are used for what, and what people will ask about."""
    columns = [f"{field} ← {column}" for field, column in plan.columns.items()]
    constants = [f"{field} = {value}" for field, value in plan.constants.items()]
    used, missing = ", ".join(columns + constants), ", ".join(plan.without())
    if language == "zh":
        return f"对应关系：{used}" + (f"\n没有的列：{missing}" if missing else "")
    return f"Columns: {used}" + (f"\nNo column for: {missing}" if missing else "")


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
    facts = {"s": summary, "rate": summary.rows_per_second}
    shown = [line.format_map(facts) for line in lines["dry_run" if summary.dry_run else "sent"]]
    if summary.refused or summary.duplicates:
        shown.append(lines["report"][0].format_map(facts))
    if not summary.complete:
        shown.append(lines["stopped"][0].format_map(facts))
    return "\n".join(shown)


_CHINESE = {
    "sent": [
        (
            "读入 {s.rows_read} 行：新登记 {s.registered}，早已登记 {s.repeated}，未登记 {s.refused}"
            "（其中导入后有改动 {s.changed}）。"
        ),
        "内容重复而单独登记 {s.duplicates}；不同信访人 {s.distinct_persons}。",
        "用时 {s.seconds:.1f} 秒，每秒 {rate:.0f} 行。",
    ],
    "dry_run": [
        "检查 {s.rows_read} 行，没有发送：可登记 {s.ready}，有问题 {s.refused}。",
        "内容重复 {s.duplicates}；不同信访人 {s.distinct_persons}。",
    ],
    "report": ["逐行说明见 {s.report}"],
    "stopped": [
        "导入中止（{s.stopped_reason}）：{s.stopped_message}\n再次运行同一命令即可接着导入，不会重复登记。"
    ],
}
_ENGLISH = {
    "sent": [
        (
            "{s.rows_read} rows read: {s.registered} registered, {s.repeated} already in, {s.refused} not in"
            " ({s.changed} of them changed since they were imported)."
        ),
        (
            "{s.duplicates} with the content of an earlier row, registered all the same;"
            " {s.distinct_persons} distinct persons."
        ),
        "{s.seconds:.1f} s, {rate:.0f} rows/s.",
    ],
    "dry_run": [
        "{s.rows_read} rows checked, none sent: {s.ready} can be registered, {s.refused} cannot.",
        "{s.duplicates} with the content of an earlier row; {s.distinct_persons} distinct persons.",
    ],
    "report": ["Row by row: {s.report}"],
    "stopped": [
        (
            "The import stopped ({s.stopped_reason}): {s.stopped_message}\n"
            "Run the same command again to go on; nothing is registered twice."
        )
    ],
}
