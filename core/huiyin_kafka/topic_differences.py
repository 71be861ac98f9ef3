"""How a topic differs from what it ought to be; what would lose records or their order is not changed."""

from collections.abc import Iterator, Mapping

from huiyin_kafka.difference import Change, Configure, Create, Difference, Grow, Kind
from huiyin_kafka.found import FoundTopic
from huiyin_kafka.wanted import WantedTopic

POLICY, LIMITS = "cleanup.policy", ("retention.ms", "retention.bytes")
"""By the policy, and beyond the limits, brokers delete records."""
NO_LIMIT = -1
IN_SYNC = "min.insync.replicas"


def missing(topic: WantedTopic) -> Difference:
    """The topic is not there."""
    zh = f"没有此主题，应有 {topic.partitions} 个分区、{topic.replication} 个副本"
    en = f"is missing; it ought to have {topic.partitions} partitions, {topic.replication} replicas"
    return Difference(Kind.TOPIC_MISSING, topic.name, zh, en, Create(topic))


def depends_on_records(topic: WantedTopic, there: FoundTopic) -> bool:
    """Whether it matters that the topic may have records."""
    return topic.partitions > there.partitions or _would_delete(topic.configs, there.effective)


def topic_differences(topic: WantedTopic, there: FoundTopic, has_records: bool) -> Iterator[Difference]:
    """Every difference of a topic that is there."""
    if topic.partitions != there.partitions:
        yield _partitions(topic, there, has_records)
    if topic.replication != there.replication:
        yield _replicas(topic, there)
    refusals = _refusals(topic, there, has_records)
    for key in sorted({*topic.configs, *there.configs}):
        if topic.configs.get(key) != there.configs.get(key):
            yield _config(topic, there, key, refusals.get(key))


def _partitions(topic: WantedTopic, there: FoundTopic, has_records: bool) -> Difference:
    zh = f"有 {there.partitions} 个分区，应有 {topic.partitions} 个"
    en = f"has {there.partitions} partitions and ought to have {topic.partitions}"
    change: Change | None = Grow(topic.partitions)
    if topic.partitions < there.partitions or (has_records and topic.is_keyed):
        later = topic.name.replace(".v1.", ".v2.")
        zh += f"；改分区会丢失记录或打乱同一键的次序，请在目录中另立新一代主题，如 {later}"
        en += (
            "; records or the order of each key would be lost:"
            f" enter a new generation in the catalogue, such as {later}"
        )
        change = None
    return Difference(Kind.PARTITIONS, topic.name, zh, en, change)


def _replicas(topic: WantedTopic, there: FoundTopic) -> Difference:
    zh = f"有 {there.replication} 个副本，应有 {topic.replication} 个；请用 Kafka 的分区重分配工具"
    en = (
        f"has {there.replication} replicas and ought to have {topic.replication}:"
        " copies move slowly, use Kafka's tool for reassigning partitions"
    )
    return Difference(Kind.REPLICAS, topic.name, zh, en, None)


def _refusals(topic: WantedTopic, there: FoundTopic, has_records: bool) -> dict[str, tuple[str, str]]:
    """Settings that stay as they are, with the reason in both languages."""
    refusals: dict[str, tuple[str, str]] = {}
    if has_records and _would_delete(topic.configs, there.effective):
        zh = "这会删除已有记录，请另立新一代主题，或由人手工更改"
        en = "records would be deleted: enter a new generation, or change it by hand"
        refusals |= dict.fromkeys((POLICY, *LIMITS), (zh, en))
    if topic.replication > there.replication:
        zh = "须先增加副本，否则写入会被拒绝"
        en = "first the replicas: the brokers would refuse every write"
        refusals[IN_SYNC] = (zh, en)
    return refusals


def _config(topic: WantedTopic, there: FoundTopic, key: str, refusal: tuple[str, str] | None) -> Difference:
    value, found = topic.configs.get(key), there.configs.get(key)
    zh = f"{key} 现为 {found or '默认'}，应为 {value or '默认'}"
    en = f"{key} is {found or 'the default'} and ought to be {value or 'the default'}"
    if refusal:
        zh, en = f"{zh}；{refusal[0]}", f"{en}; {refusal[1]}"
    return Difference(Kind.CONFIG, topic.name, zh, en, None if refusal else Configure(key, value))


def _would_delete(wanted: Mapping[str, str], there: Mapping[str, str]) -> bool:
    """Whether brokers keep less than now: they compact, or a limit is lower."""
    begins = _policies(wanted) - _policies(there)
    if "compact" in begins:
        return True
    lower = any(_limit(wanted, key) < _limit(there, key) for key in LIMITS)
    return "delete" in _policies(wanted) and (lower or ("delete" in begins and _is_limited(wanted)))


def _policies(configs: Mapping[str, str]) -> set[str]:
    return set(configs.get(POLICY, "delete").split(","))


def _is_limited(configs: Mapping[str, str]) -> bool:
    return any(_limit(configs, key) != float("inf") for key in LIMITS)


def _limit(configs: Mapping[str, str], key: str) -> float:
    value = float(configs.get(key, NO_LIMIT))
    return float("inf") if value < 0 else value
