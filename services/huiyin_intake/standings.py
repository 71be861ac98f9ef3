"""How agencies stand to cases: for intake's own feed, and for the services that judge their callers by it."""

import asyncio
from collections.abc import Collection, Mapping
from collections.abc import Set as AbstractSet

from google.protobuf.message import Message

from huiyin.intake.v1 import service_pb2 as intake
from huiyin_domain.access import Action, CaseFacts, may
from huiyin_domain.directory import Directory
from huiyin_domain.intake.decider import PETITION
from huiyin_domain.intake.guards import case_facts
from huiyin_domain.intake.standing import standing
from huiyin_domain.intake.state import Petition
from huiyin_domain.refusal import invalid
from huiyin_kernel.rpc.endpoint import Caller
from huiyin_kernel.rpc.errors import RefusedError
from huiyin_kernel.rpc.intake_client import CASES_MAX
from huiyin_kernel.streams import Loaded, Streams

_AT_ONCE = 8
"""Streams that are read at once."""


class OwnStandings:
    """Standings from the petitions' own streams, and the method that tells other services."""

    def __init__(self, streams: Streams, directory: Directory) -> None:
        self._streams, self._directory = streams, directory
        self._reading = asyncio.Semaphore(_AT_ONCE)

    async def of(self, case_ids: Collection[str]) -> Mapping[str, CaseFacts]:
        loaded = await self._load(case_ids)
        return {one.state.case_id: case_facts(one.state, self._directory) for one in loaded}

    async def get_standings(self, caller: Caller, request: intake.GetStandingsRequest) -> Message:
        """For services alone: agencies learn of cases by reading them."""
        if refusal := may(caller.principal, Action.READ_STANDINGS, CaseFacts(), self._directory):
            raise RefusedError(refusal)
        if len(request.case_ids) > CASES_MAX:
            message = f"more than {CASES_MAX} cases: ask for fewer at a time"
            raise RefusedError(invalid("TOO_MANY_CASES", message, field="case_ids", limit=str(CASES_MAX)))
        found = await self._load(request.case_ids)
        standings = [standing(one.state, one.version, self._asked(one.state)) for one in found]
        return intake.GetStandingsResponse(standings=standings)

    def _asked(self, state: Petition) -> AbstractSet[str]:
        return case_facts(state, self._directory).asked

    async def _load(self, case_ids: Collection[str]) -> list[Loaded[Petition]]:
        found = await asyncio.gather(*(self._one(case_id) for case_id in dict.fromkeys(case_ids)))
        return [one for one in found if one.state.exists]

    async def _one(self, case_id: str) -> Loaded[Petition]:
        async with self._reading:
            return await self._streams.of(PETITION, case_id)
