"""docs/telemetry.md lists the metrics of the code: all of them, as they are, and no other."""

import re

from prometheus_client import Counter, Gauge, Histogram

from huiyin_kernel.telemetry import metrics
from huiyin_kernel.telemetry.metrics import CATALOGUE, Family
from tests.house.tree import ROOT

ROW = re.compile(r"^\| `(huiyin_\w+)` \| (\w+) \|(.*?)\| (.+) \|$", re.MULTILINE)


METRICS = [name for name, value in vars(metrics).items() if isinstance(value, Counter | Gauge | Histogram)]


def listed(page: str) -> list[Family]:
    """The metrics that a page lists."""
    return [
        Family(name, kind, tuple(label.strip() for label in labels.split(",") if label.strip()), sentence)
        for name, kind, labels, sentence in ROW.findall(page)
    ]


def unused(code: str) -> list[str]:
    """The metrics that nothing in the code counts."""
    words = set(re.findall(r"\bmetrics\.([A-Z_]+)\b|import ([A-Z_]+)\b", code))
    used = {word for pair in words for word in pair}
    return [name for name in METRICS if name not in used]


def test_every_metric_is_counted_somewhere() -> None:
    files = [path for folder in ("core", "services", "streams") for path in (ROOT / folder).rglob("*.py")]
    assert len(METRICS) > 40
    assert unused("\n".join(path.read_text(encoding="utf-8") for path in files)) == []


def test_a_metric_that_nothing_counts_is_found() -> None:
    code = "\n".join(f"metrics.{name}.inc()" for name in METRICS)
    assert unused(code.replace("metrics.DEAD_LETTERS.", "metrics.OTHERS.")) == ["DEAD_LETTERS"]


def test_the_page_lists_every_metric_of_the_code_and_no_other() -> None:
    assert metrics.__doc__
    page = (ROOT / "docs" / "telemetry.md").read_text(encoding="utf-8")
    assert listed(page) == CATALOGUE


def test_a_metric_that_the_page_tells_differently_is_found() -> None:
    row = "| `huiyin_appends_total` | counter | log, outcome | Appends. |\n| `huiyin_x` | gauge | | Other. |"
    assert listed(row) == [
        Family("huiyin_appends_total", "counter", ("log", "outcome"), "Appends."),
        Family("huiyin_x", "gauge", (), "Other."),
    ]
    assert not set(listed(row)) & set(CATALOGUE)


def test_no_label_is_for_what_could_be_a_person() -> None:
    labels = {label for family in CATALOGUE for label in family.labels}
    assert labels.isdisjoint(
        {"name", "person", "petitioner", "officer", "phone", "subject", "case_id", "key"}
    )
