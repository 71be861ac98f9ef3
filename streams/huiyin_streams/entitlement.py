"""Which entries of the timeline a subscriber is sent, as conditions inside the query.

An agency is sent the entries that have reached it, a supervisor those of its region, auditors and services
all. A subscription may ask for less. Each entry is sent once: an entry that is sent again (catch_up) counts
only where it first reaches somebody through whom the subscriber sees it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from huiyin.timeline.v1.service_pb2 import SubscribeCasesRequest
from huiyin_domain.access import Scope, scope
from huiyin_domain.context import Principal
from huiyin_domain.directory import Directory
from huiyin_kernel.access_sql import closed_by, conjunction, entries, in_division, reached, within


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
        "asked": asked,
        "viewed": sorted({*asked, viewer}),
        "cases": list(request.case_ids),
        "types": list(request.types),
    }
    table = entries(reach, reached("asked", asked), reached("viewed", ("the viewer",)))
    seen = conjunction(
        [within(closed_by(reach, viewer), table), *in_division(request.division, "e.division")]
    )
    where = " AND ".join([seen.text, *_filters(request)])
    return Entitlement(where, {**parameters, **seen.parameters})


def _viewer(reach: Scope, request: SubscribeCasesRequest, directory: Directory) -> str:
    """Through whose eyes an agency looks: a joint reception centre's, for those who run it and ask for it."""
    runs_it = reach.agency in directory.operators(request.centre)
    return request.centre if runs_it else reach.agency


def _filters(request: SubscribeCasesRequest) -> Iterable[str]:
    if request.case_ids:
        yield "e.case_id = ANY(%(cases)s)"
    if request.types:
        yield "e.type = ANY(%(types)s)"
