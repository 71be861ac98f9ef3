"""The metrics of the processes, read from where each shows them."""

import urllib.request
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from urllib.error import URLError

from prometheus_client.parser import text_string_to_metric_families

ANSWER_SECONDS = 3.0
BYTES_MAX = 10_000_000


@dataclass(frozen=True, slots=True)
class Sample:
    """One number of one process."""

    process: str
    name: str
    labels: Mapping[str, str]
    value: float


class Samples:
    """All numbers of all processes that answered."""

    def __init__(self, samples: Iterable[Sample], answered: Iterable[str]) -> None:
        self._by_name: dict[str, list[Sample]] = {}
        self.answered = frozenset(answered)
        for sample in samples:
            self._by_name.setdefault(sample.name.removeprefix("huiyin_"), []).append(sample)

    def of(self, name: str) -> list[Sample]:
        """Every sample of a metric, named without its prefix."""
        return self._by_name.get(name, [])

    def value(self, name: str, **labels: str) -> float | None:
        """The value of the one sample with these labels (process among them); None when there is none."""
        for sample in self.of(name):
            if all({**sample.labels, "process": sample.process}[key] == labels[key] for key in labels):
                return sample.value
        return None


def read_samples(ports: Mapping[str, int]) -> Samples:
    """Asks every process; those that do not answer are missing from `answered`."""
    found: list[Sample] = []
    answered: list[str] = []
    for process, port in ports.items():
        try:
            found += samples_in(process, _page(port))
        except (URLError, OSError, ValueError):  # it is down, or something else has its port
            continue
        answered.append(process)
    return Samples(found, answered)


def samples_in(process: str, page: str) -> Iterator[Sample]:
    """The platform's own samples of a page."""
    for family in text_string_to_metric_families(page):
        if family.name.startswith("huiyin_"):
            for sample in family.samples:
                yield Sample(process, sample.name, sample.labels, sample.value)


def _page(port: int) -> str:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=ANSWER_SECONDS) as answer:
        text: str = answer.read(BYTES_MAX).decode()
    return text
