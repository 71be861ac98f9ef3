"""Which organ can be sent a litigation part: of the kind named and at the sender's level (Arts. 22, 28)."""

from collections.abc import Mapping

from huiyin.judicial.v1 import types_pb2 as types
from huiyin.judicial.v1.service_pb2 import ReferLitigationRequest
from huiyin.judicial.v1.types_pb2 import OrganKind
from huiyin_domain.checks import unknown_agency
from huiyin_domain.context import Context
from huiyin_domain.directory import OrganisationKind
from huiyin_domain.refusal import Kind, Refusal, invalid

_KINDS: Mapping[OrganKind.ValueType, OrganisationKind] = {
    types.ORGAN_KIND_COURT: OrganisationKind.COURT,
    types.ORGAN_KIND_PROCURATORATE: OrganisationKind.PROCURATORATE,
    types.ORGAN_KIND_POLICE: OrganisationKind.POLICE,
    types.ORGAN_KIND_JUSTICE: OrganisationKind.JUSTICE,
}
_ARTICLE = "Regulations of 2022, Art. 22(2)"


def organ_fault(command: ReferLitigationRequest, context: Context) -> Refusal | None:
    """A refusal unless the organ exists, is of the kind named and stands at the sender's level."""
    kind = _KINDS.get(command.organ_kind)
    if kind is None:
        message = "organ_kind is missing: name court, procuratorate, police or justice"
        return invalid("FIELD_REQUIRED", message, field="organ_kind")
    if refusal := unknown_agency("organ", command.organ, context):
        return refusal
    if not context.policy.directory.is_kind(command.organ, kind):
        message = f"organ {command.organ} is not of the kind {kind}: name its own kind or another organ"
        return invalid("WRONG_ORGAN_KIND", message, field="organ", kind=kind)
    return _other_level(command, context)


def _other_level(command: ReferLitigationRequest, context: Context) -> Refusal | None:
    """Letters go to the judicial organ of the same level (同级政法部门)."""
    directory = context.policy.directory
    sender, organ = directory.get(context.principal.acting_agency), directory.get(command.organ)
    assert sender is not None
    assert organ is not None
    if level(sender.division) == level(organ.division):
        return None
    message = (
        f"organ {organ.code} is of division {organ.division}, not of the sender's level: name one that is"
    )
    facts = {"field": "organ", "division": sender.division}
    return Refusal(Kind.INVALID, "WRONG_LEVEL", message, facts, _ARTICLE)


def level(division: str) -> int:
    """How many digits of a GB/T 2260 code name the place: 0 nation, 2 province, 4 prefecture, 6 county.

    The twelve-digit statistical codes go on with 10 for a township (two-digit steps) and 12 for a village.
    """
    named = len(division.rstrip("0"))
    return named + named % 2
