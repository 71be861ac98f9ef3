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
from huiyin_domain.context import Context, Policy, Principal, Role
from huiyin_domain.decider import fold
from huiyin_domain.refusal import Refusal
from huiyin_domain.supervision.lateness import LATENESS, Lateness
from huiyin_kernel.ids import derived
from huiyin_kernel.patience import is_passing
from huiyin_kernel.rpc.requests import Call
from huiyin_kernel.streams import Change, Loaded, load, to_append
from huiyin_kernel.telemetry import metrics
from huiyin_kernel.timekeeping import Timekeeper
from huiyin_store.port import (
    BOOKKEEPING,
    Append,
    EventStore,
    StoreError,
    VersionConflictError,
)
from huiyin_supervision.case_rows import read_causes
from huiyin_supervision.clock_model import clocks_to_pass, has_work, lateness_to_withdraw
from huiyin_supervision.set_aside import CONSUMER, ClocksAside, Due

log = logging.getLogger(__name__)

BATCH_MAX = 200
READ_MAX = 20
"""Streams read at a time."""
IDLE_SECONDS = 1.0
RECENT_MAX = 10_000
"""Clocks fired lately, which the fold may not have seen yet; firing again would do nothing but cost."""


Failed = tuple[Due, Exception]
Recording = Loaded[Lateness] | BaseException
"""What is known of a case's lateness, or why nothing is."""

_PASSED, _WITHDRAWN = "passed", "withdrawn"


class ClockRefusedError(Exception):
    """The rules refuse to put on the record what the clock says."""


class Ticker:
    """Looks for due clocks again and again.

    What is due is decided on what the case's stream says by then, and appended at the version that was read:
    so neither a crash between append and fold, nor a second ticker, nor a supervisor who decides meanwhile
    makes the log say it twice.
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
        """One round; returns how many events were recorded, or have to be decided again at once.

        A clock that cannot be put on the record is set aside; raises, after all others had their turn, what
        passes by itself. While this machine's clock cannot be believed nothing is recorded: the timekeeper
        says so, and what is due stays due.
        """
        if not await self._has_work() or await self._clock.look():
            return 0
        again = await self._aside.look()
        due, causes = await self._due()
        decided, failed = await self._decided(due, causes)
        results = await self._store.append_many([append for _, append in decided])
        outcomes = [(clock, result) for (clock, _), result in zip(decided, results, strict=True)]
        failed += [(clock, result) for clock, result in outcomes if isinstance(result, StoreError)]
        waiting = await self._set_aside(failed)
        without = {_key(clock) for clock, _ in failed}
        await self._aside.done(letter for key, letter in again.items() if key not in without)
        fired = [clock for clock in due if _key(clock) not in without]
        self._remember(fired)
        _count(fired)
        for error in waiting:
            raise error
        return len(decided)

    async def _has_work(self) -> bool:
        """One question for all: most rounds have nothing to do."""
        if not self._aside.is_known:
            return True
        aside = self._aside.ids(_PASSED), self._aside.ids(_WITHDRAWN)
        async with self._pool.connection() as connection:
            found = await has_work(connection, self._clock.now(), aside, CONSUMER)
        if not found:
            metrics.CLOCK_DUE.set(0)
        return found

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

    async def _decided(
        self, due: Sequence[Due], causes: Mapping[str, tuple[Cause, ...]]
    ) -> tuple[list[tuple[Due, Append]], list[Failed]]:
        records = await self._records(due)
        decided: list[tuple[Due, Append]] = []
        failed: list[Failed] = []
        for one in due:
            record = records[one.case_id]
            try:
                append, records[one.case_id] = self._append(one, record, causes.get(one.case_id, ()))
            except Exception as error:  # whatever it is comes from this clock, and stands in its letter
                failed.append((one, error))
                continue
            decided += [(one, append)] if append is not None else []
        return decided, failed

    async def _records(self, due: Sequence[Due]) -> dict[str, Recording]:
        """What the log says of the lateness of each case by now, or why that cannot be read."""
        case_ids = list(dict.fromkeys(one.case_id for one in due))
        found: list[Recording] = []
        for start in range(0, len(case_ids), READ_MAX):
            names = [f"{LATENESS.category}-{case_id}" for case_id in case_ids[start : start + READ_MAX]]
            loads = (load(self._store, LATENESS, name) for name in names)
            found += await asyncio.gather(*loads, return_exceptions=True)
        for record in found:
            if isinstance(record, BaseException) and (
                is_passing(record) or not isinstance(record, Exception)
            ):
                raise record
        return dict(zip(case_ids, found, strict=True))

    async def _set_aside(self, failed: Sequence[Failed]) -> list[Exception]:
        """Sets aside what would fail again; what would not is to wait.

        Where others wrote to the stream meanwhile, the next round decides again.
        """
        failed = [(one, error) for one, error in failed if not isinstance(error, VersionConflictError)]
        for one, error in failed:
            if not is_passing(error):
                await self._aside.put(_key(one), one, error)
        return [error for _, error in failed if is_passing(error)]

    def _remember(self, due: Sequence[Due]) -> None:
        """What was taken back may have to be said again, and taken back again, when a last day moves back."""
        for one in due:
            self._recent.pop(_opposite(one), None)
            self._recent[_key(one)] = None
        for key in list(self._recent)[:-RECENT_MAX]:
            del self._recent[key]

    def _append(
        self, one: Due, record: Recording, causes: tuple[Cause, ...]
    ) -> tuple[Append | None, Recording]:
        """What is to be appended, if anything, and the record after that."""
        if isinstance(record, BaseException):
            raise record
        call = self._call(one, record, causes)
        context = Context(call.now, call.occurred, self._principal, (), self._policy)
        decision = LATENESS.decide(record.state, one, context)
        if isinstance(decision, Refusal):
            raise ClockRefusedError(f"{decision.reason}: {decision.message}")
        if not decision:
            return None, record
        append = to_append(call, [Change(LATENESS, record, decision)])
        state = fold(LATENESS, record.state, decision)
        return append, Loaded(record.stream, state, record.version + len(decision))

    def _call(self, one: Due, record: Loaded[Lateness], causes: tuple[Cause, ...]) -> Call:
        now = self._clock.now()
        return Call(
            principal=self._principal,
            method="clock",
            scope=BOOKKEEPING,
            request_id=derived("lateness", _key(one), str(record.version)),
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
    return f"{_kind(one)}:{_passing(one)}"


def _opposite(one: Due) -> str:
    return f"{_PASSED if _kind(one) == _WITHDRAWN else _WITHDRAWN}:{_passing(one)}"


def _passing(one: Due) -> str:
    return f"{one.clock_id}@{one.due_time.ToJsonString()}"


def _kind(one: Due) -> str:
    return _WITHDRAWN if isinstance(one, LatenessWithdrawn) else _PASSED
