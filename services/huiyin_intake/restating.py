"""RestatePetition: what the new words are about is taken from them before they are sealed."""

from google.protobuf.message import Message

from huiyin.intake.v1 import service_pb2 as intake
from huiyin_intake.sketching import Sketching, sketch_of
from huiyin_intake.table import COMMANDS
from huiyin_kernel.commands import Commands
from huiyin_kernel.rpc.endpoint import Caller


class Restating:
    """The handler of RestatePetition."""

    def __init__(self, commands: Commands, sketching: Sketching) -> None:
        self._commands, self._sketching = commands, sketching

    async def restate(self, caller: Caller, request: intake.RestatePetitionRequest) -> Message:
        """Puts what a case is about in other words."""
        sketch = await sketch_of(self._sketching, request)
        return await self._commands.run(COMMANDS["RestatePetition"], caller, request, sketch=sketch)
