"""Fires clocks: what passed is put on the record, once, in bounded batches (promise P5)."""

import asyncio
import logging
from collections import Counter
from collections.abc import Mapping, Sequence

from psycopg import OperationalError
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from huiyin.common.v1.types_pb2 import Cause
from huiyin.supervision.v1.events_pb2 import LatenessWithdrawn
from huiyin.supervision.v1.types_pb2 import CLOCK_STATUS_PASSED
from huiyin_domain.context import Context, Policy
from huiyin_domain.principal import Principal, Role
from huiyin_domain.refusal import Refusal
from huiyin_domain.supervision.decider import LATENESS
from huiyin_kernel.ids import derived
from huiyin_kernel.passing import is_passing
from huiyin_kernel.rpc.requests import Call
from huiyin_kernel.store.port import ANY_VERSION, BOOKKEEPING, Append, EventStore, StoreError
from huiyin_kernel.telemetry import metrics
from huiyin_kernel.timekeeping import Timekeeper
from huiyin_kernel.writer import Change, Loaded, to_append
from huiyin_supervision.case_causes import read_causes
from huiyin_supervision.clock_rows import clocks_to_pass, lateness_to_withdraw
from huiyin_supervision.set_aside import ClocksAside, Due

log = logging.getLogger(__name__)

BATCH_MAX = 200
IDLE_SECONDS = 1.0
RECENT_MAX = 10_000
"""Clocks fired lately, which the fold may not have seen yet; firing again would do nothing but cost."""


Failed = tuple[Due, Exception]
_PASSED, _WITHDRAWN = "passed", "withdrawn"


class ClockRefusedError(Exception):
    """The rules refuse to put on the record what the clock says."""


class Ticker:
    """Looks for due clocks again and again.

    The request id follows from the clock, so a crash between append and fold, or a second ticker, repeats
    the looking and never the event.
    """

    def __init__(
        self,
        store: EventStore,
        pool: AsyncConnectionPool,
        policy: Policy,
        time: Timekeeper,
        aside: ClocksAside,
    ) -> None:
        self._store, self._pool, self._policy, self._clock, self._aside = store, pool, policy, time, aside
        self._principal = Principal("supervision", "", frozenset({Role.SERVICE}))
        self._recent: dict[str, None] = {}

    async def run(self) -> None:
        """Fires what is due, for ever, over outages of the database."""
        while True:
            try:
                with metrics.CLOCK_ROUND_SECONDS.time():
                    fired = await self.tick()
            except (OperationalError, PoolTimeout, StoreError) as error:
                log.warning("clocks wait for the database: %s", error)
                fired = 0
            if not fired:
                await asyncio.sleep(IDLE_SECONDS)

    async def tick(self) -> int:
        """One round; returns how many events were recorded.

        A clock that cannot be put on the record is set aside; raises, after all others had their turn, what
        passes by itself. While this machine's clock cannot be believed nothing is recorded: the timekeeper
        says so, and what is due stays due.
        """
        if await self._clock.look():
            return 0
        again = await self._aside.look()
        due, causes = await self._due()
        decided, failed = self._decided(due, causes)
        results = await self._store.append_many([append for _, append in decided])
        failed += [
            (clock, result)
            for (clock, _), result in zip(decided, results, strict=True)
            if isinstance(result, StoreError)
        ]
        waiting = await self._set_aside(failed)
        without = {_key(clock) for clock, _ in failed}
        await self._aside.done(letter for key, letter in again.items() if key not in without)
        fired = [clock for clock in due if _key(clock) not in without]
        self._remember(fired)
        _count(fired)
        for error in waiting:
            raise error
        return len(decided) - len(without)

    async def _due(self) -> tuple[list[Due], Mapping[str, tuple[Cause, ...]]]:
        """What is to be put on the record, what is taken back before what passes, with what it depends on."""
        async with self._pool.connection() as connection:
            aside = self._aside.ids
            withdrawn = await lateness_to_withdraw(connection, aside(_WITHDRAWN), BATCH_MAX)
            most = BATCH_MAX + len(self._recent)
            passed = await clocks_to_pass(connection, self._clock.now(), aside(_PASSED), most)
            found: list[Due] = [*withdrawn, *passed]
            causes = await read_causes(connection, [one.case_id for one in found])
        for clock in passed:
            clock.status = CLOCK_STATUS_PASSED
        due = [one for one in found if _key(one) not in self._recent][:BATCH_MAX]
        metrics.CLOCK_DUE.set(len(due))
        return due, causes

    def _decided(
        self, due: Sequence[Due], causes: Mapping[str, tuple[Cause, ...]]
    ) -> tuple[list[tuple[Due, Append]], list[Failed]]:
        decided: list[tuple[Due, Append]] = []
        failed: list[Failed] = []
        for one in due:
            try:
                append = self._append(one, causes.get(one.case_id, ()))
            except Exception as error:  # whatever it is comes from this clock, and stands in its letter
                failed.append((one, error))
                continue
            decided += [(one, append)] if append is not None else []
        return decided, failed

    async def _set_aside(self, failed: Sequence[Failed]) -> list[Exception]:
        """Sets aside what would fail again; what would not is to wait."""
        for one, error in failed:
            if not is_passing(error):
                await self._aside.put(_key(one), one, error)
        return [error for _, error in failed if is_passing(error)]

    def _remember(self, due: Sequence[Due]) -> None:
        self._recent |= dict.fromkeys(map(_key, due))
        for key in list(self._recent)[:-RECENT_MAX]:
            del self._recent[key]

    def _append(self, one: Due, causes: tuple[Cause, ...]) -> Append | None:
        call = self._call(one, causes)
        state = LATENESS.already_passed(one) if isinstance(one, LatenessWithdrawn) else LATENESS.initial()
        context = Context(call.now, call.occurred, self._principal, (), self._policy)
        decision = LATENESS.decide(state, one, context)
        if isinstance(decision, Refusal):
            raise ClockRefusedError(f"{decision.reason}: {decision.message}")
        loaded = Loaded(f"{LATENESS.category}-{one.case_id}", state, ANY_VERSION)
        return to_append(call, [Change(LATENESS, loaded, decision)]) if decision else None

    def _call(self, one: Due, causes: tuple[Cause, ...]) -> Call:
        now = self._clock.now()
        return Call(
            principal=self._principal,
            method="clock",
            scope=BOOKKEEPING,
            request_id=derived("lateness", _key(one)),
            occurred=now,
            now=now,
            correlation_id="",
            causation_id=one.stop_event_id if isinstance(one, LatenessWithdrawn) else one.start_event_id,
            causes=causes,
            fingerprint=b"",
        )


def _count(due: Sequence[Due]) -> None:
    for kind, count in Counter(map(_kind, due)).items():
        metrics.CLOCK_EVENTS.labels(kind).inc(count)


def _key(one: Due) -> str:
    """A clock passes, and is withdrawn, once for each due time."""
    return f"{_kind(one)}:{one.clock_id}@{one.due_time.ToJsonString()}"


def _kind(one: Due) -> str:
    return _WITHDRAWN if isinstance(one, LatenessWithdrawn) else _PASSED
