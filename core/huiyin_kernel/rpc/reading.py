"""Reading one stream's state for a caller who is entitled to it."""

from typing import TypeVar

from huiyin_domain.decider import Decider
from huiyin_domain.principal import Principal, Role
from huiyin_domain.refusal import missing
from huiyin_kernel.rpc.errors import RefusedError
from huiyin_kernel.store.port import EventStore
from huiyin_kernel.writer import Loaded, load

StateT = TypeVar("StateT")

_READS_ALL = (Role.SERVICE, Role.AUDITOR, Role.SUPERVISOR)


async def read_entitled(
    store: EventStore, decider: Decider[StateT], identifier: str, principal: Principal
) -> Loaded[StateT]:
    """The state, for those with a part in it and those who watch over all. Raises RefusedError.

    What exists and what one may not see are answered alike, so that nobody learns of a case by asking.
    """
    loaded = await load(store, decider, f"{decider.category}-{identifier}")
    entitled = principal.has(*_READS_ALL) or principal.acting_agency in decider.audience(loaded.state)
    if not loaded.version or not entitled:
        message = f"there is no {decider.category} {identifier} that you may see: check it and who you are"
        raise RefusedError(missing(f"{decider.category.upper()}_NOT_FOUND", message))
    return loaded
