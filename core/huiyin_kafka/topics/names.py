"""Names of topics, consumer groups and transactional ids: the one place where they are put together."""

from typing import Literal

Context = Literal["intake", "reception", "judicial", "supervision"]
CONTEXTS: tuple[Context, ...] = ("intake", "reception", "judicial", "supervision")

TIMELINE = "huiyin.case.v1.timeline"
"""Every entry of the case timeline, for the platform's own processes."""
FILINGS = "huiyin.issues.v1.filings"
HOT_ISSUES = "huiyin.issues.v1.hot"
WARNINGS = "huiyin.clocks.v1.warnings"
DEAD_LETTERS = "huiyin.dead.v1.letters"
AGENCY_PREFIX = "huiyin.agency.v1."
WORKER_PREFIX = "huiyin-worker-"
"""With this begin the ids of Faust applications, and with them their changelogs and groups."""

OUR_TOPICS = ("huiyin.", "huiyin-")
OUR_GROUPS = ("huiyin-", "agency-")
OUR_TRANSACTIONS = ("huiyin-",)
"""How the names begin that belong to the platform, also where other systems use the same brokers."""


def worker_application(version: int) -> str:
    """The id of the stream workers' Faust application: a new version of the folds begins with new tables."""
    return f"{WORKER_PREFIX}v{version}"


def worker_changelog(version: int, table: str) -> str:
    """What a table of the stream workers is rebuilt from."""
    return f"{worker_application(version)}-{table}-changelog"


def events_topic(context: Context) -> str:
    """The topic of a service's log."""
    return f"huiyin.{context}.v1.events"


def log_topic(log: str) -> str:
    """The topic of a log named like intake@990000. Raises ValueError for a log without a topic."""
    for context in CONTEXTS:
        if log.partition("@")[0] == context:
            return events_topic(context)
    raise ValueError(f"log {log!r} has no topic; only logs of {', '.join(CONTEXTS)} have one")


def cases_topic(code: str) -> str:
    """What an agency or centre is entitled to of the case timeline."""
    return f"{AGENCY_PREFIX}cases.{code}"


def inbox_topic(code: str) -> str:
    """Where an agency publishes what it did."""
    return f"{AGENCY_PREFIX}inbox.{code}"


def receipts_topic(code: str) -> str:
    """The answers to what an agency published."""
    return f"{AGENCY_PREFIX}receipts.{code}"


def agency_of(topic: str) -> str:
    """The organisation code in the name of an agency's topic. Raises ValueError for other topics."""
    kind, _, code = topic.removeprefix(AGENCY_PREFIX).partition(".")
    if not topic.startswith(AGENCY_PREFIX) or kind not in ("cases", "inbox", "receipts") or not code:
        raise ValueError(f"{topic!r} is no topic of an agency")
    return code


def agency_group(code: str, name: str) -> str:
    """A consumer group of an agency: it may use every group that begins with agency-<code>-."""
    return f"agency-{code}-{name}"


def service_group(service: str, name: str = "") -> str:
    """A consumer group of a process of the platform: huiyin-<service>, or huiyin-<service>-<name>."""
    return f"huiyin-{service}-{name}" if name else f"huiyin-{service}"


RECEIPTS_TRANSACTIONS = "huiyin-receipts-"


def receipts_transaction(code: str) -> str:
    """The transactional id of an agency's receipts: a newer producer fences an older one."""
    return f"{RECEIPTS_TRANSACTIONS}{code}"
