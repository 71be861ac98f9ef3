"""The intake service as a process."""

import time
from collections.abc import Mapping

from huiyin.intake.v1 import service_pb2 as intake
from huiyin_intake.batch import BatchRegistration, Earlier
from huiyin_intake.case_numbers import CaseNumbers, Guessing
from huiyin_intake.corrections import Correcting, Restating, Sketching
from huiyin_intake.named_cases import Comparing, Naming
from huiyin_intake.notices import Notices
from huiyin_intake.petitioners import PetitionerMethods
from huiyin_intake.queries import OwnStandings, Queries
from huiyin_intake.reactions import Reactions
from huiyin_intake.registration import FilingRegistration, HistoryEnd
from huiyin_intake.service_of_documents import SERVED, Agreeing, Serving
from huiyin_intake.split_cases import Splitting
from huiyin_intake.table import COMMANDS, SERVICE
from huiyin_kafka.source import ServiceLogs
from huiyin_kernel.host import Host, Parts, main
from huiyin_kernel.rpc.endpoint import Method, Unary
from huiyin_kernel.rpc.tables import command_methods
from huiyin_kernel.service import OpenService, open_service


async def build(host: Host) -> Parts:
    """Opens the log, wires the methods and follows the judicial track and joint reception."""
    service = await open_service(host)
    standings = OwnStandings(service.commands.streams, host.policy.directory)
    reactions = Reactions(service.commands.streams, host.policy)
    judicial = service.inbox("judicial", reactions.to_judicial())
    reception = service.inbox("reception", reactions.to_reception())
    return Parts(
        {
            SERVICE.full_name: _methods(service, standings),
            **service.feed_methods(standings),
            **service.letter_methods(),
        },
        (
            judicial.run(host.feed("judicial", judicial.types)),
            reception.run(host.feed("reception", reception.types)),
        ),
        (service.store.aclose,),
    )


def _methods(service: OpenService, standings: OwnStandings) -> Mapping[str, Method]:
    sketching = Sketching(service.commands.sealer.derived.sketch_key)
    history = HistoryEnd(service.store, service.host.policy.directory, service.time)
    registration = FilingRegistration(service.commands, sketching, history)
    naming, restating = Naming(service.commands), Restating(service.commands, sketching)
    correcting = Correcting(service.commands, sketching)
    earlier = Earlier(service.commands)
    batch = BatchRegistration(registration, earlier, service.store, service.host.settings.limits)
    serving = Serving(service.commands)
    numbers = CaseNumbers(service.host.channel("streams"), service.host.settings.limits.deadline_seconds)
    queries, notices = Queries(service.commands), Notices(service.commands)
    petitioners = PetitionerMethods(service.commands, numbers, Guessing(time.monotonic))
    return {
        **command_methods(service.commands, COMMANDS),
        **{name: Unary(COMMANDS[name].request, serving.by(name)) for name in SERVED},
        "RegisterPetition": Unary(intake.RegisterPetitionRequest, registration.register),
        "RegisterPetitions": Unary(intake.RegisterPetitionsRequest, batch.register),
        "RestatePetition": Unary(intake.RestatePetitionRequest, restating.restate),
        "IssueOpinion": Unary(intake.IssueOpinionRequest, Comparing(service.commands).issue_opinion),
        "CorrectRegistration": Unary(intake.CorrectRegistrationRequest, correcting.correct),
        "LinkCase": Unary(intake.LinkCaseRequest, naming.link),
        "DeclinePetition": Unary(intake.DeclinePetitionRequest, naming.decline),
        "SplitPetition": Unary(intake.SplitPetitionRequest, Splitting(service.commands, sketching).split),
        "RatePetition": Unary(intake.RatePetitionRequest, petitioners.rate),
        "TakeBackRating": Unary(intake.TakeBackRatingRequest, petitioners.take_back),
        "AskRecusal": Unary(intake.AskRecusalRequest, petitioners.ask_recusal),
        "RecordAgreement": Unary(intake.RecordAgreementRequest, Agreeing(service.commands).record),
        "WithdrawPetition": Unary(intake.WithdrawPetitionRequest, petitioners.withdraw),
        "RecordWithdrawal": Unary(intake.RecordWithdrawalRequest, petitioners.record_withdrawal),
        "ConfirmWithdrawal": Unary(intake.ConfirmWithdrawalRequest, petitioners.confirm_withdrawal),
        "ContinuePetition": Unary(intake.ContinuePetitionRequest, petitioners.go_on),
        "OpenNotice": Unary(intake.OpenNoticeRequest, notices.open),
        "OpenServedDocuments": Unary(intake.OpenServedDocumentsRequest, petitioners.open_served),
        "GetPetition": Unary(intake.GetPetitionRequest, queries.get_petition),
        "GetStandings": Unary(intake.GetStandingsRequest, standings.get_standings),
        "FollowPetition": Unary(intake.FollowPetitionRequest, petitioners.follow),
        "ReadPersonalData": Unary(intake.ReadPersonalDataRequest, queries.read_personal_data),
    }


if __name__ == "__main__":
    main("intake", build, ServiceLogs())
