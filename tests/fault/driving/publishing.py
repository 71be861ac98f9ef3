"""Agency systems under faults: they publish what their agencies did until it has arrived."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from itertools import count
from random import Random
from typing import Any

from grpc import aio

from huiyin.exchange.v1.service_pb2 import PublishMessagesRequest, PublishMessagesResponse
from huiyin.exchange.v1.types_pb2 import AgencyMessage
from huiyin_domain.directory import OrganisationKind
from huiyin_kernel.ids import derived
from huiyin_kernel.settings import Settings
from tests.fault.driving.lives import registered
from tests.mainjob.desk import Desks, RefusedCallError
from tests.mainjob.lives import CITY, classify_claim, hand_over
from tests.support.agency_messages import accepting

FIRST_NUMBER = 1_000_000
"""Numbers of these cases begin here, so that they are none of the lives'."""
CASES_EACH_MAX = 40
AGAIN_SECONDS = 0.3
CALL_SECONDS_MAX = 5.0
SENT_AGAIN_SHARE = 0.2
STALE_SHARE = 0.3


class Publishing:
    """Some departments whose systems accept what they are handed, each message after the one before.

    A message without a sign of arrival is sent again, as a system does that has crashed meanwhile.
    """

    def __init__(self, desks: Desks, settings: Settings, seed: int, *, on_kafka: bool) -> None:
        self._desks, self._settings, self._on_kafka = desks, settings, on_kafka
        self._seed, self._chance, self._enough = seed, Random(f"publishing {seed}"), False
        self._numbers = count(FIRST_NUMBER)
        self.agencies = [desks.agency(OrganisationKind.DEPARTMENT, CITY, place) for place in (0, 1)]
        self.sent: dict[str, list[str]] = {agency: [] for agency in self.agencies}
        self.broken: list[str] = []

    def finish(self) -> None:
        """Begins no further case."""
        self._enough = True

    async def run(self) -> None:
        """Returns when all that was begun has been sent."""
        await asyncio.gather(*map(self._system, self.agencies))

    async def _system(self, agency: str) -> None:
        for _ in range(CASES_EACH_MAX):
            if self._enough:
                return
            number = next(self._numbers)
            try:
                life = await registered(self._desks, self._seed, number)
                await classify_claim(life)
                await hand_over(life, agency)
            except (RefusedCallError, TimeoutError) as error:
                self.broken.append(f"case {number} for an agency's system: {error!r}")
                continue
            for message in self._messages(life.case_id):
                self.sent[agency].append(message.message_id)
                await self._until_arrived(agency, message)

    def _messages(self, case_id: str) -> Sequence[AgencyMessage]:
        """The acceptance, at times twice; and at times one more with an epoch that has passed by then."""
        accepted = accepting(case_id, message_id=str(derived("round", case_id, "accept")))
        messages = [accepted]
        if self._chance.random() < SENT_AGAIN_SHARE:
            messages.append(accepted)
        if self._chance.random() < STALE_SHARE:
            messages.append(accepting(case_id, message_id=str(derived("round", case_id, "stale"))))
        return messages

    async def _until_arrived(self, agency: str, message: AgencyMessage) -> None:
        send = self._over_kafka if self._on_kafka else self._over_grpc
        while not await send(agency, message):
            await asyncio.sleep(AGAIN_SECONDS)

    async def _over_grpc(self, agency: str, message: AgencyMessage) -> bool:
        """Whether its receipt came."""
        client = (await self._desks.at(agency, "system")).client
        with suppress(aio.AioRpcError):
            stream = client.exchange.PublishMessages(timeout=CALL_SECONDS_MAX)
            await stream.write(PublishMessagesRequest(message=message))
            answer: Any = await stream.read()
            await stream.done_writing()
            return isinstance(answer, PublishMessagesResponse) and _answers(answer, message)
        return False

    async def _over_kafka(self, agency: str, message: AgencyMessage) -> bool:
        """Whether the brokers have it. A producer of its own each time, so that none stays broken."""
        return await asyncio.to_thread(_sent, self._options(agency), agency, message)

    def _options(self, agency: str) -> Mapping[str, Any]:
        # Imported here: rounds of the embedded default run without it.
        from huiyin_kafka.connection import client_options

        return client_options(self._settings, f"system@{agency}")


def _answers(answer: PublishMessagesResponse, message: AgencyMessage) -> bool:
    return answer.receipt.message_id == message.message_id


def _sent(options: Mapping[str, Any], agency: str, message: AgencyMessage) -> bool:
    from kafka.errors import KafkaError

    from tests.support.agency_topics import send

    try:
        send(options, agency, message)
    except KafkaError:
        return False
    return True
