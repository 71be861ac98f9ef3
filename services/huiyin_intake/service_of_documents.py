"""What is served, told or agreed: whether a contact was left decides if the query number serves it."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

from google.protobuf.message import Message

from huiyin.common.v1.types_pb2 import Clear, Person, Secret
from huiyin.intake.v1 import service_pb2 as intake
from huiyin.intake.v1.types_pb2 import SERVICE_METHOD_QUERY_NUMBER
from huiyin_domain.intake.decide.withdrawal import promise_not_to_petition
from huiyin_domain.intake.decider import PETITION
from huiyin_domain.intake.registered import can_be_reached
from huiyin_domain.intake.state import Petition
from huiyin_intake.table import COMMANDS
from huiyin_kernel.commands import Commands, fresh_ids
from huiyin_kernel.rpc.endpoint import Caller
from huiyin_kernel.rpc.errors import RefusedError

SERVED = tuple(
    name
    for name, command in COMMANDS.items()
    if (field := command.request.DESCRIPTOR.fields_by_name.get("method")) is not None
    and field.enum_type is not None
    and field.enum_type.name == "ServiceMethod"
)
"""The rpcs that say how something reached the petitioner."""


class Serving:
    """The handlers of what is served. What is opened to see whether a contact was left is shown to nobody."""

    def __init__(self, commands: Commands) -> None:
        self._commands = commands

    def by(self, name: str) -> Callable[[Caller, Any], Awaitable[Message]]:
        """The handler of one of them."""

        async def serve(caller: Caller, request: Any) -> Message:
            if request.method != SERVICE_METHOD_QUERY_NUMBER:
                return await self._commands.run(COMMANDS[name], caller, request)
            return await self._under_query_number(name, caller, request)

        return serve

    async def _under_query_number(self, name: str, caller: Caller, request: Any) -> Message:
        command, loaded = COMMANDS[name], await self._commands.streams.of(PETITION, request.case_id)
        left = await self._contact_left(loaded.state)
        prepared = await self._commands.prepare(caller, request, fresh_ids(), loaded.stream)
        prepared = replace(prepared, context=replace(prepared.context, contact_left=left))
        outcome = await self._commands.carry_out(command, loaded.stream, request, prepared)
        return await self._commands.answer(command, request, outcome)

    async def _contact_left(self, state: Petition) -> bool:
        registration = state.registration
        if registration.petitioner is None:
            return False
        (clear,) = await self._commands.sealer.vault.open_many([registration.petitioner])
        person = clear.person if isinstance(clear, Clear) else Person()
        return can_be_reached(person, registration.anonymous)


class Agreeing:
    """The handler of RecordAgreement."""

    def __init__(self, commands: Commands) -> None:
        self._commands = commands

    async def record(self, caller: Caller, request: intake.RecordAgreementRequest) -> Message:
        """Records an agreement that settles the matter and nothing else."""
        refuse_promises(document=request.document, petitioner_consent=request.petitioner_consent)
        return await self._commands.run(COMMANDS["RecordAgreement"], caller, request)


def refuse_promises(**secrets: Secret) -> None:
    """Raises RefusedError for a text in clear that promises not to petition any more."""
    for field, secret in secrets.items():
        if refusal := promise_not_to_petition(field, secret.clear.text):
            raise RefusedError(refusal)
