"""Who may do what on Kafka: a grant is one access rule (ACL) of the brokers, in our words."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from huiyin_domain.directory import Organisation
from huiyin_kafka.connection import KafkaSetupError
from huiyin_kafka.topics.catalogue import AGENCY, OPERATORS, Catalogue, TopicEntry
from huiyin_kafka.topics.names import agency_group, service_group

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


USER = "User:"
REQUEST_RULES_MAX = 2_000
"""Rules in one request; the brokers take at most 10,000 records at once."""


def found_grants(admin: Any) -> frozenset[Grant]:
    """All rules on the brokers. Raises KafkaSetupError where the brokers keep none."""
    from kafka.admin import (
        ACLFilter,
        ACLOperation,
        ACLPermissionType,
        ACLResourcePatternType,
        ResourcePatternFilter,
        ResourceType,
    )
    from kafka.errors import SecurityDisabledError

    everything = ResourcePatternFilter(ResourceType.ANY, None, ACLResourcePatternType.ANY)
    try:
        rules, _ = admin.describe_acls(
            ACLFilter(None, None, ACLOperation.ANY, ACLPermissionType.ANY, everything)
        )
    except SecurityDisabledError as error:
        raise KafkaSetupError(
            "Kafka 未启用授权 · the brokers keep no access rules: set authorizer.class.name (docs/topics.md)"
        ) from error
    return frozenset(_grant(rule) for rule in rules)


def add_grants(admin: Any, grants: Iterable[Grant]) -> None:
    """Makes rules. Raises KafkaSetupError."""
    for part in _parts(sorted(grants)):
        failed = admin.create_acls([_rule(grant) for grant in part])["failed"]
        if failed:
            names = ", ".join(sorted({error.__name__ for error in failed}))
            raise KafkaSetupError(f"Kafka 拒绝授权 · the brokers refused {len(failed)} access rules: {names}")


def remove_grants(admin: Any, grants: Iterable[Grant]) -> None:
    """Takes rules away. Raises KafkaSetupError."""
    for part in _parts(sorted(grants)):
        for rule, _, error in admin.delete_acls([_exactly(grant) for grant in part]):
            if error.errno != 0:
                raise KafkaSetupError(
                    f"Kafka 未能撤销 · an access rule could not be removed: {rule}: {error.__name__}"
                )


def _parts(grants: list[Grant]) -> Iterable[list[Grant]]:
    return (grants[start : start + REQUEST_RULES_MAX] for start in range(0, len(grants), REQUEST_RULES_MAX))


def _grant(rule: Any) -> Grant:
    from kafka.admin import ACLPermissionType, ACLResourcePatternType

    pattern = rule.resource_pattern
    return Grant(
        principal=rule.principal.removeprefix(USER),
        resource=pattern.resource_type.name,
        name=pattern.resource_name,
        operation=rule.operation.name,
        prefixed=pattern.pattern_type is ACLResourcePatternType.PREFIXED,
        allowed=rule.permission_type is ACLPermissionType.ALLOW,
        host=rule.host,
    )


def _rule(grant: Grant) -> Any:
    from kafka.admin import ACL, ResourcePattern

    return ACL(*_terms(grant), ResourcePattern(*_place(grant)))


def _exactly(grant: Grant) -> Any:
    from kafka.admin import ACLFilter, ResourcePatternFilter

    return ACLFilter(*_terms(grant), ResourcePatternFilter(*_place(grant)))


def _terms(grant: Grant) -> tuple[Any, ...]:
    from kafka.admin import ACLOperation, ACLPermissionType

    permission = ACLPermissionType.ALLOW if grant.allowed else ACLPermissionType.DENY
    principal = grant.principal if ":" in grant.principal else USER + grant.principal
    return principal, grant.host, ACLOperation[grant.operation], permission


def _place(grant: Grant) -> tuple[Any, ...]:
    from kafka.admin import ACLResourcePatternType, ResourceType

    pattern = ACLResourcePatternType.PREFIXED if grant.prefixed else ACLResourcePatternType.LITERAL
    return ResourceType[grant.resource], grant.name, pattern
