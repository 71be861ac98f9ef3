"""An agency's system at work: its cases, its messages, its receipts, and calls."""

import json
from collections.abc import Iterator
from types import TracebackType
from typing import Self, TextIO

from google.protobuf.json_format import MessageToDict
from google.protobuf.message import Message

from huiyin.exchange.v1.types_pb2 import AgencyMessage, AgencyReceipt
from huiyin.timeline.v1.types_pb2 import CaseEvent
from huiyin_client.calls import Calls
from huiyin_client.commands import CommandStream
from huiyin_client.config import Config
from huiyin_client.grpc_link import GrpcLink
from huiyin_client.journal import Journal
from huiyin_client.messages import Link, new_message


class Agency:
    """Opened with a configuration and closed at the end; used by one thread at a time.

    `call` is for everything else: `agency.call.intake.GetPetition(request, timeout=10)`; many
    commands go over one call of `commands`.
    """

    def __init__(self, config: Config) -> None:
        self.config = config
        self.call = Calls(config)
        self._journal = Journal(config.journal)
        self._link = _link(config, self.call)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Gives up connections and journal."""
        self._link.close()
        self.call.close()
        self._journal.close()

    def cases(self, *, follow: bool = True) -> Iterator[CaseEvent]:
        """What happens in the agency's cases: history, then live, causes before effects, over outages.

        Each event comes once, told by (case, number). It counts as seen when the next one is asked for: a
        system that ends in between gets it again. Without `follow` it ends with what there is now.
        """
        name = f"cases over {self._link.name}"
        for entry, place in self._link.cases(self._journal.place(name), follow=follow):
            if entry is not None and self._journal.is_new(entry):
                yield entry
            self._journal.saw(name, place, entry)

    def publish(self, command: Message, officer: str = "", because: CaseEvent | None = None) -> AgencyReceipt:
        """Says that an officer did this, and waits for the one receipt: accepted, or refused with the reason.

        `command` is the request of a command, such as AcceptPetitionRequest; `because` the event that it
        answers, so that after a crash the same answer to the same event is not given twice. Raises
        NoAnswerError when there is no receipt in time; the message then stays in the journal, for
        `publish_waiting`.
        """
        message = new_message(command, officer, because)
        self._journal.put(message)
        return self._published(message)

    def publish_waiting(self) -> list[AgencyReceipt]:
        """Publishes again what has no receipt yet, after a crash or an outage; nothing happens twice."""
        return [self._published(message) for message in self._journal.waiting()]

    def commands(self, service: str) -> CommandStream:
        """Opens a call for many commands of a service, such as intake: in an officer's name with a token."""
        return CommandStream(self.call.commands(service))

    def receipts(self, after: int = 0, *, follow: bool = False) -> Iterator[AgencyReceipt]:
        """The agency's receipts with higher numbers, in order."""
        return self._link.receipts(after, follow=follow)

    def write_receipts(self, file: TextIO) -> int:
        """Writes the proofs that the journal kept, as JSON lines; how many.

        Whoever holds them holds the platform to what it acknowledged (`huiyin audit promises --receipts`).
        """
        kept = self._journal.receipts()
        for receipt in kept:
            fields = MessageToDict(receipt, preserving_proto_field_name=True)
            file.write(json.dumps(fields, ensure_ascii=False) + "\n")
        return len(kept)

    def _published(self, message: AgencyMessage) -> AgencyReceipt:
        receipt = self._link.publish(message, self.config.publish_seconds)
        proof = receipt.receipt if receipt.HasField("receipt") else None
        self._journal.answered(message.message_id, proof)
        return receipt


def _link(config: Config, calls: Calls) -> Link:
    if not config.kafka:
        return GrpcLink(calls)
    from huiyin_client.kafka_link import KafkaLink  # here, because gRPC needs no kafka-python

    return KafkaLink(config)
