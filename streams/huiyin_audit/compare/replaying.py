"""Promise P10 from Kafka: what stands there gives the live read models, byte for byte, as the store does."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from typing import Any

from huiyin_audit.compare.rows import Brokers
from huiyin_audit.compare.source import KafkaSource
from huiyin_audit.findings import Finding, Place, Rule
from huiyin_audit.postgres_source import snapshot
from huiyin_audit.replay_logs import Models, compare_with, live_positions
from huiyin_audit.verdict import Verdict, verdict
from huiyin_kafka.topics.names import log_topic

KAFKA_BEHIND = Rule(
    "KAFKA_BEHIND",
    "现有读模型已读到位置 {live}，主题止于 {end}：尚未发布，无从比较",
    "the live model has come to position {live}, the topic ends at {end}: it cannot be told yet",
)


async def compare_models_on_kafka(
    dsn: str,
    options: Mapping[str, Any],
    logs: Sequence[str],
    models: Models,
    topic_of: Mapping[str, str] | None = None,
) -> list[Verdict]:
    """Folds what is on Kafka and compares it with the live models, as far as these had come.

    Raises TopicBrokenError where the records of a log cannot be folded, and KafkaSetupError.
    """
    topics = topic_of or {log: log_topic(log) for log in logs}
    # The snapshot comes first: what live models have folded from Kafka then lies before the topics' ends.
    async with snapshot(dsn) as connection, AsyncExitStack() as stack:
        positions = [
            await live_positions(connection, schema, fold.name) for schema, folds in models for fold in folds
        ]
        sources = [await _source(stack, options, log, topic) for log, topic in topics.items()]
        found = await compare_with(connection, sources, models)
    return [_judged(judged, _behind(sources, live)) for judged, live in zip(found, positions, strict=True)]


async def _source(stack: AsyncExitStack, options: Mapping[str, Any], log: str, topic: str) -> KafkaSource:
    """Each with a client of its own: they are read in turns."""
    return KafkaSource(await stack.enter_async_context(Brokers(options, [topic])), log, topic)


def _behind(sources: Iterable[KafkaSource], positions: Mapping[str, int]) -> list[Finding]:
    return [
        KAFKA_BEHIND.at(Place(source.log, source.last), live=positions[source.log], end=source.last)
        for source in sources
        if positions.get(source.log, 0) > source.last
    ]


def _judged(found: Verdict, behind: Sequence[Finding]) -> Verdict:
    """Nothing can be told of a model that has come further than Kafka."""
    promise = f"{found.promise}, from Kafka"
    if behind:
        return verdict(promise, (), behind)
    return replace(found, promise=promise)
