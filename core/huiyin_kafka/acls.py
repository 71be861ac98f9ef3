"""Grants to and from the access rules of kafka-python."""

from collections.abc import Iterable
from typing import Any

from huiyin_kafka.connection import KafkaSetupError
from huiyin_kafka.grants import Grant

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
