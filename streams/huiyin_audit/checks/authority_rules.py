"""The rules of promise P13, and who acted, as the record of an event says."""

from huiyin.common.v1.types_pb2 import Authority, AuthorityKind
from huiyin_audit.findings import Finding, Rule
from huiyin_audit.history import Entry

NO_AUTHORITY = Rule(
    "NO_AUTHORITY",
    "{type} 由 {agency} 作出，没有依据：{zh}",
    "{type} by {agency} rests on no authority: {en}",
)
NAMED_OTHERWISE = Rule(
    "NAMED_OTHERWISE",
    "{type} 所写的依据是 {named}，实际依据是 {found}",
    "{type} names {named} as its authority, where it is {found}",
)
NOT_LOOKED_UP = Rule(
    "NOT_LOOKED_UP",
    "历史中没有 {context} 的日志，无法核对 {type} 的依据",
    "the history has no log of {context}, so what {type} rests on cannot be looked up",
)


def acting(entry: Entry) -> str:
    """The agency whose act it was."""
    actor = entry.metadata.actor
    return actor.on_behalf_of or actor.agency


def none(entry: Entry, zh: str, en: str) -> Finding:
    """The finding that an event rests on no authority."""
    name = entry.message.DESCRIPTOR.name
    return NO_AUTHORITY.at(entry.place, type=name, agency=acting(entry), zh=zh, en=en)


def otherwise(entry: Entry, named: Authority, found: Authority) -> Finding | None:
    """The finding that the authority is another one than the event names; events of before named none."""
    if not named.kind or (named.kind, named.organ) == (found.kind, found.organ):
        return None
    name = entry.message.DESCRIPTOR.name
    return NAMED_OTHERWISE.at(entry.place, type=name, named=_said(named), found=_said(found))


def _said(authority: Authority) -> str:
    return f"{AuthorityKind.Name(authority.kind).removeprefix('AUTHORITY_KIND_')} {authority.organ}"
