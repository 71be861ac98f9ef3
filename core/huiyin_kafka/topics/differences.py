"""How the brokers differ from the catalogue; what would lose records or their order is left to a person."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from huiyin_kafka.topics.grants import GROUP, TOPIC, TRANSACTIONAL_ID, Grant
from huiyin_kafka.topics.names import OUR_GROUPS, OUR_TOPICS, OUR_TRANSACTIONS
from huiyin_kafka.topics.wanted import Wanted, WantedTopic
from huiyin_kernel.identity.development import KAFKA_SUPER_USERS


@dataclass(frozen=True, slots=True)
class FoundTopic:
    """A topic as it is. `configs`: what was set for it alone; `effective`: what holds, defaults included."""

    name: str
    partitions: int
    replication: int
    configs: Mapping[str, str]
    effective: Mapping[str, str]


class DifferenceKind(StrEnum):
    """What differs."""

    TOPIC_MISSING = "topic_missing"
    PARTITIONS = "partitions"
    REPLICAS = "replicas"
    CONFIG = "config"
    GRANT_MISSING = "grant_missing"
    GRANT_EXTRA = "grant_extra"
    GRANT_OF_OTHERS = "grant_of_others"


@dataclass(frozen=True, slots=True)
class Create:
    """A topic is to be made."""

    topic: WantedTopic


@dataclass(frozen=True, slots=True)
class Grow:
    """A topic is to have more partitions."""

    partitions: int


@dataclass(frozen=True, slots=True)
class Configure:
    """A topic's setting is to have a value; None: the brokers' default."""

    key: str
    value: str | None


@dataclass(frozen=True, slots=True)
class AddGrant:
    """A right is to be given."""

    grant: Grant


@dataclass(frozen=True, slots=True)
class RemoveGrant:
    """A right is to be taken away."""

    grant: Grant


TopicChange = Create | Grow | Configure | AddGrant | RemoveGrant


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference, about a topic or a principal. Without a change a person has to decide: `zh` and `en`
    say why."""

    kind: DifferenceKind
    subject: str
    zh: str
    en: str
    change: TopicChange | None

    @property
    def is_refused(self) -> bool:
        """Whether the brokers are left as they are."""
        return self.change is None

    def __str__(self) -> str:
        return f"{self.subject}: {self.zh} · {self.en}"


POLICY, LIMITS = "cleanup.policy", ("retention.ms", "retention.bytes")
"""By the policy, and beyond the limits, brokers delete records."""
NO_LIMIT = -1
IN_SYNC = "min.insync.replicas"


def missing(topic: WantedTopic) -> Difference:
    """The topic is not there."""
    zh = f"没有此主题，应有 {topic.partitions} 个分区、{topic.replication} 个副本"
    en = f"is missing; it ought to have {topic.partitions} partitions, {topic.replication} replicas"
    return Difference(DifferenceKind.TOPIC_MISSING, topic.name, zh, en, Create(topic))


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
    change: TopicChange | None = Grow(topic.partitions)
    if topic.partitions < there.partitions or (has_records and topic.is_keyed):
        later = topic.name.replace(".v1.", ".v2.")
        zh += f"；改分区会丢失记录或打乱同一键的次序，请在目录中另立新一代主题，如 {later}"
        en += (
            "; records or the order of each key would be lost:"
            f" enter a new generation in the catalogue, such as {later}"
        )
        change = None
    return Difference(DifferenceKind.PARTITIONS, topic.name, zh, en, change)


def _replicas(topic: WantedTopic, there: FoundTopic) -> Difference:
    zh = f"有 {there.replication} 个副本，应有 {topic.replication} 个；请用 Kafka 的分区重分配工具"
    en = (
        f"has {there.replication} replicas and ought to have {topic.replication}:"
        " copies move slowly, use Kafka's tool for reassigning partitions"
    )
    return Difference(DifferenceKind.REPLICAS, topic.name, zh, en, None)


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
    return Difference(DifferenceKind.CONFIG, topic.name, zh, en, None if refusal else Configure(key, value))


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


OURS = {TOPIC: OUR_TOPICS, GROUP: OUR_GROUPS, TRANSACTIONAL_ID: OUR_TRANSACTIONS}
ANYTHING = "*"


def grant_differences(wanted: Wanted, found: frozenset[Grant]) -> Iterator[Difference]:
    """Every rule that is missing or too many. Rules of other systems on the same brokers are not touched."""
    for grant in sorted(wanted.grants - found):
        zh, en = "缺少授权", "the right is missing"
        yield Difference(DifferenceKind.GRANT_MISSING, str(grant), zh, en, AddGrant(grant))
    for grant in sorted(found - wanted.grants):
        if grant.principal in wanted.principals or _is_within(grant):
            zh, en = "多余授权，应撤销", "the right is not in the catalogue and ought to be removed"
            yield Difference(DifferenceKind.GRANT_EXTRA, str(grant), zh, en, RemoveGrant(grant))
        elif _reaches_in(grant) and grant.principal not in KAFKA_SUPER_USERS:
            zh = "其他系统的授权涉及本平台的名称，须由人处理"
            en = "another system's right reaches into this platform's names: a person has to decide"
            yield Difference(DifferenceKind.GRANT_OF_OTHERS, str(grant), zh, en, None)


def _is_within(grant: Grant) -> bool:
    """Whether the rule is about our names only."""
    return grant.name.startswith(OURS.get(grant.resource, ()))


def _reaches_in(grant: Grant) -> bool:
    """Whether the rule is about everything, or about the beginning of names, so that ours are among them."""
    ours = OURS.get(grant.resource, ())
    return bool(ours) and (
        grant.name == ANYTHING or (grant.prefixed and any(name.startswith(grant.name) for name in ours))
    )
