"""RatePetition: the query code proves the petitioner before anything is decided."""

from google.protobuf.message import Message

from huiyin.intake.v1 import service_pb2 as intake
from huiyin_domain.access import unknown_case
from huiyin_domain.intake.decide.rating import is_query_code
from huiyin_domain.intake.decider import PETITION
from huiyin_intake.table import COMMANDS
from huiyin_kernel.commands import Commands
from huiyin_kernel.rpc.endpoint import Caller
from huiyin_kernel.rpc.errors import RefusedError
from huiyin_kernel.writer import load


class Rating:
    """The handler of RatePetition."""

    def __init__(self, commands: Commands) -> None:
        self._commands = commands

    async def rate(self, caller: Caller, request: intake.RatePetitionRequest) -> Message:
        """Rates, if the code is the one on the receipt; a wrong one looks like no such case."""
        loaded = await load(self._commands.store, PETITION, f"{PETITION.category}-{request.case_id}")
        code = self._commands.sealer.query_code_hash(request.query_code)
        if not is_query_code(loaded.state, code):
            raise RefusedError(unknown_case())
        return await self._commands.run(COMMANDS["RatePetition"], caller, request)
