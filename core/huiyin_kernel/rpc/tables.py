"""From a service's contract to its methods: each rpc that carries a CommandInfo is a command."""

from collections.abc import Mapping
from typing import Any

from google.protobuf.descriptor import ServiceDescriptor
from google.protobuf.message_factory import GetMessageClass

from huiyin_domain.decider import Decider
from huiyin_kernel.commands import Answers, Command, Commands
from huiyin_kernel.rpc.endpoint import Method, Unary
from huiyin_kernel.rpc.reading import Entitled

JUDGED_BY_CASES = frozenset({"meeting", "order", "referral"})
"""Streams on cases that another service owns; a petition's own decider judges by its state."""


def command(
    service: ServiceDescriptor,
    name: str,
    decider: Decider[Any],
    key: str | None,
    answers: Answers | None = None,
) -> Command:
    """The command that an rpc is. `key` is the request field that names its stream; None begins one.

    `answers` says what its response tells beside the receipt.
    """
    method = service.methods_by_name[name]
    request, response = GetMessageClass(method.input_type), GetMessageClass(method.output_type)
    return Command(request, response, decider, key, answers or {})


def command_methods(
    commands: Commands, table: Mapping[str, Command], entitled: Entitled | None = None
) -> dict[str, Method]:
    """A method for each command of a table; `entitled` hides the streams in which a caller has no part."""
    return {name: _method(commands, entry, entitled) for name, entry in table.items()}


def _method(commands: Commands, entry: Command, entitled: Entitled | None) -> Method:
    async def handle(caller: Any, request: Any) -> Any:
        if entitled is not None and entry.key and entry.decider.category in JUDGED_BY_CASES:
            if first := await commands.repeated(entry, caller, request):
                return first
            await entitled.check(entry.decider, getattr(request, entry.key), caller.principal)
        return await commands.run(entry, caller, request)

    return Unary(entry.request, handle)
