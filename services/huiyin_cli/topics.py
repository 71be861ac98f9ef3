"""`huiyin topics diff`, `apply` and `asyncapi`: the topics of the backbone as the catalogue says."""

from collections.abc import Callable
from typing import Any

import typer
from pydantic import ValidationError

from huiyin_cli.client import cluster_settings
from huiyin_cli.output import Exit, Json, fail, print_json
from huiyin_cli.up import wrong_settings
from huiyin_kafka.connection import KafkaSetupError
from huiyin_kafka.topics.reconcile import TopicComparison, apply_topics, compare_topics
from huiyin_kernel.identity.files import KeyFileError
from huiyin_kernel.identity.profiles import UnknownProfileError
from huiyin_kernel.policy_tables import PolicyError
from huiyin_kernel.settings import Settings

app = typer.Typer(no_args_is_help=True, add_completion=False)


@app.command("diff")
def diff(as_json: Json = False) -> None:
    """比较目录与 Kafka · What `huiyin topics apply` would change; exit status 1 when there is something."""
    comparison = _asking(compare_topics)
    if as_json:
        print_json(_document(comparison))
    else:
        print(*_lines(comparison), _verdict(comparison), sep="\n")
    raise typer.Exit(Exit.REFUSED if comparison.differences else Exit.OK)


@app.command("apply")
def apply(as_json: Json = False) -> None:
    """按目录创建和更改主题与授权 · Makes topics, settings and rights on Kafka as the catalogue says."""
    comparison = _asking(apply_topics)
    if as_json:
        print_json(_document(comparison))
    else:
        print(*_lines(comparison), _outcome(comparison), sep="\n")
    raise typer.Exit(Exit.REFUSED if comparison.refused else Exit.OK)


def _asking(work: Callable[[Settings], TopicComparison]) -> TopicComparison:
    try:
        return work(cluster_settings())
    except ValidationError as error:
        fail("\n".join(wrong_settings(error)), Exit.USAGE)
    except (KafkaSetupError, PolicyError, UnknownProfileError, KeyFileError) as error:
        fail(str(error))


def _lines(comparison: TopicComparison) -> list[str]:
    kept = [
        f"{name}: 无人需要此主题，保留 · nothing asks for this topic; it stays"
        for name in comparison.left_over
    ]
    return [*map(str, comparison.differences), *kept]


def _verdict(comparison: TopicComparison) -> str:
    count, refused = len(comparison.differences), len(comparison.refused)
    if not count:
        return _agreeing(comparison)
    return (
        f"{count} 处不同，其中 {refused} 处须由人处理"
        f" · {count} differences; {refused} of them a person has to decide"
    )


def _outcome(comparison: TopicComparison) -> str:
    refused = len(comparison.refused)
    changed = len(comparison.differences) - refused
    if not changed and not refused:
        return _agreeing(comparison)
    return (
        f"已更改 {changed} 处，{refused} 处须由人处理"
        f" · {changed} changes were made; {refused} differences a person has to decide"
    )


def _agreeing(comparison: TopicComparison) -> str:
    topics, grants = comparison.topic_count, comparison.grant_count
    return (
        f"{topics} 个主题、{grants} 项授权与目录一致"
        f" · {topics} topics and {grants} rights are as the catalogue says"
    )


def _document(comparison: TopicComparison) -> dict[str, Any]:
    return {
        "topics": comparison.topic_count,
        "rights": comparison.grant_count,
        "differences": [
            {
                "kind": each.kind,
                "subject": each.subject,
                "zh": each.zh,
                "en": each.en,
                "refused": each.is_refused,
            }
            for each in comparison.differences
        ],
        "left_over": list(comparison.left_over),
    }
