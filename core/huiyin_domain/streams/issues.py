"""From the filings of a cell to its hot issues: groups around the earliest filing of each matter.

Every filing, earliest first, joins the first group whose earliest filing is like it, or begins one. So a
group does not drift from matter to matter as chains of likeness do, and depends on the set of filings alone.
"""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from huiyin.insight.v1.types_pb2 import HotIssue
from huiyin_domain.dates import instant_at, local_date
from huiyin_domain.streams.cell_state import Cell, Counted, IssuePolicy
from huiyin_domain.streams.likeness import MINIMA, equal_minima, needed

_ID_BYTES = 12
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Group = list[Counted]


def issues(cell: Cell, policy: IssuePolicy) -> Mapping[str, bytes]:
    """The hot issues of a cell by id."""
    filings = sorted(one for one in cell.filings.values() if not one.withdrawn)
    hot = [group for group in groups(filings, needed(policy.likeness)) if _is_hot(group, policy)]
    return {issue.issue_id: issue.SerializeToString(deterministic=True) for issue in _told(hot, cell, policy)}


def groups(filings: Sequence[Counted], equal_min: int) -> list[Group]:
    """The filings, in order of receipt, grouped by matter."""
    found: list[Group] = []
    for filing in filings:
        for group in found:
            if equal_minima(group[0].minima, filing.minima) >= equal_min:
                group.append(filing)
                break
        else:
            found.append([filing])
    return found


def _is_hot(group: Group, policy: IssuePolicy) -> bool:
    return len(group) >= policy.filings_min and _petitioners(group) >= policy.petitioners_min


def _petitioners(group: Group) -> int:
    """Different ones at least: all anonymous filings might come from one."""
    return len({filing.petitioner for filing in group})


def _told(hot: Sequence[Group], cell: Cell, policy: IssuePolicy) -> list[HotIssue]:
    return [
        HotIssue(
            issue_id=_issue_id(cell, group[0]),
            division=cell.division,
            content_class=cell.content_class,
            filing_count=len(group),
            first_date=_day(group[0]),
            last_date=_day(group[-1]),
            window_days=policy.window.days,
            count_is_minimum=cell.is_cut,
        )
        for group in hot
    ]


def _issue_id(cell: Cell, first: Counted) -> str:
    place = f"{cell.division}/{cell.content_class}/".encode()
    return hashlib.blake2b(place + first.minima.to_bytes(MINIMA), digest_size=_ID_BYTES).hexdigest()


def _day(filing: Counted) -> str:
    return local_date(instant_at(filing.received)).isoformat()
