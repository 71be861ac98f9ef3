"""Which entries of the timeline a subscriber is sent, as conditions inside the query.

An agency is sent the entries that have reached it, a supervisor those of its region, auditors and services
all. A subscription may ask for less. Each entry is sent once: an entry that is sent again (catch_up) counts
only where it first reaches somebody through whom the subscriber sees it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from huiyin.timeline.v1.service_pb2 import SubscribeCasesRequest
from huiyin_domain.access import Scope, scope
from huiyin_domain.directory import Directory, line_of
from huiyin_domain.principal import Principal

# Nobody who is accused in any of an event's cases, now, reads of it, also not what it had received before.
_WALL = """NOT EXISTS (
  SELECT FROM streams.timeline_case c WHERE c.case_id = ANY(e.cases) AND c.walled && %(walled)s
)"""


@dataclass(frozen=True, slots=True)
class Entitlement:
    """A WHERE clause over streams.timeline_entry e, with its parameters."""

    where: str
    parameters: Mapping[str, Any]


def entitlement(principal: Principal, request: SubscribeCasesRequest, directory: Directory) -> Entitlement:
    """What of the timeline this principal is sent for this request."""
    reach = scope(principal, directory)
    viewer = _viewer(reach, request, directory)
    asked = sorted({code for code in (request.centre, request.agency) if code})
    parameters = {
        "walled": sorted({reach.agency, viewer}),
        "line": f"{reach.division_line}%",
        "asked": asked,
        "viewed": sorted({*asked, viewer}),
        "division": f"{line_of(request.division)}%",
        "cases": list(request.case_ids),
        "types": list(request.types),
    }
    parts = [_WALL, f"({' OR '.join(_ways(reach, asked)) or 'false'})", *_filters(request)]
    return Entitlement(" AND ".join(parts), parameters)


def _viewer(reach: Scope, request: SubscribeCasesRequest, directory: Directory) -> str:
    """Through whose eyes an agency looks: a joint reception centre's, for those who run it and ask for it."""
    runs_it = reach.agency in directory.operators(request.centre)
    return request.centre if runs_it else reach.agency


def _ways(reach: Scope, asked: Sequence[str]) -> Iterable[str]:
    """The ways in which an entry is the subscriber's; of one case it is always the same one."""
    if reach.all_cases:
        yield _reached("asked", asked)
        return
    beyond = ""
    if reach.division_line:
        yield f"(e.division LIKE %(line)s AND NOT e.closed AND {_reached('asked', asked)})"
        beyond = "e.division NOT LIKE %(line)s AND "
    if reach.as_party:
        yield f"({beyond}{_reached('viewed', ('the viewer',))})"


def _reached(name: str, agencies: Sequence[str]) -> str:
    """All of these agencies have it, and one of them not before; with no agencies, when it is new."""
    if not agencies:
        return "NOT e.catch_up"
    return f"(e.reached @> %({name})s AND (NOT e.catch_up OR e.recipients && %({name})s))"


def _filters(request: SubscribeCasesRequest) -> Iterable[str]:
    if request.division:
        yield "e.division LIKE %(division)s"
    if request.case_ids:
        yield "e.case_id = ANY(%(cases)s)"
    if request.types:
        yield "e.type = ANY(%(types)s)"
