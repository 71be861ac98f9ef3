"""What a command answers beside its receipt is mapped, field by field, to what was written."""

from collections.abc import Iterator

import pytest

from huiyin.intake.v1 import events_pb2 as events
from huiyin_intake import table as intake
from huiyin_judicial import methods as judicial
from huiyin_kernel.commands import Command
from huiyin_reception import methods as reception
from huiyin_supervision import methods as supervision

TABLES = {
    **intake.COMMANDS,
    **{f"judicial {name}": command for name, command in judicial.COMMANDS.items()},
    **reception.COMMANDS,
    **reception.ON_CASES,
    "ConveneMeeting": reception.CONVENE,
    "ReceiveVisit": reception.VISITS,
    "ResumeMeeting": reception.RESUME,
    **supervision.COMMANDS,
    **supervision.ON_LATENESS,
    "IssueOrder": supervision.ISSUE,
    "ApplyPolicy": supervision.APPLY,
}


def faults(command: Command) -> Iterator[str]:
    """Fields without a source, and sources that do not fit their fields."""
    fields = {
        name: one for name, one in command.response.DESCRIPTOR.fields_by_name.items() if name != "receipt"
    }
    yield from fields.keys() ^ command.answers.keys()
    for name in fields.keys() & command.answers.keys():
        for kind, source in command.answers[name]:
            found = kind.DESCRIPTOR.fields_by_name.get(source)
            if found is None or (found.type, found.is_repeated) != (
                fields[name].type,
                fields[name].is_repeated,
            ):
                yield f"{name} from {kind.DESCRIPTOR.name}.{source}"


@pytest.mark.parametrize("name", TABLES)
def test_every_field_of_a_response_has_a_source_that_fits(name: str) -> None:
    assert not [*faults(TABLES[name])]


def test_a_field_without_a_source_and_a_source_that_does_not_fit_are_found() -> None:
    handed = TABLES["HandOverPetition"]
    without = Command(handed.request, handed.response, handed.decider, handed.key)
    assert [*faults(without)] == ["handover_id"]
    for source in ("no_such_field", "epoch"):
        wrong = {"handover_id": [(events.ResponsibilityMoved, source)]}
        told = Command(handed.request, handed.response, handed.decider, handed.key, wrong)
        assert [*faults(told)] == [f"handover_id from ResponsibilityMoved.{source}"]
