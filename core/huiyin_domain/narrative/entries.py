"""How an act came into the record, in words: nothing for one entered in time."""

from huiyin.common.v1.types_pb2 import ENTRY_KIND_IMPORTED, ENTRY_KIND_LATE, Entry
from huiyin_domain.narrative.words import Pair


def entry_note(entry: Entry) -> Pair:
    """What is said after an act that was entered late, with the head who answers for it, or imported."""
    if entry.kind == ENTRY_KIND_IMPORTED:
        return "（历史数据）", " (imported history)"
    if entry.kind != ENTRY_KIND_LATE:
        return "", ""
    by = entry.officer
    officer_zh, officer_en = (f"，经办人 {by}", f", noted by {by}") if by else ("", "")
    head = entry.approved_by
    return f"（补录，负责人 {head} 批准{officer_zh}）", f" (late entry, approved by {head}{officer_en})"
