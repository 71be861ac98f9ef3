"""Dead letters that no service keeps, but only the topic of letters: those of relays and stream workers."""

import asyncio
from collections.abc import Collection
from typing import Any, Literal, NamedTuple, get_args

from huiyin.dead.v1.types_pb2 import KeptLetter
from huiyin.feed.v1.service_pb2 import SubscribeRequest
from huiyin_cli.client import open_client
from huiyin_cli.cluster_settings import cluster_settings
from huiyin_cli.output import fail, message_dict
from huiyin_kernel.clock import SystemClock
from huiyin_kernel.codec import from_envelope
from huiyin_kernel.facts import context_of
from huiyin_kernel.settings import ServiceName

Kafka = Literal["kafka"]
KAFKA: Kafka = "kafka"
RELAY = "relay"
PROFILE = "service@cli"


class Found(NamedTuple):
    """A letter, and who keeps it."""

    keeper: ServiceName | Kafka
    kept: KeptLetter

    def document(self) -> Any:
        """As machines read it."""
        return {"kept_by": self.keeper, **message_dict(self.kept)}


async def found_on_kafka(known: Collection[str]) -> list[Found]:
    """Letters on the topic but for these; none without brokers."""
    settings = cluster_settings()
    if not settings.is_cluster:
        return []
    # Imported here: the embedded default runs without kafka-python.
    from huiyin_kafka.connection import KafkaSetupError, client_options
    from huiyin_kafka.letters import letters_on_kafka

    try:
        kept = await asyncio.to_thread(letters_on_kafka, client_options(settings, PROFILE))
    except KafkaSetupError as error:
        fail(str(error))
    return [Found(KAFKA, each) for each in kept if each.letter.letter_id not in known]


async def put_back(found: Found) -> Found:
    """Puts the message on its topic again, and says how the letter stands now."""
    from huiyin_kafka.connection import client_options
    from huiyin_kafka.letters import message_of
    from huiyin_kafka.letters import put_back as publish
    from huiyin_kafka.publish import PublishError

    letter = found.kept.letter
    message = await _rejected(found) if letter.consumer == RELAY else message_of(letter)
    if message is None:
        fail("LETTER_IS_A_NOTE: 死信未保存原文 · the letter is a note and does not hold the message")
    try:
        options = client_options(cluster_settings(), PROFILE)
        await publish(options, letter, message, SystemClock().now())
    except PublishError as error:
        fail(f"Kafka 仍然拒绝 · the brokers still do not take it: {error}")
    (now,) = [each for each in await found_on_kafka(()) if each.kept.letter.letter_id == letter.letter_id]
    return now


async def _rejected(found: Found) -> Any:
    """The record of an event that the brokers would not take, from the log itself."""
    from huiyin_kafka.wire import event_record

    letter, context = found.kept.letter, context_of(found.kept.letter.log)
    if context not in get_args(ServiceName) or not letter.position:
        return None
    request = SubscribeRequest(after_position=letter.position - 1, until_caught_up=True)
    async with open_client(PROFILE) as client:  # whole logs are for the platform itself
        async for item in client.feed(context).Subscribe(request):  # type: ignore[arg-type] # checked
            if item.HasField("event") and item.event.position == letter.position:
                return event_record(letter.place.topic, letter.log, from_envelope(item.event))
    return None
