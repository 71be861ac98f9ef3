"""Whose word decides between agencies (Art. 24): one rule for moves, meetings and items of resolutions.

The meeting asks it before it binds, the case before it applies, the audit afterwards (promises P6, P13).
"""

from collections.abc import Collection, Iterable

from huiyin.common.v1 import types_pb2 as common
from huiyin.common.v1.types_pb2 import AUTHORITY_KIND_RESOLUTION, Authority, AuthorityKind
from huiyin.intake.v1 import types_pb2 as types
from huiyin.intake.v1.types_pb2 import Standing
from huiyin.reception.v1.types_pb2 import ResolutionItem
from huiyin_domain.directory import Directory, OrganisationKind

ART_24 = "Regulations of 2022, Art. 24"


def deciding_authority(
    agency: str, units: Collection[str], directory: Directory, basis_id: str = ""
) -> Authority | None:
    """The authority in which an agency decides between units that do not agree, if it has any (Art. 24).

    A common superior decides itself. Where there is none, the joint conference of their area does, through
    the office that speaks for it (Art. 12); in a matter of its own the office does not speak for it.
    """
    if agency in units:
        return None
    for organ in directory.deciders_between(units):
        if directory.speaks_for(agency, organ):
            return Authority(kind=kind_of_decider(organ, directory), organ=organ, basis_id=basis_id)
    return None


def convening_authority(agency: str, units: Collection[str], directory: Directory) -> Authority | None:
    """The authority in which an agency calls these units together, if it has any (Arts. 11 to 13).

    A common superior does; so does the joint conference of the area that holds them all, through its office,
    also where there is a common superior, for bringing agencies together is what it is for.
    """
    conference = directory.conference_for(units)
    for organ in (*directory.common_superiors(units), *((conference,) if conference else ())):
        if directory.speaks_for(agency, organ):
            return Authority(kind=kind_of_decider(organ, directory), organ=organ)
    return None


def speaker_of(organ: str, directory: Directory) -> str:
    """Who speaks for an organ: the office of a joint conference (Art. 12), or the organ itself."""
    found = directory.get(organ)
    return found.office if found and found.office else organ


def kind_of_decider(organ: str, directory: Directory) -> AuthorityKind.ValueType:
    """Whether an organ that decides between units does so as a superior or as a joint conference."""
    conference = directory.is_kind(organ, OrganisationKind.CONFERENCE)
    return common.AUTHORITY_KIND_CONFERENCE if conference else common.AUTHORITY_KIND_SUPERIOR


SIGNING_WORKING_DAYS = 5
"""How long a participant has to sign or dissent; a rule of the platform's own, no law names one."""

ON_TASKS = frozenset({types.RESOLUTION_ITEM_KIND_REVOKE_TASK, types.RESOLUTION_ITEM_KIND_MOVE_TASK})
"""Items about a task that an earlier resolution gave."""

GIVES_TASK = frozenset({types.RESOLUTION_ITEM_KIND_TASK, types.RESOLUTION_ITEM_KIND_MOVE_TASK})
"""Items after which the named unit has a task."""


def signers(item: ResolutionItem, standing: Standing) -> frozenset[str]:
    """The units from which the item takes something or to which it gives something.

    A unit that is accused loses its task without being asked: it may learn nothing of it (Art. 30(3)).
    """
    units = {standing.responsible_unit, item.unit}
    if item.kind in ON_TASKS:
        units.add(task_unit(item, standing))
        units -= set(standing.accused_units) - {standing.responsible_unit, item.unit}
    return frozenset(units - {""})


def task_unit(item: ResolutionItem, standing: Standing) -> str:
    """The unit that has the task which the item takes back or moves; empty when there is no such task."""
    return next((task.unit for task in standing.open_tasks if task.item_id == item.task_item_id), "")


def disputing(item: ResolutionItem, standing: Standing) -> frozenset[str]:
    """The units between which an order decides: also the one that an open hand-over is waiting for."""
    assigns = item.kind == types.RESOLUTION_ITEM_KIND_ASSIGN
    pending = {standing.pending_unit} - {""} if assigns else set()
    return signers(item, standing) | pending


def carried_by(
    item: ResolutionItem,
    standing: Standing,
    signed_by: Collection[str],
    ordered_by: Iterable[Authority],
    directory: Directory,
    resolution_id: str,
) -> Authority | None:
    """The authority on which the item stands: the units' signatures, or an order of who decides between them.

    None when a unit has not signed and nobody competent ordered it (Art. 24): a unit is bound by what it
    signed, or by who stands above it and the others.
    """
    if signers(item, standing) <= set(signed_by):
        holder = standing.responsible_unit
        return Authority(kind=AUTHORITY_KIND_RESOLUTION, organ=holder, basis_id=resolution_id)
    units = disputing(item, standing)
    found = (
        deciding_authority(speaker_of(order.organ, directory), units, directory, resolution_id)
        for order in ordered_by
    )
    return next((authority for authority in found if authority is not None), None)
