"""RecordAgreement: looks at what was agreed before it is sealed, for a promise not to petition."""

from google.protobuf.message import Message

from huiyin.common.v1.types_pb2 import Secret
from huiyin.intake.v1 import service_pb2 as intake
from huiyin_domain.intake.decide.ending import promise_not_to_petition
from huiyin_intake.table import COMMANDS
from huiyin_kernel.commands import Commands
from huiyin_kernel.rpc.endpoint import Caller
from huiyin_kernel.rpc.errors import RefusedError


class Agreeing:
    """The handler of RecordAgreement."""

    def __init__(self, commands: Commands) -> None:
        self._commands = commands

    async def record(self, caller: Caller, request: intake.RecordAgreementRequest) -> Message:
        """Records an agreement that settles the matter and nothing else."""
        refuse_promises(document=request.document, petitioner_consent=request.petitioner_consent)
        return await self._commands.run(COMMANDS["RecordAgreement"], caller, request)


def refuse_promises(**secrets: Secret) -> None:
    """Raises RefusedError for a text in clear that promises not to petition any more."""
    for field, secret in secrets.items():
        if refusal := promise_not_to_petition(field, secret.clear.text):
            raise RefusedError(refusal)
