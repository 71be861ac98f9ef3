"""Whole topics read beside the judging: the next page is fetched while the last one is looked at."""

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType
from typing import Any, Self

from huiyin_kafka.whole import Page, WholeTopic, WholeTopics


class Brokers:
    """Topics as they stand at a moment. The client blocks, so it has a thread of its own."""

    def __init__(self, options: Mapping[str, Any], topics: Sequence[str]) -> None:
        self._options, self._names = options, topics
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="topics")
        self._whole: WholeTopics | None = None

    async def __aenter__(self) -> Self:
        """Raises KafkaSetupError."""
        self._whole = await self._run(WholeTopics, self._options, self._names)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._whole is not None:
            await self._run(self._whole.close)
        self._thread.shutdown(wait=False)

    def topic(self, name: str) -> WholeTopic:
        """One of the topics."""
        assert self._whole is not None, "entered first"
        return self._whole.topics[name]

    async def pages(self, topic: str, partition: int) -> AsyncIterator[Page]:
        """The records of a partition, page by page in order."""
        async for page in self._pages(self.topic(topic).pages(partition)):
            yield page

    async def mixed(self, topic: str, held_back: Callable[[], Collection[int]]) -> AsyncIterator[Page]:
        """The records of all partitions but those held back, page by page, each in its order.

        `held_back` is asked from another thread.
        """
        async for page in self._pages(self.topic(topic).mixed(held_back)):
            yield page

    async def _pages(self, pages: Iterator[Page]) -> AsyncIterator[Page]:
        coming = self._run(next, pages, None)
        while (page := await coming) is not None:
            coming = self._run(next, pages, None)
            yield page

    def _run(self, work: Any, *arguments: Any) -> "asyncio.Future[Any]":
        return asyncio.get_running_loop().run_in_executor(self._thread, work, *arguments)
