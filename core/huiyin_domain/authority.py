"""Whose word decides between agencies: the rule of Art. 24, spelled once for moves and meetings."""

from collections.abc import Collection

from huiyin.common.v1 import types_pb2 as common
from huiyin.common.v1.types_pb2 import Authority, AuthorityKind
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
