"""What the main job takes in: real petitions where their file is there, else filings of our own making."""

import json
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class Input:
    """A file to import, and whether it is the real one."""

    file: Path
    real: bool


def find_input(folder: Path) -> Input:
    """The real file, named by HUIYIN_SHARED_DATA or beside the project; else a made one in `folder`."""
    shared = Path(os.environ.get("HUIYIN_SHARED_DATA") or PROJECT.parent / "shared" / "data")
    file = shared / "petitions-4326.xlsx"
    if file.exists():
        return Input(file, real=True)
    return Input(made_filings(folder / "made-filings.json", range(400)), real=False)


def made_filings(file: Path, numbers: Iterable[int]) -> Path:
    """Writes filings of our own making, one for each number; the same for the same number."""
    file.write_text(json.dumps([_filing(number) for number in numbers], ensure_ascii=False))
    return file


_MATTERS = ("道路积水", "路灯不亮", "工资拖欠", "房产证办理", "噪声扰民", "公交绕行", "学校收费", "医保报销")


def _filing(number: int) -> dict[str, str]:
    matter = _MATTERS[number % len(_MATTERS)]
    return {
        "留言编号": str(900_000 + number),
        "留言用户": f"样例{number % 300:04d}",
        "留言主题": f"关于{matter}的反映（{number}）",
        "留言时间": f"2019/{number % 12 + 1}/{number % 28 + 1} 10:20:30",
        "留言详情": f"某小区第{number}号反映：{matter}，多次反映未果，请求依法处理。",
    }
