"""The W3C trace context as text: 00-<trace id>-<span id>-<flags>, checked before it is believed."""

import re
from dataclasses import dataclass

HEADER = "traceparent"
"""Name of the header in gRPC metadata and on Kafka records."""

_FORM = re.compile(r"00-(?P<trace>[0-9a-f]{32})-(?P<span>[0-9a-f]{16})-(?P<flags>[0-9a-f]{2})")
_SAMPLED = 1


@dataclass(frozen=True, slots=True)
class TraceParent:
    """Where in which trace something belongs."""

    trace_id: str
    span_id: str
    sampled: bool

    def __str__(self) -> str:
        return f"00-{self.trace_id}-{self.span_id}-{int(self.sampled):02x}"


def parsed(text: str) -> TraceParent | None:
    """What a traceparent says; None for one that is missing or wrong, which is as good as none (W3C §3.2)."""
    found = _FORM.fullmatch(text)
    if found is None or not int(found["trace"], 16) or not int(found["span"], 16):
        return None
    return TraceParent(found["trace"], found["span"], bool(int(found["flags"], 16) & _SAMPLED))
