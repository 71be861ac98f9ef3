"""Who may call a meeting on cases, and with whom: no stranger to a case gets hold of it so (promise P13)."""

from collections.abc import Collection, Sequence

from huiyin.common.v1.types_pb2 import AUTHORITY_KIND_HOLDER, Authority
from huiyin.intake.v1.types_pb2 import Standing
from huiyin.reception.v1.types_pb2 import CaseAuthority
from huiyin_domain.access import accused_unit, kept_out_by, unknown_case
from huiyin_domain.authority import convening_authority
from huiyin_domain.context import Context
from huiyin_domain.directory import Directory
from huiyin_domain.refusal import Refusal, forbidden, wrong_state

_ARTS = "Regulations of 2022, Arts. 11 to 13, 24"


def authorities_of(
    convener: str, participants: Sequence[str], case_ids: Sequence[str], context: Context
) -> tuple[CaseAuthority, ...] | Refusal:
    """The convener's authority over each case, or why it may not call these agencies on these cases.

    Asked when the meeting is called and again at each step of the convener: a case may have moved since.
    """
    found = []
    for case_id in case_ids:
        standing = context.standings.get(case_id)
        authority = _authority(convener, participants, standing, context.policy.directory)
        if isinstance(authority, Refusal):
            return authority
        assert standing is not None
        found.append(
            CaseAuthority(
                case_id=case_id,
                authority=authority,
                responsible_unit=standing.responsible_unit,
                epoch=standing.epoch,
            )
        )
    return tuple(found)


def _authority(
    convener: str, participants: Collection[str], standing: Standing | None, directory: Directory
) -> Authority | Refusal:
    """A case that is not there, one behind the wall and one that is not the convener's are answered alike."""
    if standing is None or convener in kept_out(standing, directory):
        return unknown_case()
    authority = authority_over(convener, participants, standing, directory)
    if authority is None:
        known = convener in standing.parties or _decides(convener, standing, directory)
        return _without_authority(convener) if known else unknown_case()
    if standing.responsible_unit in participants:
        return authority
    message = f"{standing.responsible_unit} is responsible for a case of the agenda: call it to the meeting"
    facts = {"case_id": standing.case_id, "responsible_unit": standing.responsible_unit}
    return wrong_state("RESPONSIBLE_UNIT_NOT_CALLED", message, _ARTS, **facts)


def authority_over(
    convener: str, participants: Collection[str], standing: Standing, directory: Directory
) -> Authority | None:
    """The responsible unit's own; its request to a centre; or that of who stands above all who are called."""
    if convener == standing.responsible_unit:
        return Authority(kind=AUTHORITY_KIND_HOLDER, organ=convener)
    for request in standing.meeting_requests:
        if request.centre == convener:
            holder, asked = standing.responsible_unit, request.request_id
            return Authority(kind=AUTHORITY_KIND_HOLDER, organ=holder, basis_id=asked)
    units = {standing.responsible_unit, standing.pending_unit, *participants} - {"", convener}
    return convening_authority(convener, units, directory)


def accused_among(told: Collection[str], case_ids: Sequence[str], context: Context) -> Refusal | None:
    """A refusal when one that would learn of a case is kept from it (Art. 30(3))."""
    directory = context.policy.directory
    for standing in (context.standings[case_id] for case_id in case_ids):
        if walled := kept_out(standing, directory).intersection(told):
            return accused_unit(", ".join(sorted(walled)))
    return None


def kept_out(standing: Standing, directory: Directory) -> frozenset[str]:
    """The agencies that are kept from the case (Art. 30(3))."""
    return kept_out_by(directory)(standing.accused_units)


def _decides(agency: str, standing: Standing, directory: Directory) -> bool:
    """Whether the case is one between whose units the agency decides: then it may know of it."""
    units = {standing.responsible_unit, standing.pending_unit} - {""}
    return convening_authority(agency, units, directory) is not None


def _without_authority(convener: str) -> Refusal:
    message = (
        f"{convener} has no authority over all who are called on this case: let the responsible unit call the"
        " meeting, or ask a centre for it, or their common superior or the joint conference of their area"
    )
    return forbidden("NO_AUTHORITY_TO_CONVENE", message, _ARTS)
