"""Every metric of the platform, named once, in one registry; docs/telemetry.md lists the same.

On a hot path keep the child that `labels()` gives (finding it costs more than counting), count by batch where
there is one, and prefer a gauge that is asked when somebody looks (`set_function`) to one that is set. Values
of labels are names of logs, methods, reasons and the like: few, known beforehand, never a person's.
"""

from dataclasses import dataclass

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, disable_created_metrics
from prometheus_client.gc_collector import GCCollector
from prometheus_client.platform_collector import PlatformCollector
from prometheus_client.process_collector import ProcessCollector

PREFIX = "huiyin_"

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
COUNTS = (1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1000.0)

REGISTRY = CollectorRegistry(auto_describe=True)
"""All metrics of this process; /metrics shows them."""

disable_created_metrics()  # type: ignore[no-untyped-call] # when a counter began is nobody's question
ProcessCollector(registry=REGISTRY)
PlatformCollector(registry=REGISTRY)
GCCollector(registry=REGISTRY)


@dataclass(frozen=True, slots=True)
class Family:
    """A metric as docs/telemetry.md lists it."""

    name: str
    kind: str
    labels: tuple[str, ...]
    sentence: str


CATALOGUE: list[Family] = []
"""Every metric that was made, in order."""


def counter(name: str, sentence: str, *labels: str) -> Counter:
    """What only grows."""
    CATALOGUE.append(Family(f"{PREFIX}{name}_total", "counter", labels, sentence))
    return Counter(PREFIX + name, sentence, labels, registry=REGISTRY)


def gauge(name: str, sentence: str, *labels: str) -> Gauge:
    """What goes up and down."""
    CATALOGUE.append(Family(PREFIX + name, "gauge", labels, sentence))
    return Gauge(PREFIX + name, sentence, labels, registry=REGISTRY)


def seconds(name: str, sentence: str, *labels: str) -> Histogram:
    """How long something took."""
    CATALOGUE.append(Family(PREFIX + name, "histogram", labels, sentence))
    return Histogram(PREFIX + name, sentence, labels, registry=REGISTRY, buckets=SECONDS)


def sizes(name: str, sentence: str, *labels: str) -> Histogram:
    """How many things went together."""
    CATALOGUE.append(Family(PREFIX + name, "histogram", labels, sentence))
    return Histogram(PREFIX + name, sentence, labels, registry=REGISTRY, buckets=COUNTS)


# The process
PROCESS_INFO = gauge("process_info", "Always 1; says which process this is.", "process", "version")
LOG_LINES = counter("log_lines", "Lines logged, by level.", "level")
SPANS_DROPPED = counter("spans_dropped", "Spans that could not be written or sent.", "exporter")

# Calls over gRPC
RPC_SECONDS = seconds("rpc_seconds", "Time from a call's arrival to its answer.", "method", "code")
RPC_UNDER_WAY = gauge("rpc_under_way", "Calls and subscriptions under way.", "kind")
REFUSALS = counter("refusals", "Calls refused, by reason.", "reason")

# The event store
APPENDS = counter("appends", "Appends answered, by what became of them.", "log", "outcome")
APPEND_QUEUE = gauge("append_queue", "Appends that wait to be written.", "log")
APPEND_BATCH = sizes("append_batch_appends", "Appends written together in one transaction.", "log")
APPEND_SECONDS = seconds("append_seconds", "Time from sending a batch of appends to its durability.", "log")
LOG_POSITION = gauge("log_position", "Last durable position that this process knows of.", "log")
STORE_RETRIES = counter("store_retries", "Calls to the database that were made again.", "schema")
VERSION_CONFLICTS = counter("version_conflicts", "Decisions made again: the stream had grown.", "caller")

# Feeds and subscriptions
SUBSCRIPTIONS = gauge("subscriptions", "Subscriptions open.", "source")
SUBSCRIPTION_ITEMS = counter("subscription_items", "Events and entries sent to subscribers.", "source")
FEED_RETRIES = counter("feed_retries", "Times a feed was lost and asked for again.", "log")

# Whoever reads a log: inboxes, folds, timeline, relay
CONSUMER_POSITION = gauge("consumer_position", "Done up to this position.", "consumer", "log")
CONSUMER_HEARD = gauge("consumer_heard_position", "Heard of up to this position.", "consumer", "log")
CONSUMER_LAG_SECONDS = gauge(
    "consumer_lag_seconds",
    "Age of the oldest event that was heard of and is not done; 0 when all is.",
    "consumer",
    "log",
)
CONSUMER_SILENCE_SECONDS = gauge(
    "consumer_silence_seconds",
    "Time since the source gave an event or a sign of life.",
    "consumer",
    "log",
)

# Inboxes
INBOX_SECONDS = seconds("inbox_seconds", "Time that a reaction took, retries included.", "consumer", "log")
INBOX_RETRIES = counter("inbox_retries", "Reactions that failed and were tried again.", "consumer", "log")
DEAD_LETTERS = counter("dead_letters", "Events and messages given up and kept aside.", "consumer", "log")
DEAD_LETTERS_REDRIVEN = counter("dead_letters_redriven", "Dead letters taken up again.", "consumer", "log")

# Folds in PostgreSQL
FOLD_BATCH = sizes("fold_batch_events", "Events folded in one transaction.", "fold")
FOLD_SECONDS = seconds("fold_seconds", "Time that a transaction of a fold took.", "fold")
FOLD_QUEUE = gauge("fold_queue", "Events read and not yet folded.", "fold")
FOLD_RESTARTS = counter("fold_restarts", "Times a fold found its cursor moved, and read on from it.", "fold")
FOLD_RETRIES = counter("fold_retries", "Times a fold waited for the database.", "fold")
FOLD_ASIDE = gauge("fold_aside_cases", "Cases that a fold could not take an event of, set aside.", "fold")

# The relay to Kafka; a source is a log, the timeline or the receipts
RELAY_PUBLISHED = counter("relay_published", "Records that Kafka acknowledged.", "source")
RELAY_SECONDS = seconds("relay_seconds", "Time from sending a batch to its last acknowledgement.", "source")
RELAY_IN_FLIGHT = gauge("relay_in_flight", "Records sent and not yet acknowledged.", "source")
RELAY_REPEATS = counter("relay_repeats", "Records sent again after a failure.", "source")
RELAY_REJECTED = counter("relay_rejected", "Records that Kafka would not take, put aside.", "source")
RELAY_REBUILDS = counter("relay_rebuilds", "Producers given up and replaced.", "source")
RELAY_LEASE_EPOCH = gauge("relay_lease_epoch", "Epoch of the lease, while this process holds it.", "source")
RELAY_ACTIVE = gauge("relay_active", "1 while this process holds the lease of the source.", "source")

# Reading logs from Kafka
READER_RECORDS = counter("reader_records", "Records read from Kafka.", "consumer", "log")
READER_REPEATS = counter("reader_repeats", "Records dropped: their position was seen.", "consumer", "log")
READER_BUFFERED = gauge("reader_buffered", "Records that wait for an earlier position.", "consumer", "log")
READER_GAPS = counter("reader_gaps", "Times a wanted position was not the next to come.", "consumer", "log")
READER_REWINDS = counter("reader_rewinds", "Times reading began again at the beginning.", "consumer", "log")
READER_RETRIES = counter("reader_retries", "Times Kafka failed a reader, which went on.", "consumer", "log")
READER_UNREADABLE = counter("reader_unreadable", "Records that were none of the log's.", "consumer", "log")
READER_FROM_ORIGIN = counter(
    "reader_from_origin",
    "Events that Kafka lacked and the service's feed gave.",
    "consumer",
    "log",
)

# The timeline of cases
TIMELINE_SEQUENCE = gauge("timeline_sequence", "Last place in the timeline.")
TIMELINE_ENTRIES = counter("timeline_entries", "Entries made: new ones, and sent again.", "kind")
TIMELINE_HELD = gauge("timeline_held", "Events that wait for a cause.")
TIMELINE_HELD_SECONDS = gauge("timeline_held_seconds", "How long the one that waits longest has.")
TIMELINE_ASIDE = gauge("timeline_aside", "Events that it could not take, and those that come after them.")
TIMELINE_ALARM = gauge("timeline_alarm", "1 while one waits longer than the alarm allows.")
TIMELINE_MISSING_CAUSES = counter("timeline_missing_causes", "Causes found not to exist, not waited for.")

# The agency inbox; a channel is kafka or grpc
EXCHANGE_MESSAGES = counter("exchange_messages", "Messages of agencies read.", "channel")
EXCHANGE_IN_FLIGHT = gauge("exchange_in_flight", "Messages read and not yet answered.", "channel")
EXCHANGE_WAITING = gauge("exchange_waiting", "Messages on an agency's topic not yet read.", "agency")
EXCHANGE_RECEIPTS = counter("exchange_receipts", "Receipts given, by status.", "status")
EXCHANGE_SECONDS = seconds("exchange_seconds", "Time from reading a message to its receipt.", "channel")
EXCHANGE_RETRIES = counter("exchange_retries", "Messages tried again: a service did not answer.", "channel")

# Stream workers
WORKER_HANDLED = counter("worker_handled", "Entries handled.", "worker")
WORKER_OUTPUTS = counter("worker_outputs", "Records and rows put out.", "worker")
WORKER_SECONDS = seconds("worker_seconds", "Time that entries handled together took.", "worker")
WORKER_DEAD = counter("worker_dead", "Entries given up and kept aside as dead letters.", "worker")
WORKER_RETRIES = counter("worker_retries", "Entries that failed and were tried again.", "worker")
WORKER_WATCHDOG = counter("worker_watchdog", "Times the watchdog found a worker standing still.", "worker")
WORKER_LAG = gauge("worker_lag", "Records on a topic not yet handled.", "worker", "topic")

# Clocks of the law
CLOCK_EVENTS = counter("clock_events", "Clocks put on the record: passed or withdrawn.", "kind")
CLOCK_ROUND_SECONDS = seconds("clock_round_seconds", "Time that a round of looking for due clocks took.")
CLOCK_DUE = gauge("clock_due", "Clocks that the last round found due and not yet on the record.")
CLOCK_ASIDE = gauge("clock_aside", "Clocks that cannot be put on the record and are set aside.")

# The machine's clock
MACHINE_CLOCK_AHEAD = gauge(
    "machine_clock_ahead_seconds",
    "How far this machine's clock is ahead of another one, or behind: database, log, reference.",
    "against",
)
MACHINE_CLOCK_DOUBTED = gauge(
    "machine_clock_doubted", "1 while it differs by more than the bound: no lateness is recorded."
)
MACHINE_CLOCK_UNANSWERED = counter("machine_clock_unanswered", "Times that the time server gave no time.")

# The vault
VAULT_SEALED = counter("vault_sealed", "Fields sealed.")
VAULT_OPENED = counter("vault_opened", "Fields opened, or found destroyed.", "outcome")
VAULT_KEYS_MADE = counter("vault_keys_made", "Keys made for persons and cases.")
VAULT_KEYS_CACHED = gauge("vault_keys_cached", "Unwrapped keys in memory.")
