"""An agency's system: takes up what is handed over to it, answers the petitioner, and sees what came of it.

python examples/agency.py agency.toml                       # over Kafka or gRPC, as the file says
python examples/agency.py var 119901000000001586            # as that agency of the platform running on ./var
"""

import sys
from collections.abc import Callable
from typing import Any

from huiyin.common.v1.types_pb2 import Clear, Secret
from huiyin.intake.v1 import events_pb2 as events
from huiyin.intake.v1 import service_pb2 as commands
from huiyin.intake.v1 import types_pb2 as types
from huiyin_client import Agency, Config, event_of, is_accepted

OFFICER = "03-0117"
IN_PERSON = types.SERVICE_METHOD_IN_PERSON
OPINION = Secret(
    clear=Clear(text="经核实，路灯电缆被施工挖断，已于当日修复。依据《城市照明管理规定》第二十条，予以支持。")
)


def run(agency: Agency, say: Callable[..., None] = print) -> None:
    """Works until an opinion of the agency has been served."""
    own, epochs = agency.config.agency, dict[str, int]()
    for entry in agency.cases():
        event = event_of(entry)
        on: dict[str, Any] = {"case_id": entry.case_id, "epoch": epochs.get(entry.case_id, 1)}
        say(f"{entry.case_id} {entry.number} {event.DESCRIPTOR.name}")
        answers: list[Any] = []
        match event:
            case events.ResponsibilityMoved():
                epochs[entry.case_id] = event.epoch
            case events.PetitionHandedOver() if event.to_unit == own:
                answers = [commands.AcceptPetitionRequest(**on)]
            case events.PetitionAccepted() if event.unit == own:
                supported = types.OPINION_OUTCOME_SUPPORTED
                answers = [
                    commands.NotifyReceiptRequest(**on, method=IN_PERSON),
                    commands.IssueOpinionRequest(**on, outcome=supported, document=OPINION),
                ]
            case events.OpinionIssued():
                served = event.opinion_id
                answers = [commands.ServeOpinionRequest(**on, opinion_id=served, method=IN_PERSON)]
            case events.OpinionServed():
                return
        for command in answers:
            receipt = agency.publish(command, OFFICER, because=entry)
            result = f"event {receipt.receipt.position}" if is_accepted(receipt) else receipt.reason
            say(f"  {command.DESCRIPTOR.name}: {result}")


if __name__ == "__main__":
    config = Config.read(sys.argv[1]) if len(sys.argv) == 2 else Config.of_home(*sys.argv[1:3])
    with Agency(config) as system:
        run(system)
