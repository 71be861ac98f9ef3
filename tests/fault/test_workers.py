"""Stream workers on a real broker: killed, stopped, joined, left, robbed of their tables, they miss no event.

In the end they show what the local runner shows, as if nothing had happened. HUIYIN_WORKER_ROUNDS asks for
more rounds than the few of every day, HUIYIN_WORKER_SEED for others.
"""

import os
import random
import shutil
import signal
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
import rocksdict

from huiyin.dead.v1.types_pb2 import DeadLetter
from huiyin.timeline.v1.types_pb2 import CaseEvent
from huiyin_kafka.topics.names import TIMELINE
from huiyin_kafka.wire import entry_record
from huiyin_kernel.arrived import Place, record_of
from huiyin_launcher.embedded.postgres import EmbeddedPostgres
from huiyin_streams.faust_host import EXIT_STALLED, SESSION_SECONDS
from tests.support.folding import FOLDS, contents
from tests.support.kafka import Brokers, running_brokers
from tests.support.local_folding import fold_all
from tests.support.made_timelines import Timelines
from tests.support.streams_database import streams_database
from tests.support.workers import LOG, Backbone, WorkerProcess, backbone, differences

ROUNDS = int(os.environ.get("HUIYIN_WORKER_ROUNDS", "3"))
SEED = int(os.environ.get("HUIYIN_WORKER_SEED", "1"))
ENDED = (0, -signal.SIGTERM)
"""In good order; or at once, while it was still starting."""
CASES, SPURT = 90, 6
"""Cases in one round, and how many of them are published at once."""

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120 + 60 * ROUNDS)]


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Brokers]:
    """A broker of their own; each test has cases and divisions of its own on it."""
    with running_brokers(tmp_path_factory.mktemp("workers-kafka") / "home", nodes=1) as brokers:
        yield brokers


@pytest.fixture
def place(broker: Brokers, tmp_path: Path) -> Iterator[Backbone]:
    with backbone(broker, tmp_path) as made:
        yield made


class Traffic:
    """Publishes timeline entries in spurts while the workers are disturbed."""

    def __init__(self, place: Backbone, seed: int) -> None:
        self._place, self._random = place, random.Random(seed)
        self._timelines = Timelines(seed, places=[f"{10 + seed % 90}01{county:02}" for county in range(3)])
        self.entries: list[CaseEvent] = []

    def publish(self, cases: int = CASES) -> list[CaseEvent]:
        """So many cases, spurt by spurt."""
        fresh: list[CaseEvent] = []
        for begun in range(0, cases, SPURT):
            spurt = self._timelines.entries(min(SPURT, cases - begun))
            self._place.publish_entries(spurt)
            fresh += spurt
        self.entries += fresh
        return fresh

    @contextmanager
    def meanwhile(self) -> Iterator[None]:
        """Publishes a round's worth while the body runs; whatever it does, all is published in the end."""
        publishing = threading.Thread(target=self.publish)
        publishing.start()
        try:
            yield
        finally:
            publishing.join()

    def pause(self, least: float, most: float) -> None:
        """Lets the workers go on for a while."""
        time.sleep(self._random.uniform(least, most))


def wrong(place: Backbone, entries: Sequence[CaseEvent]) -> list[str]:
    """What is wrong once the workers have handled everything; each finding is one line."""
    place.until_handled()
    return differences(entries, place.displayed(entries), place.copies(entries))


async def test_a_worker_shows_what_the_local_runner_shows(
    place: Backbone, postgres_server: EmbeddedPostgres
) -> None:
    traffic = Traffic(place, SEED)
    traffic.publish()
    place.worker()
    place.until_handled()
    shown = place.displayed(traffic.entries)
    assert differences(traffic.entries, shown, place.copies(traffic.entries)) == []
    async with streams_database(postgres_server.admin_dsn) as database:
        await database.add(traffic.entries)
        await fold_all(database.dsn, FOLDS)
        rows = await database.displayed()
        cases, cells = await database.states("cases"), await database.states("cells")
    assert rows == shown
    assert _letters(place, traffic.entries) == []
    of_workers = place.states("cases")
    assert {key: of_workers[key] for key in cases} == cases
    of_workers = place.states("cells")
    assert {key: contents(of_workers[key]) for key in cells} == {
        key: contents(data) for key, data in cells.items()
    }


def test_a_worker_killed_again_and_again_misses_nothing(place: Backbone) -> None:
    traffic, worker = Traffic(place, SEED + 1), place.worker()
    for _ in range(ROUNDS):
        with traffic.meanwhile():
            traffic.pause(1.0, 6.0)
            worker.kill()
            worker.start()
    assert wrong(place, traffic.entries) == []


def test_a_worker_stopped_in_the_middle_of_its_events_misses_nothing(place: Backbone) -> None:
    traffic, worker = Traffic(place, SEED + 2), place.worker()
    for _ in range(ROUNDS):
        with traffic.meanwhile():
            traffic.pause(2.0, 6.0)
            assert worker.stop() in ENDED
            worker.start()
    assert wrong(place, traffic.entries) == []


def test_a_second_worker_that_joins_and_leaves_costs_nothing(place: Backbone) -> None:
    traffic = Traffic(place, SEED + 3)
    place.worker("worker-1")
    second: WorkerProcess | None = None
    for turn in range(ROUNDS):
        with traffic.meanwhile():
            traffic.pause(0.5, 3.0)
            if second is None:
                second = place.worker("worker-2")
            else:
                second.start()
            traffic.pause(3.0, 8.0)
            if turn % 2:
                second.kill()
            else:
                assert second.stop() in ENDED
    assert wrong(place, traffic.entries) == []


def test_a_worker_that_stands_still_and_wakes_up_does_no_harm(place: Backbone) -> None:
    entries = Timelines(SEED + 8, places=("980101", "980102")).entries(2 * CASES)
    before, later = entries[: len(entries) // 2], entries[len(entries) // 2 :]
    workers = [place.worker("worker-1"), place.worker("worker-2")]
    for worker in workers:
        worker.until_ready()
    place.publish_entries(before)
    sleeper = workers[0].process
    assert sleeper is not None
    sleeper.send_signal(signal.SIGSTOP)
    time.sleep(SESSION_SECONDS + 4)
    sleeper.send_signal(signal.SIGCONT)
    assert sleeper.wait(30) == EXIT_STALLED
    assert "nothing ran for" in workers[0].log_end()
    assert wrong(place, before) == []
    # What it would have written too late would come to light now.
    for worker in workers:
        worker.kill()
        shutil.rmtree(worker.tables)
        worker.start()
    place.publish_entries(later)
    assert wrong(place, entries) == []
    assert _letters(place, entries) == []


def test_a_broker_that_goes_and_comes_costs_nothing(place: Backbone) -> None:
    traffic = Traffic(place, SEED + 9)
    traffic.publish()
    place.worker()
    traffic.pause(3.0, 6.0)
    (node,) = place.brokers.cluster.nodes.values()
    node.kill()
    traffic.pause(1.0, 4.0)
    node.start()
    place.brokers.cluster.wait_ready()
    traffic.publish(SPURT)
    assert wrong(place, traffic.entries) == []


def test_a_worker_that_is_stopped_while_no_broker_answers_ends_in_time_and_costs_nothing(
    place: Backbone,
) -> None:
    traffic, worker = Traffic(place, SEED + 10), place.worker()
    traffic.publish()
    worker.until_ready()
    (node,) = place.brokers.cluster.nodes.values()
    assert node.pid is not None
    os.kill(node.pid, signal.SIGSTOP)
    try:
        begun = time.monotonic()
        assert worker.stop() in ENDED
        assert time.monotonic() - begun < place.settings.limits.drain_seconds + 5.0
    finally:
        os.kill(node.pid, signal.SIGCONT)
    worker.start()
    traffic.publish(SPURT)
    assert wrong(place, traffic.entries) == []


def test_a_worker_whose_tables_are_lost_rebuilds_them(place: Backbone) -> None:
    traffic, worker = Traffic(place, SEED + 4), place.worker()
    traffic.publish()
    place.until_handled()
    worker.kill()
    assert worker.tables.is_dir()
    shutil.rmtree(worker.tables)
    worker.start()
    traffic.publish()
    assert wrong(place, traffic.entries) == []


def test_a_worker_whose_tables_are_ahead_of_kafka_throws_them_away(place: Backbone) -> None:
    traffic, worker = Traffic(place, SEED + 6), place.worker()
    traffic.publish()
    place.until_handled()
    worker.kill()
    _put_ahead(worker.tables)
    worker.start()
    assert worker.process is not None
    assert worker.process.wait(60) == 1
    assert "thrown away" in worker.log_end()
    assert not worker.tables.exists()
    worker.start()
    traffic.publish()
    assert wrong(place, traffic.entries) == []


def _put_ahead(tables: Path) -> None:
    """Makes a table believe that it has read more of its changelog than there is."""
    (path,) = tables.rglob("cells-0.db")
    options = rocksdict.Options(raw_mode=True)
    table = rocksdict.Rdict(str(path), options)
    table[b"__faust\0offset__"] = b"1000000"
    table.close()


def test_what_cannot_be_handled_becomes_a_dead_letter_and_stops_nothing(place: Backbone) -> None:
    traffic = Traffic(place, SEED + 5)
    spoilt = entry_record(TIMELINE, LOG, Timelines(SEED + 99).entries(1)[0])
    place.publish([spoilt._replace(value=b"\xff\xff")])
    traffic.publish(SPURT)
    unknown = Timelines(SEED + 98).entries(1)[0]
    unknown.event.type = "huiyin.intake.v1.NotKnownYet"
    place.publish_entries([unknown])
    traffic.publish(SPURT)
    place.worker()
    assert wrong(place, traffic.entries) == []
    letters = _letters(place, [Timelines(SEED + 99).entries(1)[0], unknown])
    assert len(letters) == 2
    assert {letter.cause.partition(":")[0] for letter in letters} == {
        "UnreadableRecordError",
        "UnknownTypeError",
    }
    assert {letter.record.value for letter in letters} == {
        b"\xff\xff",
        unknown.SerializeToString(deterministic=True),
    }


def test_what_came_too_early_is_kept_until_it_is_put_back_in_its_place(place: Backbone) -> None:
    traffic, others = Traffic(place, SEED + 10), Traffic(place, SEED + 11)
    entries = Timelines(SEED + 97, places=("970101",)).entries(10)
    case_id = next(entry.case_id for entry in entries if entry.number > 2)
    first = next(entry for entry in entries if entry.case_id == case_id)
    place.publish_entries([entry for entry in entries if entry is not first])
    others.publish(SPURT)
    place.worker()
    assert wrong(place, others.entries) == []
    waiting = _letters(place, entries)
    assert {letter.cause.partition(":")[0] for letter in waiting} == {"MissingEntryError"}
    place.publish_entries([first])
    place.publish([record_of(_place_of(letter), letter.record) for letter in waiting])
    traffic.publish(SPURT)
    assert wrong(place, [*traffic.entries, *entries]) == []


def _letters(place: Backbone, entries: Sequence[CaseEvent]) -> list[DeadLetter]:
    """The dead letters about these cases."""
    found = [DeadLetter.FromString(one.value or b"") for one in place.letters()]
    keys = {entry.case_id.encode() for entry in entries}
    return [letter for letter in found if letter.record.key in keys]


def _place_of(letter: DeadLetter) -> Place:
    return Place(letter.place.topic, letter.place.partition, letter.place.offset)


def test_a_worker_does_not_begin_without_its_topics(place: Backbone) -> None:
    with place.brokers.admin() as admin:
        admin.delete_topics(["huiyin-worker-v3-cells-changelog"])
    worker = place.worker()
    assert worker.process is not None
    assert worker.process.wait(60) == 1
    assert "huiyin-worker-v3-cells-changelog" in worker.log_end()
    assert "huiyin topics apply" in worker.log_end()
