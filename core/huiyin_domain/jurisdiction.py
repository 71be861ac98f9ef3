"""Which judicial organ a litigation matter goes to: of the kind and level that belong to it (Art. 22(2))."""

from collections.abc import Mapping

from huiyin.judicial.v1 import types_pb2 as types
from huiyin.judicial.v1.types_pb2 import OrganKind
from huiyin_domain.checks import unknown_agency
from huiyin_domain.context import Context
from huiyin_domain.directory import Directory, OrganisationKind, named_digits
from huiyin_domain.refusal import Kind, Refusal, invalid

ORGAN_KINDS: Mapping[OrganKind.ValueType, OrganisationKind] = {
    types.ORGAN_KIND_COURT: OrganisationKind.COURT,
    types.ORGAN_KIND_PROCURATORATE: OrganisationKind.PROCURATORATE,
    types.ORGAN_KIND_POLICE: OrganisationKind.POLICE,
    types.ORGAN_KIND_JUSTICE: OrganisationKind.JUSTICE,
}
"""What the directory calls each kind of judicial organ (政法机关)."""

_ARTICLE = "Regulations of 2022, Art. 22(2)"


def is_judicial(unit: str, directory: Directory) -> bool:
    """True for a court, procuratorate, police or justice organ."""
    return directory.is_kind(unit, *ORGAN_KINDS.values())


def organ_fault(organ_kind: OrganKind.ValueType, organ: str, context: Context) -> Refusal | None:
    """A refusal unless the organ exists, is of the kind named and stands at the sender's level."""
    kind = ORGAN_KINDS.get(organ_kind)
    if kind is None:
        message = "organ_kind is missing: name court, procuratorate, police or justice"
        return invalid("FIELD_REQUIRED", message, field="organ_kind")
    if refusal := unknown_agency("organ", organ, context):
        return refusal
    if not context.policy.directory.is_kind(organ, kind):
        message = f"organ {organ} is not of the kind {kind}: name its own kind or another organ"
        return invalid("WRONG_ORGAN_KIND", message, field="organ", kind=kind)
    return _other_level(organ, context)


def _other_level(code: str, context: Context) -> Refusal | None:
    """Letters go to the judicial organ of the same level (同级政法部门)."""
    directory = context.policy.directory
    sender, organ = directory.get(context.principal.acting_agency), directory.get(code)
    assert sender is not None
    assert organ is not None
    if named_digits(sender.division) == named_digits(organ.division):
        return None
    message = (
        f"organ {organ.code} is of division {organ.division}, not of the sender's level: name one that is"
    )
    facts = {"field": "organ", "division": sender.division}
    return Refusal(Kind.INVALID, "WRONG_LEVEL", message, facts, _ARTICLE)
