"""Watching under faults: what subscribers were shown of each log, and how questions were answered."""

import asyncio
from collections import Counter
from typing import Any, NamedTuple

from grpc import aio

from huiyin.cases.v1.service_pb2 import ListCasesRequest
from huiyin.feed.v1.service_pb2 import SubscribeRequest
from huiyin.supervision.v1.service_pb2 import ListClocksRequest
from huiyin_cli.client import Client
from tests.mainjob.figures import LOGS

AGAIN_SECONDS = 0.2
QUESTION_SECONDS_MAX = 10.0


class Shown(NamedTuple):
    """An event as a subscriber was shown it."""

    log: str
    position: int
    hash: bytes


class Watching:
    """Subscribers that resume where they stopped, and somebody who asks and asks."""

    def __init__(self) -> None:
        self.shown: list[Shown] = []
        self.answers: Counter[str] = Counter()

    async def run(self, client: Client) -> None:
        """For ever; cancel it to end."""
        async with asyncio.TaskGroup() as group:
            for name in LOGS:
                group.create_task(self._follow(client.feed(name)))
            group.create_task(self._ask("ListCases", client.cases.ListCases, ListCasesRequest()))
            group.create_task(self._ask("ListClocks", client.supervision.ListClocks, ListClocksRequest()))

    async def _follow(self, feed: Any) -> None:
        token = ""
        while True:
            try:
                async for item in feed.Subscribe(SubscribeRequest(resume_token=token)):
                    token = item.resume_token
                    if item.HasField("event"):
                        self.shown.append(Shown(item.event.log, item.event.position, item.event.hash))
            except aio.AioRpcError as error:
                self.answers[f"Subscribe {error.code().name}"] += 1
            await asyncio.sleep(AGAIN_SECONDS)

    async def _ask(self, name: str, method: Any, question: Any) -> None:
        while True:
            try:
                await method(question, timeout=QUESTION_SECONDS_MAX)
                self.answers[f"{name} OK"] += 1
            except aio.AioRpcError as error:
                self.answers[f"{name} {error.code().name}"] += 1
            await asyncio.sleep(AGAIN_SECONDS)
