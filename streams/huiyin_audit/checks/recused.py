"""Who is recused decides nothing in the case any more (Art. 28(3); domain rules, 11.4, invariant 5)."""

from collections.abc import Iterable, Iterator

from huiyin.intake.v1 import events_pb2 as intake
from huiyin_audit.checks.authority_elsewhere import none
from huiyin_audit.findings import Finding
from huiyin_audit.history import Entry

_BY_ANYBODY = (intake.RecusalRequested, intake.PersonalDataRead)
"""To ask decides nothing; readings stand in a stream of their own."""


def by_recused(entries: Iterable[Entry]) -> Iterator[Finding]:
    """What recused officers wrote into a petition's log afterwards, also when lent to another agency."""
    recused: dict[str, set[tuple[str, str]]] = {}
    for entry in entries:
        actor, stream = entry.metadata.actor, entry.place.stream
        callers = {(actor.agency, actor.officer), (actor.on_behalf_of, actor.officer)}
        if callers & recused.get(stream, set()) and not isinstance(entry.message, _BY_ANYBODY):
            zh, en = f"{actor.officer} 已被决定回避", f"officer {actor.officer} was recused in the case"
            yield none(entry, zh, en)
        if isinstance(entry.message, intake.RecusalDecided) and entry.message.granted:
            recused.setdefault(stream, set()).add((entry.message.unit, entry.message.officer))
