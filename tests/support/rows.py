"""What is displayed, as the tables hold it."""

from huiyin.insight.v1.types_pb2 import CaseCount
from huiyin_domain.streams.output import Sink
from tests.support.folding import Displayed


def as_rows(displayed: Displayed) -> Displayed:
    """The same, with the columns that are added up in the place of each count."""
    counts = {
        place: CaseCount.FromString(value)
        for place, value in displayed.items()
        if place[0] == Sink.COUNTERS.value
    }
    shown = {place: f"{one.status} {one.unit} {one.division}".encode() for place, one in counts.items()}
    return {**displayed, **shown}
