"""The catalogue of topics (topics.yaml), read strictly: an error names the file, the topic and what to do."""

from collections import Counter
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import Field, ValidationError, model_validator

from huiyin_kafka.connection import KafkaSetupError
from huiyin_kernel.identity.development import KAFKA_SUPER_USERS, SERVICES
from huiyin_kernel.policy import DATA_DIR
from huiyin_kernel.policy_tables import ENTRIES_SHOWN_MAX, PolicyError, PolicyPart, read_text

CATALOGUE = DATA_DIR / "topics.yaml"
AGENCY, OPERATORS = "{agency}", "{operators}"
"""In a name: an organisation code. In writers and readers: that agency; the agencies that run that centre."""
PROCESSES = frozenset(SERVICES) - frozenset(KAFKA_SUPER_USERS)
"""Principals of the platform's processes."""

Name = Annotated[str, Field(pattern=r"^huiyin[.-][a-z0-9._-]{1,180}(\{agency\})?$")]
MessageName = Annotated[str, Field(pattern=r"^huiyin(\.[a-z0-9_]+)+\.([A-Z][A-Za-z0-9]+|\*)$")]
Sentence = Annotated[str, Field(min_length=4)]


class BilingualText(PolicyPart):
    """The same in two languages."""

    zh: Sentence
    en: Sentence


class TopicEntry(PolicyPart):
    """A topic; or, with {agency} at the end of its name, one for each agency."""

    name: Name
    zh: Sentence
    en: Sentence
    key: BilingualText | None = None
    """What the records are keyed by; without a key their order means nothing."""
    messages: list[MessageName]
    """Protobuf names of the values; package.* is every event of a package; empty: records as they came."""
    partitions: Annotated[int, Field(ge=1, le=1000)]
    cleanup: Literal["delete", "compact"]
    """compact keeps the newest record of each key."""
    retention: Annotated[str, Field(pattern=r"^(forever|[1-9]\d{0,4} days)$")] | None = None
    erased: bool = False
    """Its readers delete each record that they have handled: it may say in clear what is sealed elsewhere."""
    message_bytes_max: Annotated[int, Field(ge=1024, le=67_108_864)]
    writers: Annotated[list[str], Field(min_length=1)]
    readers: list[str]
    """Nobody: only the super users."""
    transactional_ids: Annotated[str, Field(pattern=r"^huiyin-[a-z-]+-$")] | None = None
    """How the transactional ids begin under which the writers write."""

    @property
    def is_per_agency(self) -> bool:
        """Whether there is one for each agency."""
        return self.name.endswith(AGENCY)

    @property
    def prefix(self) -> str:
        """The name without the organisation code."""
        return self.name.removesuffix(AGENCY)

    def matches(self, topic: str) -> bool:
        """Whether a topic on the brokers is, or could be, one of this entry."""
        if self.is_per_agency:
            return topic.startswith(self.prefix) and topic != self.prefix
        return topic == self.name

    @model_validator(mode="after")
    def _agreeing(self) -> Self:
        named = [*self.writers, *self.readers]
        strangers = set(named) - PROCESSES - {AGENCY, OPERATORS}
        faults = {
            "a compacted topic needs a key": self.cleanup == "compact" and self.key is None,
            "retention is given with delete and not with compact": (self.cleanup == "delete")
            == (self.retention is None),
            "{agency} and {operators} read and write topics of agencies only": not self.is_per_agency
            and not {AGENCY, OPERATORS}.isdisjoint(named),
            f"{', '.join(sorted(strangers))}: no process of the platform": bool(strangers),
            "what is erased is no compacted table": self.erased and self.cleanup == "compact",
            "a writer or a reader stands twice": any(
                len(set(names)) < len(names) for names in (self.writers, self.readers)
            ),
        }
        for fault, is_so in faults.items():
            if is_so:
                raise ValueError(fault)
        return self


class Catalogue(PolicyPart):
    """All topics."""

    version: str
    topics: Annotated[list[TopicEntry], Field(min_length=1)]

    @model_validator(mode="after")
    def _one_entry_each(self) -> Self:
        counted = Counter(entry.name for entry in self.topics)
        repeated = sorted(name for name, times in counted.items() if times > 1)
        covered = [name for name in counted if len([each for each in self.topics if each.matches(name)]) > 1]
        if repeated or covered:
            raise ValueError(f"{', '.join(repeated or covered)}: has more than one entry")
        return self

    def find(self, topic: str) -> TopicEntry | None:
        """The entry of a topic on the brokers."""
        return next((entry for entry in self.topics if entry.matches(topic)), None)


def read_catalogue(path: Path = CATALOGUE) -> Catalogue:
    """The catalogue. Raises PolicyError, or KafkaSetupError where pyyaml is not installed."""
    content = read_yaml(path)
    try:
        return Catalogue.model_validate(content)
    except ValidationError as error:
        faults = error.errors(include_url=False, include_input=False)
        shown = "; ".join(_fault(content, fault) for fault in faults[:ENTRIES_SHOWN_MAX])
        raise PolicyError(f"{path}: {shown}; correct the file") from error


def _fault(content: Any, fault: Any) -> str:
    """A fault with the name of its topic instead of its number."""
    place = list(fault["loc"])
    if place[:1] == ["topics"] and len(place) > 1 and isinstance(place[1], int):
        entry = content["topics"][place[1]]
        name = entry.get("name", "") if isinstance(entry, dict) else ""
        place[:2] = [f"topic {name}" if name else f"topic number {place[1] + 1}"]
    return f"{' '.join(map(str, place))}: {fault['msg'].removeprefix('Value error, ')}"


def read_yaml(path: Path) -> Any:
    """The content of a file. Raises PolicyError, or KafkaSetupError where pyyaml is not installed."""
    try:
        import yaml
    except ImportError as error:
        raise KafkaSetupError(
            f"缺少 Python 模块 yaml · {path} cannot be read without pyyaml: install huiyin[cluster]"
        ) from error
    try:
        return yaml.load(read_text(path), Loader=_loader(yaml))  # noqa: S506 - it is a SafeLoader
    except yaml.YAMLError as error:
        raise PolicyError(f"{path}: not YAML: {error}; correct the file there") from error


def _loader(yaml: Any) -> Any:
    class Strict(yaml.SafeLoader):  # type: ignore[misc] # the module is only there in cluster mode
        """Refuses a key that stands twice; plain YAML would silently keep the last."""

        def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
            keys = [self.construct_object(key, deep=True) for key, _ in node.value]
            for key in keys:
                if keys.count(key) > 1:
                    raise yaml.constructor.ConstructorError(
                        None, None, f"{key!r} stands twice", node.start_mark
                    )
            found: dict[Any, Any] = super().construct_mapping(node, deep)
            return found

    return Strict
