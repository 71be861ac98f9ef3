"""Commands on a service's own streams: seal, load, decide, append, answer; the same for every rpc."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from google.protobuf.message import Message

from huiyin.common.v1.types_pb2 import CommandInfo, Receipt
from huiyin.intake.v1.types_pb2 import IssueSketch, Standing
from huiyin_domain.acts.entry import entry_of, import_fault
from huiyin_domain.context import Context, Policy
from huiyin_domain.decider import Decider, Decision
from huiyin_domain.refusal import Refusal
from huiyin_domain.text_comparison import NOT_COMPARED, Comparison
from huiyin_kernel.codec import decode, timestamp
from huiyin_kernel.ids import uuid7_texts
from huiyin_kernel.patience import settled
from huiyin_kernel.rpc.endpoint import Caller
from huiyin_kernel.rpc.errors import RefusedError
from huiyin_kernel.rpc.requests import Call, command_info, scope_of
from huiyin_kernel.streams import Change, Loaded, Streams, decided
from huiyin_kernel.telemetry import metrics
from huiyin_kernel.telemetry.traces import note
from huiyin_kernel.vault.edge import SealedRequest, SecretSealer
from huiyin_store.port import Appended, EventStore, StreamEnd, WorldClock

_FRESH_IDS = 4
_CONFLICTS = metrics.VERSION_CONFLICTS.labels("commands")


Answers = Mapping[str, Sequence[tuple[type[Message], str]]]
"""By field of a response: the event, or the request, and its field that it is taken from. The first of those
that say something counts: what was written stands before what was asked."""


@dataclass(frozen=True, slots=True)
class Command:
    """How one rpc becomes events of one stream.

    `key` is the request's field that names the stream; None for a command that begins a new one, which is
    then named by the first fresh id. `answers` says where each field of the response comes from beside the
    receipt, which all have.
    """

    request: type[Message]
    response: type[Message]
    decider: Decider[Any]
    key: str | None
    answers: Answers = field(default_factory=dict)

    def stream(self, request: Any, fresh: str) -> str:
        """Name of the stream the command goes to."""
        return f"{self.decider.category}-{getattr(request, self.key) if self.key else fresh}"


@dataclass(frozen=True, slots=True)
class Prepared:
    """A command ready to be decided: sealed, with fresh ids and everything a decision may know."""

    call: Call
    context: Context
    sealed: SealedRequest


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a command: a durable append, and the events just decided (none for a repetition)."""

    appended: Appended
    events: tuple[Message, ...] = ()


class Commands:
    """Carries out commands on one store."""

    def __init__(self, store: EventStore, sealer: SecretSealer, policy: Policy, clock: WorldClock) -> None:
        self.store, self.sealer, self.policy, self.clock = store, sealer, policy, clock
        self.streams = Streams(store)

    async def run(
        self,
        command: Command,
        caller: Caller,
        request: Any,
        standings: Sequence[Standing] = (),
        sketch: IssueSketch | None = None,
        comparison: Comparison = NOT_COMPARED,
    ) -> Message:
        """Carries out a command and answers it. Raises RefusedError or a StoreError.

        `standings` are those of cases of another service, which was asked before; `sketch` is what the
        request's text is about, `comparison` how alike it is to an earlier one, both made before it is
        sealed.
        """
        ids = fresh_ids()
        stream = command.stream(request, ids[0])
        prepared = await self.prepare(caller, request, ids, stream, len(standings))
        known = {standing.case_id: standing for standing in standings}
        context = replace(prepared.context, standings=known, issue_sketch=sketch, comparison=comparison)
        prepared = replace(prepared, context=context)
        outcome = await self.carry_out(command, stream, request, prepared)
        return await self.answer(command, request, outcome)

    async def repeated(self, command: Command, caller: Caller, request: Any) -> Message | None:
        """The first answer, when this request id had one; for handlers that ask others before deciding."""
        call = self.call(caller, request)
        first = await self.store.find(call.scope, call.request_id, call.fingerprint)
        return await self.answer(command, request, Outcome(first)) if first else None

    async def prepare(
        self,
        caller: Caller,
        request: Any,
        ids: tuple[str, ...],
        stream: str,
        seen: int = 0,
        person: str | None = None,
    ) -> Prepared:
        """Checks the command's identity, seals what it carries and gathers what its decision may know.

        `person` is for whom a petitioner in the command is sealed.
        `seen` of its causes are what this service looked at for it.
        """
        call = self.call(caller, request, seen)
        subject = f"case-{request.case_id}" if getattr(request, "case_id", "") else stream
        sealed = await self.sealer.seal_request(request, subject, person, call.principal)
        call = entered(call, request.info)
        return Prepared(call, self.context(call, ids, sealed.document_mark), sealed)

    def call(self, caller: Caller, request: Any, seen: int = 0) -> Call:
        """The command's identity. Raises RefusedError."""
        now, info = self.clock.now(), request.info
        request_id, occurred = command_info(info, now, self.policy.limits.future_tolerance, seen)
        return Call(
            principal=caller.principal,
            method=caller.method,
            scope=scope_of(caller.principal),
            request_id=request_id,
            occurred=occurred,
            now=now,
            correlation_id=info.correlation_id or info.request_id,
            causation_id=info.causation_id,
            causes=tuple(info.causes),
            fingerprint=self.sealer.fingerprint(f"{caller.method}|{caller.principal.agency}", caller.raw),
        )

    def context(self, call: Call, ids: tuple[str, ...], document_mark: bytes = b"") -> Context:
        """What the decision may know."""
        return Context(
            now=call.now,
            occurred=call.occurred,
            principal=call.principal,
            new_ids=ids,
            policy=self.policy,
            document_mark=document_mark,
            entry=call.entry,
        )

    async def carry_out(self, command: Command, stream: str, request: Message, prepared: Prepared) -> Outcome:
        """Decides a prepared command and writes what was decided. Raises RefusedError or a StoreError."""
        return await self.settled(partial(self.attempt, command, stream, request, prepared))

    async def attempt(
        self,
        command: Command,
        stream: str,
        request: Message,
        prepared: Prepared,
        seen: Sequence[Loaded[Any]] = (),
    ) -> Outcome:
        """The same, once; it is written only while the streams that were `seen` are as they were.

        Raises VersionConflictError where others wrote meanwhile, whichever process they called.
        """
        loaded, decision = await self._decided(command, stream, request, prepared.context)
        if isinstance(decision, Refusal) or not decision:
            return await self.first_answer(prepared.call, loaded, decision)
        appended = await self.append(prepared, [Change(command.decider, loaded, decision)], seen)
        return Outcome(appended, tuple(decision))

    async def settled(self, attempt: Callable[[], Awaitable[Outcome]]) -> Outcome:
        """What becomes of a command, decided again whenever others changed its streams meanwhile."""
        return await settled(attempt, _CONFLICTS)

    async def append(
        self, prepared: Prepared, changes: Sequence[Change], seen: Sequence[Loaded[Any]] = ()
    ) -> Appended:
        """Writes what was decided, with the keys it was sealed under."""
        appended = await self.streams.append(prepared.call, changes, prepared.sealed.new_keys, seen=seen)
        note(log=self.store.log, position=appended.last_position)
        self.sealer.remember(prepared.sealed, appended)
        return appended

    async def _decided(
        self, command: Command, stream: str, request: Message, context: Context
    ) -> tuple[Loaded[Any], Decision]:
        def decide(loaded: Loaded[Any]) -> Decision:
            return decided(command.decider, loaded, request, context)

        if command.key is not None:
            return await self.streams.decide(command.decider, stream, decide)
        begun = Loaded(stream, command.decider.initial(), 0)
        return begun, decide(begun)

    async def first_answer(
        self, call: Call, loaded: Loaded[Any], decision: Refusal | Sequence[Message]
    ) -> Outcome:
        """For a command that would write nothing now: the answer it got the first time, if it had one."""
        first = await self.store.find(call.scope, call.request_id, call.fingerprint)
        if first is not None:
            return Outcome(first)
        if isinstance(decision, Refusal):
            raise RefusedError(decision)
        return Outcome(await self._as_it_stands(loaded))

    async def _as_it_stands(self, loaded: Loaded[Any]) -> Appended:
        """The stream's last event, for a command that finds done what it asks: the same answer each time."""
        [last] = await self.store.read_stream(loaded.stream, loaded.version - 1, 1)
        end = StreamEnd(loaded.stream, loaded.version, last.position, last.hash)
        return Appended((end,), 0, last.position, last.recorded)

    async def answer(self, command: Command, request: Message, outcome: Outcome) -> Message:
        """The response: a receipt, and what the command answers beside it."""
        response = command.response()
        response.receipt.CopyFrom(self.receipt(outcome.appended))  # type: ignore[attr-defined] # all have one
        if command.answers:
            said = [*await self.events_of(outcome), request]
            told = {name: said_first(sources, said) for name, sources in command.answers.items()}
            response.MergeFrom(command.response(**told))
        return response

    async def events_of(self, outcome: Outcome) -> Sequence[Message]:
        """The events behind an answer; a repeated request id gets those of the first time, read back."""
        first, last = outcome.appended.first_position, outcome.appended.last_position
        if not outcome.appended.repeated:
            return outcome.events
        return (
            [decode(event) for event in await self.store.read(first - 1, last - first + 1)] if first else []
        )

    def receipt(self, appended: Appended) -> Receipt:
        """Proof that the command's events are in the log."""
        end = appended.ends[0]
        first = appended.first_position
        return Receipt(
            log=self.store.log,
            stream=end.stream,
            position=end.position,
            version=end.version,
            event_count=appended.last_position - first + 1 if first else 0,
            recorded_time=timestamp(appended.recorded),
            hash=end.hash,
            repeated=appended.repeated,
        )


def entered(call: Call, info: CommandInfo) -> Call:
    """The call with how its act comes into the record; its secrets are sealed. Raises RefusedError."""
    entry = import_fault(info) or entry_of(info, call.principal)
    if isinstance(entry, Refusal):
        raise RefusedError(entry)
    return replace(call, entry=entry)


def said_first(sources: Sequence[tuple[type[Message], str]], said: Sequence[Message]) -> Any:
    """What the first source says that says something; None where none does: a field that is not set."""
    values = (getattr(one, name) for kind, name in sources for one in said if type(one) is kind)
    return next(filter(None, values), None)


def fresh_ids() -> tuple[str, ...]:
    """Identifiers for what a command may create."""
    return uuid7_texts(_FRESH_IDS)
