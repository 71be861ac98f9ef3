"""One model in PostgreSQL: states by key, kept hot within a bound, and the rows derived from them."""

import asyncio
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from functools import partial
from types import MappingProxyType
from typing import Any, Protocol, TypeVar

from psycopg import AsyncConnection, sql

from huiyin.event.v1.event_pb2 import Event
from huiyin_domain.decider import Fact
from huiyin_kernel.cases_aside import CasesAside
from huiyin_kernel.packing import packed, unpacked
from huiyin_kernel.shared_log import Item

StateT = TypeVar("StateT")

NOTHING: Mapping[str, Any] = MappingProxyType({})
"""No states."""
BREATH = 100
"""Events, or rows of so many states, between which others of the process have their turn."""
HOT_STATES_MAX = 20_000
HOT_BYTES_MAX = 32 * 1024**2
"""Of states as they are kept; decoded they are a few times as large."""

# One statement for all rows of a batch: a statement for each costs more than the row.
_SAVE_STATES = (
    "INSERT INTO {}.projection_state (model, key, state)"
    " SELECT %s, key, state FROM unnest(%b::text[], %b::bytea[]) AS new (key, state)"
    " ON CONFLICT (model, key) DO UPDATE SET state = EXCLUDED.state"
)
_LOAD_STATES = "SELECT key, state FROM {}.projection_state WHERE model = %s AND key = ANY(%s)"


class Model(Protocol[StateT]):
    """A pure fold by key with a byte form, and the rows derived from its states for queries."""

    name: str

    def keys(self, fact: Fact) -> Sequence[str]:
        """Which states a fact concerns."""
        ...

    def initial(self) -> StateT: ...

    def evolve(self, state: StateT, fact: Fact) -> StateT:
        """The state after a fact; the one before stays as it was. The very same: nothing is written anew."""
        ...

    def dump(self, state: StateT) -> bytes: ...

    def load(self, data: bytes) -> StateT: ...

    async def write_rows(
        self,
        connection: AsyncConnection[Any],
        states: Mapping[str, StateT],
        events: Sequence[Event],
        before: Mapping[str, StateT] = NOTHING,
    ) -> None:
        """Replaces the rows derived from these states and adds these events', in the caller's transaction.

        `before` are the states whose rows the database has, of keys that it has any of: what differs between
        the two is enough.
        """
        ...


class HotStates:
    """States as the database has them, the least lately used forgotten first.

    They hold for as long as nobody else writes: whoever finds that the fold was moved clears them. What a
    transaction writes is known in it at once, and to later ones when it took effect.
    """

    def __init__(self, most: int = HOT_STATES_MAX, most_bytes: int = HOT_BYTES_MAX) -> None:
        self._most, self._most_bytes, self._bytes = most, most_bytes, 0
        self._states: OrderedDict[str, tuple[Any, int]] = OrderedDict()
        self._written: dict[str, tuple[Any, int]] = {}

    def __len__(self) -> int:
        return len(self._states)

    def get(self, key: str) -> Any:
        """The state of a key, if it is known; else None."""
        if key in self._written:
            return self._written[key][0]
        if key not in self._states:
            return None
        self._states.move_to_end(key)
        return self._states[key][0]

    def write(self, key: str, state: Any, size: int) -> None:
        """What this transaction keeps of a key, in so many bytes."""
        self._written[key] = (state, size)

    def commit(self) -> None:
        """The transaction took effect."""
        for key, (state, size) in self._written.items():
            self._put(key, state, size)
        self._written.clear()

    def _put(self, key: str, state: Any, size: int) -> None:
        self._bytes += size - self._states.pop(key, (None, 0))[1]
        self._states[key] = (state, size)
        while len(self._states) > self._most or self._bytes > self._most_bytes:
            self._bytes -= self._states.popitem(last=False)[1][1]

    def clear(self) -> None:
        """Nothing is known any more."""
        self._states.clear()
        self._written.clear()
        self._bytes = 0


class FoldedItem:
    """An item with the keys that it concerns; of one that cannot be read, the cases that it names."""

    __slots__ = ("item", "keys", "told_of")

    def __init__(self, item: Item, model: Model[Any]) -> None:
        assert item.event is not None, "signs of life are not folded"
        self.item, self.told_of = item, item.event
        try:
            self.keys: Sequence[str] = model.keys(item.fact())
        except Exception:  # stands against each case of the event, when it is folded
            self.keys = tuple(item.event.metadata.case_ids)

    @property
    def waits_as(self) -> Sequence[str]:
        """Under which names it may have to wait; one that concerns no case has its own."""
        return self.keys or (f"{self.told_of.log} {self.told_of.position}",)

    def as_kept(self) -> bytes:
        """As it waits."""
        return self.told_of.SerializeToString(deterministic=True)


class Folding:
    """Folds events of one model; every method in the caller's transaction but `begin` and `done`."""

    def __init__(self, schema: str, model: Model[Any], aside: CasesAside[FoldedItem]) -> None:
        self._schema, self._model, self._aside = schema, model, aside
        self._hot = HotStates()

    def begin(self) -> None:
        """The database is not what it was: nothing of it is known any more."""
        self._hot.clear()

    def done(self) -> None:
        """The transaction took effect."""
        self._hot.commit()

    async def take(self, connection: AsyncConnection[Any], items: Sequence[Item]) -> None:
        """Folds a batch in. Raises only what comes of no event: what passes, and what the database lacks."""
        batch = [FoldedItem(item, self._model) for item in items if item.event is not None]
        await self._aside.take(connection, batch, partial(self._fold, connection))

    async def redrive(self, connection: AsyncConnection[Any]) -> None:
        """Folds again what somebody wants folded again."""
        await self._aside.redrive(connection, self._kept, partial(self._fold, connection))

    def _kept(self, data: bytes) -> FoldedItem:
        event = Event.FromString(data)
        return FoldedItem(Item(event, event.position), self._model)

    async def _fold(
        self, connection: AsyncConnection[Any], batch: Sequence[FoldedItem], only: str | None
    ) -> None:
        facts = [one.item.fact() for one in batch]
        work = [(fact, key) for fact, one in zip(facts, batch, strict=True) for key in one.keys]
        work = [(fact, key) for fact, key in work if only in (None, key)]
        states = await self._load(connection, {key for _, key in work})
        before = dict(states)
        for number, (fact, key) in enumerate(work):
            states[key] = self._model.evolve(states.get(key) or self._model.initial(), fact)
            if not number % BREATH:
                await asyncio.sleep(0)
        changed = {key: state for key, state in states.items() if state is not before.get(key)}
        dumped = {key: self._model.dump(state) for key, state in changed.items()}
        await self._save(connection, dumped)
        await self._model.write_rows(connection, changed, [one.told_of for one in batch], before)
        for key, state in changed.items():
            self._hot.write(key, state, len(dumped[key]))

    async def _load(self, connection: AsyncConnection[Any], keys: set[str]) -> dict[str, Any]:
        found = {key: self._hot.get(key) for key in keys}
        states = {key: state for key, state in found.items() if state is not None}
        if missing := sorted(keys - states.keys()):
            query = self._sql(_LOAD_STATES)
            cursor = await connection.execute(query, (self._model.name, missing), binary=True)
            states |= {key: self._model.load(unpacked(kept)) for key, kept in await cursor.fetchall()}
        return states

    async def _save(self, connection: AsyncConnection[Any], dumped: Mapping[str, bytes]) -> None:
        if dumped:
            values = (self._model.name, list(dumped), list(map(packed, dumped.values())))
            await connection.execute(self._sql(_SAVE_STATES), values)

    def _sql(self, text: str) -> sql.Composed:
        return sql.SQL(text).format(sql.Identifier(self._schema))
