"""Live counters: a case counts where its own view stands, and once."""

from collections import Counter

from huiyin.insight.v1.types_pb2 import CaseCount
from huiyin.intake.v1 import events_pb2 as intake
from huiyin_domain.cases import view as views
from huiyin_domain.streams.output import Sink
from huiyin_kernel.codec import entry_of
from tests.support.folding import Memory
from tests.support.made_timelines import OFFICE, Timelines, identity

CASE, OTHER = identity("counted"), identity("other")


def shown(memory: Memory) -> dict[str, CaseCount]:
    """Counts by case."""
    return {
        key: CaseCount.FromString(value)
        for (sink, key), value in memory.displayed().items()
        if sink == Sink.COUNTERS.value
    }


def test_a_registered_case_counts_with_its_place_channel_and_day() -> None:
    timelines, memory = Timelines(1), Memory()
    registered = timelines.registered(CASE, division="990101", channel="letter")
    memory.take([timelines.entry(CASE, registered)])
    assert shown(memory) == {
        CASE: CaseCount(
            case_id=CASE,
            status="REGISTERED",
            unit=OFFICE,
            division="990101",
            channel="letter",
            registered_date="2026-03-02",
        )
    }


def test_counts_agree_with_the_views_of_the_cases() -> None:
    records = [record for record in Timelines(2).entries(150) if not record.catch_up]
    found = {case_id: views.initial() for case_id in {record.case_id for record in records}}
    for record in records:
        found[record.case_id] = views.evolve(found[record.case_id], entry_of(record).fact)
    wanted = Counter(views.summary(view).status for view in found.values())
    assert Counter(count.status for count in shown(Memory().take(records)).values()) == wanted
    assert len(wanted) > 2


def test_an_event_that_changes_no_count_puts_nothing_out() -> None:
    timelines, memory = Timelines(1), Memory()
    memory.take([timelines.entry(CASE, timelines.registered(CASE))])
    before = len([output for output in memory.outputs if output.sink is Sink.COUNTERS])
    memory.take([timelines.entry(CASE, intake.PetitionRated())])
    assert len([output for output in memory.outputs if output.sink is Sink.COUNTERS]) == before


def test_a_case_of_which_only_another_petitions_link_is_known_does_not_count() -> None:
    timelines, memory = Timelines(1), Memory()
    entry = timelines.entry(CASE, intake.CaseLinked(other_case_id=CASE))
    entry.event.stream = f"petition-{OTHER}"
    memory.take([entry])
    assert shown(memory) == {}
