"""Erasure: keys of a person or case are destroyed once it is on the record who did so and why."""

from dataclasses import dataclass
from uuid import UUID

from huiyin.vault.v1.events_pb2 import KeysDestroyed
from huiyin_domain.context import Context, Policy, Principal
from huiyin_domain.erasure import ERASURE
from huiyin_domain.refusal import Refusal
from huiyin_kernel.ids import uuid7
from huiyin_kernel.rpc.errors import RefusedError
from huiyin_kernel.rpc.requests import Call, scope_of
from huiyin_kernel.streams import Change, decided, load, to_append
from huiyin_store.port import EventStore, WorldClock


@dataclass(frozen=True, slots=True)
class Erased:
    """What an erasure did: the keys destroyed now, and its record's position (0: it was there before)."""

    count: int
    position: int


async def erase(
    store: EventStore, policy: Policy, clock: WorldClock, principal: Principal, subject: str, ground: str
) -> Erased:
    """Destroys every living key of a subject. Ended half-way and called again, it goes on.

    Services may open what they have at hand for CACHED_KEY_AGE_MAX longer. Raises RefusedError or StoreError.
    """
    living = [str(key.key_id) for key in await store.find_keys([subject]) if key.wrapped is not None]
    call = _call(principal, clock)
    context = Context(call.now, call.occurred, principal, (), policy)
    loaded = await load(store, ERASURE, f"{ERASURE.category}-{subject}")
    proposed = KeysDestroyed(subject=subject, key_ids=living, ground=ground)
    decision = decided(ERASURE, loaded, proposed, context)
    if isinstance(decision, Refusal):
        raise RefusedError(decision)
    position = 0
    if decision:
        appended = await store.append(to_append(call, [Change(ERASURE, loaded, decision)]))
        position = appended.last_position
    count = await store.destroy_keys(subject, [UUID(key_id) for key_id in living])
    return Erased(count, position)


def _call(principal: Principal, clock: WorldClock) -> Call:
    now, request_id = clock.now(), uuid7()
    return Call(
        principal=principal,
        method="erase",
        scope=scope_of(principal),
        request_id=request_id,
        occurred=now,
        now=now,
        correlation_id=str(request_id),
        causation_id="",
        causes=(),
        fingerprint=b"",
    )
