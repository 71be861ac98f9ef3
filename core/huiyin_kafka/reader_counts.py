"""What is counted of a log that is read from Kafka, under the names of docs/telemetry.md."""

from collections.abc import Callable

from huiyin_kernel.telemetry import metrics


class ReaderCounts:
    """The metrics of one reader; the consumer's group is its name."""

    def __init__(self, consumer: str, log: str, waiting: Callable[[], int]) -> None:
        self.records = metrics.READER_RECORDS.labels(consumer, log)
        self.repeats = metrics.READER_REPEATS.labels(consumer, log)
        self.gaps = metrics.READER_GAPS.labels(consumer, log)
        self.rewinds = metrics.READER_REWINDS.labels(consumer, log)
        self.retries = metrics.READER_RETRIES.labels(consumer, log)
        self.unreadable = metrics.READER_UNREADABLE.labels(consumer, log)
        self.from_origin = metrics.READER_FROM_ORIGIN.labels(consumer, log)
        metrics.READER_BUFFERED.labels(consumer, log).set_function(waiting)
