"""Who may do what on Kafka: a grant is one access rule (ACL) of the brokers, in our words."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from huiyin_domain.directory import Organisation
from huiyin_kafka.catalogue import AGENCY, OPERATORS, Catalogue, TopicEntry
from huiyin_kafka.topic_names import agency_group, service_group

TOPIC, GROUP, TRANSACTIONAL_ID, CLUSTER = "TOPIC", "GROUP", "TRANSACTIONAL_ID", "CLUSTER"
READ, WRITE, DESCRIBE, DELETE = "READ", "WRITE", "DESCRIBE", "DELETE"


@dataclass(frozen=True, slots=True, order=True)
class Grant:
    """A principal (the common name of its certificate) may do something with what has a name.

    `prefixed`: with everything whose name begins so. `allowed` is False only for rules found on brokers.
    """

    principal: str
    resource: str
    name: str
    operation: str
    prefixed: bool = False
    allowed: bool = True
    host: str = "*"

    def __str__(self) -> str:
        verb = self.operation if self.allowed else f"DENY {self.operation}"
        place = "" if self.host == "*" else f" ({self.host})"
        return f"{self.principal} {verb} {self.resource} {self.name}{'*' if self.prefixed else ''}{place}"


def wanted_grants(catalogue: Catalogue, agencies: Iterable[Organisation]) -> frozenset[Grant]:
    """Every right that the platform's processes and the agencies' systems need, and no other.

    To read or write a topic includes to describe it; to write includes to be an idempotent producer.
    """
    units = tuple(agencies)
    grants: set[Grant] = set()
    for entry in catalogue.topics:
        grants.update(_process_grants(entry))
        if entry.is_per_agency:
            grants.update(grant for unit in units for grant in _agency_grants(entry, unit))
    return frozenset(grants)


def _process_grants(entry: TopicEntry) -> Iterator[Grant]:
    """A process may use the topics of all agencies, also of those that come later."""
    for principal in _processes(entry.writers):
        yield Grant(principal, TOPIC, entry.prefix, WRITE, entry.is_per_agency)
        if entry.transactional_ids:
            for operation in (WRITE, DESCRIBE):
                yield Grant(principal, TRANSACTIONAL_ID, entry.transactional_ids, operation, prefixed=True)
    for principal in _processes(entry.readers):
        yield Grant(principal, TOPIC, entry.prefix, READ, entry.is_per_agency)
        yield Grant(principal, GROUP, service_group(principal), READ, prefixed=True)
        if entry.erased:
            yield Grant(principal, TOPIC, entry.prefix, DELETE, entry.is_per_agency)


def _agency_grants(entry: TopicEntry, unit: Organisation) -> Iterator[Grant]:
    topic = entry.prefix + unit.code
    for principal in _agencies(entry.writers, unit):
        yield Grant(principal, TOPIC, topic, WRITE)
    for principal in _agencies(entry.readers, unit):
        yield Grant(principal, TOPIC, topic, READ)
        yield Grant(principal, GROUP, agency_group(principal, ""), READ, prefixed=True)


def _processes(names: Iterable[str]) -> list[str]:
    return [name for name in names if name not in (AGENCY, OPERATORS)]


def _agencies(names: Iterable[str], unit: Organisation) -> list[str]:
    own = [unit.code] if AGENCY in names else []
    return own + (list(unit.operators) if OPERATORS in names else [])
