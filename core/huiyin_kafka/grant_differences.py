"""Which access rules are missing, which are too many, and which of other systems reach into ours."""

from collections.abc import Iterator

from huiyin_kafka.difference import AddGrant, Difference, Kind, RemoveGrant
from huiyin_kafka.grants import GROUP, TOPIC, TRANSACTIONAL_ID, Grant
from huiyin_kafka.topic_names import OUR_GROUPS, OUR_TOPICS, OUR_TRANSACTIONS
from huiyin_kafka.wanted import Wanted
from huiyin_launcher.brokers.properties import SUPER_USERS

OURS = {TOPIC: OUR_TOPICS, GROUP: OUR_GROUPS, TRANSACTIONAL_ID: OUR_TRANSACTIONS}
ANYTHING = "*"


def grant_differences(wanted: Wanted, found: frozenset[Grant]) -> Iterator[Difference]:
    """Every rule that is missing or too many. Rules of other systems on the same brokers are not touched."""
    for grant in sorted(wanted.grants - found):
        zh, en = "缺少授权", "the right is missing"
        yield Difference(Kind.GRANT_MISSING, str(grant), zh, en, AddGrant(grant))
    for grant in sorted(found - wanted.grants):
        if grant.principal in wanted.principals or _is_within(grant):
            zh, en = "多余授权，应撤销", "the right is not in the catalogue and ought to be removed"
            yield Difference(Kind.GRANT_EXTRA, str(grant), zh, en, RemoveGrant(grant))
        elif _reaches_in(grant) and grant.principal not in SUPER_USERS:
            zh = "其他系统的授权涉及本平台的名称，须由人处理"
            en = "another system's right reaches into this platform's names: a person has to decide"
            yield Difference(Kind.GRANT_OF_OTHERS, str(grant), zh, en, None)


def _is_within(grant: Grant) -> bool:
    """Whether the rule is about our names only."""
    return grant.name.startswith(OURS.get(grant.resource, ()))


def _reaches_in(grant: Grant) -> bool:
    """Whether the rule is about everything, or about the beginning of names, so that ours are among them."""
    ours = OURS.get(grant.resource, ())
    return bool(ours) and (
        grant.name == ANYTHING or (grant.prefixed and any(name.startswith(grant.name) for name in ours))
    )
