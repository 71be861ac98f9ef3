"""Who has to agree to an item of a resolution, and on whose authority it stands: one rule for all.

The meeting asks it before it binds, the case before it applies, the audit afterwards (promises P6, P13).
"""

from collections.abc import Collection, Iterable

from huiyin.common.v1.types_pb2 import AUTHORITY_KIND_RESOLUTION, Authority
from huiyin.intake.v1 import types_pb2 as types
from huiyin.intake.v1.types_pb2 import Standing
from huiyin.reception.v1.types_pb2 import ResolutionItem
from huiyin_domain.authority import deciding_authority, speaker_of
from huiyin_domain.directory import Directory

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
