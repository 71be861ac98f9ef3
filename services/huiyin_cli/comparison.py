"""What `huiyin audit compare` asks of Kafka and the store; imported in cluster mode only."""

from collections.abc import Sequence
from dataclasses import dataclass

from huiyin_audit.compare.report import CompareReporter, TopicReport
from huiyin_audit.compare.run import Published, TopicBrokenError, compare_models_on_kafka
from huiyin_audit.compare.run import compare as compare_topics
from huiyin_audit.findings import PromiseOutcome, Verdict
from huiyin_audit.live_models import READ_MODELS
from huiyin_kafka.connection import client_options
from huiyin_kafka.topics.wanted import participating
from huiyin_kernel.policy import load_policy
from huiyin_kernel.settings import Settings

PROFILE = "service@cli"


@dataclass(frozen=True, slots=True)
class RecordComparison:
    """Topics beside their rows, and promise P10 from Kafka; `unfolded` says why that was not judged."""

    topics: Sequence[TopicReport]
    verdicts: Sequence[Verdict]
    unfolded: str = ""

    @property
    def agrees(self) -> bool:
        """True when nothing differs; what is not relayed yet is no difference."""
        differs = any(topic.finding_count for topic in self.topics)
        return not (
            differs or self.unfolded or any(each.outcome is PromiseOutcome.BROKEN for each in self.verdicts)
        )

    @property
    def is_behind(self) -> bool:
        """True when a live model has not come to the ends of the logs."""
        return any(each.outcome is PromiseOutcome.BEHIND for each in self.verdicts)


async def compared(
    settings: Settings, dsn: str, logs: Sequence[str], reporter: CompareReporter
) -> RecordComparison:
    """Compares everything. Raises KafkaSetupError, UnknownProfileError, KeyFileError or a psycopg error."""
    options = client_options(settings, PROFILE)
    agencies = [unit.code for unit in participating(load_policy().directory, settings.kafka)]
    published = Published(logs, f"timeline@{settings.region}", agencies)
    topics = await compare_topics(dsn, options, published, reporter)
    try:
        return RecordComparison(topics, await compare_models_on_kafka(dsn, options, logs, READ_MODELS))
    except TopicBrokenError as error:
        return RecordComparison(topics, (), str(error))
