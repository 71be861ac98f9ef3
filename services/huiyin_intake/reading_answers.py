"""OpenServedDocuments: who left no contact reads under the query number what was served there."""

from collections.abc import Iterator, Sequence
from typing import Any

from google.protobuf.message import Message

from huiyin.common.v1.types_pb2 import Clear
from huiyin.intake.v1 import events_pb2 as events
from huiyin.intake.v1 import service_pb2 as intake
from huiyin_domain.intake.disclosure import DISCLOSURE
from huiyin_domain.intake.numbers import is_by_query_number
from huiyin_domain.refusal import Refusal
from huiyin_kernel.codec import decode
from huiyin_kernel.commands import Commands
from huiyin_kernel.rpc.endpoint import Caller
from huiyin_kernel.rpc.errors import RefusedError
from huiyin_kernel.streams import Change, Loaded, to_append
from huiyin_store.port import ANY_VERSION, RecordedEvent

Recorded = tuple[RecordedEvent, Any]
"""An event as it stands in the log, and what it says."""


async def open_served(commands: Commands, caller: Caller, request: Any, stream: str) -> Message:
    """The documents in clear; the reading is on the record before anything is shown. Raises RefusedError."""
    call = commands.call(caller, request)
    record = Loaded(f"{DISCLOSURE.category}-{request.case_id}", DISCLOSURE.initial(), ANY_VERSION)
    decision = DISCLOSURE.decide(record.state, request, commands.context(call, ()))
    if isinstance(decision, Refusal):
        raise RefusedError(decision)
    recorded = [(one, decode(one)) for one in await commands.store.read_stream(stream)]
    appended = await commands.store.append(to_append(call, [Change(DISCLOSURE, record, decision)]))
    found = [*served_documents(recorded)]
    opened = await commands.sealer.vault.open_many([event.document for _, event in found])
    return intake.OpenServedDocumentsResponse(
        receipt=commands.receipt(appended),
        documents=[_document(one, clear) for (one, _), clear in zip(found, opened, strict=True)],
    )


def _document(one: RecordedEvent, clear: object) -> intake.OpenedField:
    known = clear if isinstance(clear, Clear) else None
    event_id = str(one.event_id)
    return intake.OpenedField(purpose="document", clear=known, event_id=event_id, destroyed=known is None)


def served_documents(recorded: Sequence[Recorded]) -> Iterator[Recorded]:
    """The events whose document was served under the query number, in their order."""
    opinions = {e.opinion_id for _, e in recorded if _served(e, events.OpinionServed)}
    reviews = {e.review_id for _, e in recorded if _served(e, events.ReviewServed)}
    for one, event in recorded:
        opinion = isinstance(event, events.OpinionIssued) and event.opinion_id in opinions
        review = isinstance(event, events.ReviewDecided) and event.review_id in reviews
        told = is_by_query_number(event) and "document" in event.DESCRIPTOR.fields_by_name
        if (opinion or review or told) and event.HasField("document"):
            yield one, event


def _served(event: Message, kind: type[Message]) -> bool:
    return isinstance(event, kind) and is_by_query_number(event)
