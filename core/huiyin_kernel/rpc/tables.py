"""From a service's contract to its methods: commands, and reading one stream for who is entitled to it."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, TypeVar

from google.protobuf.descriptor import ServiceDescriptor
from google.protobuf.message_factory import GetMessageClass

from huiyin_domain.access import Action, may, no_such, organs_asked
from huiyin_domain.context import Principal
from huiyin_domain.decider import Decider
from huiyin_domain.directory import Directory
from huiyin_kernel.commands import Answers, Command, Commands
from huiyin_kernel.rpc.endpoint import Method, Unary
from huiyin_kernel.rpc.errors import RefusedError
from huiyin_kernel.rpc.intake_client import KnowsCases
from huiyin_kernel.streams import Loaded, Streams

StateT = TypeVar("StateT")


_ORDERED = "meeting"
"""What organs above its participants may order about (Art. 24)."""


class Entitled:
    """Reads meetings, orders and referrals of one log for those who may see them."""

    def __init__(self, streams: Streams, standings: KnowsCases, directory: Directory) -> None:
        self._streams, self._standings, self._directory = streams, standings, directory

    async def read(self, decider: Decider[StateT], identifier: str, principal: Principal) -> Loaded[StateT]:
        """The state, for those with a part in it and those who watch over all its cases. Raises RefusedError.

        What does not exist and what one may not see are answered alike, so that nobody learns of a case by
        asking; a case in which the caller is accused by now closes the whole (Art. 30(3)).
        """
        loaded = await self._streams.of(decider, identifier)
        if not loaded.version or not await self._admits(decider, loaded.state, principal):
            raise RefusedError(no_such(decider.category))
        return loaded

    async def check(self, decider: Decider[StateT], identifier: str, principal: Principal) -> None:
        """Before a command is decided: who has no part learns nothing. Raises RefusedError."""
        loaded = await self._streams.of(decider, identifier)
        above = decider.category == _ORDERED
        if not loaded.version or not await self._admits(decider, loaded.state, principal, above=above):
            raise RefusedError(no_such(decider.category))

    async def _admits(
        self, decider: Decider[StateT], state: StateT, principal: Principal, *, above: bool = False
    ) -> bool:
        """Every case of it must be open to the caller; its audience has a part in it, if not in the cases.

        `above` lets in the organs above its audience, whom a command may ask to decide.
        """
        case_ids, audience = set(decider.case_ids(state)), frozenset(decider.audience(state))
        known = await self._standings.of(case_ids)
        upper = (organ for agency in audience for organ in self._directory.superiors(agency))
        asked = frozenset(upper) | organs_asked(audience, self._directory) if above else frozenset[str]()
        facts = [replace(one, parties=audience, former=frozenset(), asked=asked) for one in known.values()]
        judged = [may(principal, Action.READ_CASE, one, self._directory) for one in facts]
        return known.keys() == case_ids and not any(judged)


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
