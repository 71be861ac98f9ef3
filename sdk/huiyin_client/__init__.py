"""回音 as an agency's system sees it: its own cases, what its officers did, the receipts, and every call.

    with Agency(Config.read("agency.toml")) as agency:
        for entry in agency.cases():            # each event once, from where this system stopped
            ...
        receipt = agency.publish(command, officer="03-0117")

What a system has seen and what it still has to publish is kept in a journal, a file beside it: after a crash
it goes on where it was. Over Kafka or gRPC, as the configuration says; nothing else differs.
"""

from huiyin_client.agency import Agency
from huiyin_client.commands import CommandStream
from huiyin_client.config import Config, ConfigError
from huiyin_client.errors import CallError, MessageIdReusedError, NoAnswerError
from huiyin_client.messages import event_of, is_accepted, new_message, response_of

__all__ = [
    "Agency",
    "CallError",
    "CommandStream",
    "Config",
    "ConfigError",
    "MessageIdReusedError",
    "NoAnswerError",
    "event_of",
    "is_accepted",
    "new_message",
    "response_of",
]
