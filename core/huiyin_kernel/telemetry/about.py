"""What a log line or a span is about."""

from huiyin.event.v1.event_pb2 import Event


def about(envelope: Event) -> dict[str, str | int]:
    """Which event, for `extra` of a log line and attributes of a span."""
    return {
        "event_id": envelope.event_id,
        "log": envelope.log,
        "position": envelope.position,
        "stream": envelope.stream,
        "type": envelope.type,
    }
