"""What workers put out, as records: CloudEvents that are read back exactly, tombstones included."""

from datetime import UTC, datetime

import pytest

from huiyin.insight.v1.types_pb2 import ClockWarning
from huiyin_domain.streams.output import Output, Sink
from huiyin_kafka.record import UnreadableRecordError
from huiyin_kafka.wire import SENT_NOW, Origin, output_record, read_output
from tests.support.cloudevents import faults

ORIGIN = Origin("case/3", datetime(2026, 3, 2, 1, 0, tzinfo=UTC), "00-" + "1" * 32 + "-" + "2" * 16 + "-01")
VALUE = ClockWarning(case_id="case").SerializeToString()


@pytest.mark.parametrize("value", [VALUE, None])
@pytest.mark.parametrize("sink", list(Sink))
def test_an_output_is_read_back_as_it_was(sink: Sink, value: bytes | None) -> None:
    output = Output(sink, "the key", value, 3)
    record = output_record("worker@v1", output, ORIGIN)
    assert (record.key, record.value, record.timestamp_ms) == (b"the key", value, SENT_NOW)
    assert read_output(record) == output
    assert faults(record.headers) == []


def test_an_output_sent_again_is_the_same_record() -> None:
    output = Output(Sink.WARNINGS, "case", VALUE, 3)
    assert output_record("worker@v1", output, ORIGIN) == output_record("worker@v1", output, ORIGIN)


def test_the_trace_goes_along() -> None:
    record = output_record("worker@v1", Output(Sink.WARNINGS, "case", VALUE, 3), ORIGIN)
    assert dict(record.headers)["traceparent"].decode() == ORIGIN.trace_parent


def test_a_record_of_another_type_or_without_number_is_refused() -> None:
    record = output_record("worker@v1", Output(Sink.WARNINGS, "case", VALUE, 3), ORIGIN)
    spoilt = [(("ce_type", b"huiyin.x"), "ce_type is not"), (("ce_number", b"x"), "ce_number is not")]
    for header, message in spoilt:
        headers = tuple(header if name == header[0] else (name, value) for name, value in record.headers)
        with pytest.raises(UnreadableRecordError, match=message):
            read_output(record._replace(headers=headers))
