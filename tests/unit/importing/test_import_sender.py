"""Every filing of a batch comes to an answer: over outages, around one that spoils the call, in order."""

import asyncio
from collections.abc import Iterator, Sequence

import grpc
import pytest
from google.protobuf.message import Message
from google.rpc import error_details_pb2, status_pb2
from grpc import aio

from huiyin.common.v1.types_pb2 import Clear, CommandInfo, Person
from huiyin.intake.v1.service_pb2 import (
    CorrectRegistrationRequest,
    CorrectRegistrationResponse,
    OpenedField,
    ReadPersonalDataRequest,
    ReadPersonalDataResponse,
    RegisterPetitionRequest,
    RegisterPetitionResponse,
    RegisterPetitionsRequest,
    RegisterPetitionsResponse,
    RegistrationOutcome,
)
from huiyin_cli.importing.grpc_registrar import GrpcRegistrar
from huiyin_cli.importing.limits import ImportLimits
from huiyin_cli.importing.sender import (
    BatchRefusedError,
    FilingSender,
    ImportStoppedError,
    Outcomes,
    RegistrarUnavailableError,
    in_order,
)
from tests.unit.importing.import_support import MemoryRegistrar

Batch = Sequence[RegisterPetitionRequest]
LIMITS = ImportLimits(backoff_first_seconds=0.5, backoff_max_seconds=2, attempts_max=5)


class Trial:
    """A sender whose waits and words are written down instead of waited for and said."""

    def __init__(self, registrar: MemoryRegistrar) -> None:
        self.registrar = registrar
        self.waits: list[float] = []
        self.notes: list[bool] = []
        self.sender = FilingSender(registrar, LIMITS, self.notes.append, self._wait)

    async def _wait(self, seconds: float) -> None:
        self.waits.append(seconds)


def batch(size: int) -> list[RegisterPetitionRequest]:
    return [RegisterPetitionRequest(info=CommandInfo(request_id=str(number))) for number in range(size)]


def failing(*failures: Exception) -> MemoryRegistrar:
    """Fails the first calls so, then answers."""
    left = list(failures)

    def before(_: Batch) -> None:
        if left:
            raise left.pop(0)

    return MemoryRegistrar(before)


def answers(outcomes: Outcomes) -> list[str]:
    return [outcome.registered.case_id or outcome.refusal_reason for outcome in outcomes]


async def test_an_unanswered_batch_is_sent_again_with_growing_waits() -> None:
    trial = Trial(failing(*[RegistrarUnavailableError()] * 4))
    assert answers(await trial.sender.send(batch(2))) == ["case-1", "case-2"]
    assert trial.waits == [0, 0.5, 1, 2, 2]
    assert trial.notes == [True, False]


async def test_sending_stops_after_a_bounded_number_of_attempts() -> None:
    trial = Trial(failing(*[RegistrarUnavailableError()] * 5))
    with pytest.raises(ImportStoppedError) as caught:
        await trial.sender.send(batch(1))
    assert caught.value.reason == "SERVICE_UNAVAILABLE"
    assert len(trial.waits) == LIMITS.attempts_max


async def test_a_filing_that_was_refused_for_now_is_sent_again_alone() -> None:
    refusals = iter(["", "OVERLOADED", "", ""])
    registrar = MemoryRegistrar(refuse=lambda request: next(refusals))
    trial = Trial(registrar)
    assert answers(await trial.sender.send(batch(3))) == ["case-1", "case-3", "case-2"]
    assert registrar.batch_sizes == [3, 1]


async def test_one_filing_that_spoils_the_call_is_found_and_the_others_get_in() -> None:
    def before(sent: Batch) -> None:
        if any(request.info.request_id == "5" for request in sent):
            raise BatchRefusedError("MALFORMED_REQUEST", "row 5 is bad")

    trial = Trial(MemoryRegistrar(before))
    outcomes = await trial.sender.send(batch(8))
    assert [outcome.refusal_reason for outcome in outcomes] == [*[""] * 5, "MALFORMED_REQUEST", *[""] * 2]
    assert len(trial.registrar.filings) == 7


async def test_a_call_that_can_never_succeed_stops_the_import_at_once() -> None:
    trial = Trial(failing(ImportStoppedError("PERMISSION_DENIED", "not an officer")))
    with pytest.raises(ImportStoppedError):
        await trial.sender.send(batch(4))
    assert trial.waits == [0]


async def test_an_empty_batch_is_not_sent() -> None:
    trial = Trial(MemoryRegistrar())
    assert await trial.sender.send([]) == []
    assert trial.registrar.batch_sizes == []


async def test_answers_come_in_order_with_a_bounded_number_under_way() -> None:
    under_way: set[int] = set()
    most = 0

    async def send(item: int) -> Outcomes:
        nonlocal most
        under_way.add(item)
        most = max(most, len(under_way))
        await asyncio.sleep(0.01 / (item + 1))
        under_way.discard(item)
        return []

    assert [item async for item, _ in in_order(range(20), send, 3)] == list(range(20))
    assert most == 3


async def test_no_more_is_read_than_is_under_way() -> None:
    read: list[int] = []

    def items() -> Iterator[int]:
        for item in range(20):
            read.append(item)
            yield item

    async def send(item: int) -> Outcomes:
        return []

    async for item, _ in in_order(items(), send, 3):
        assert read[-1] <= item + 3


async def test_what_is_under_way_is_cancelled_when_one_fails() -> None:
    cancelled: list[int] = []

    async def send(item: int) -> Outcomes:
        if item == 0:
            raise ImportStoppedError("UNAUTHENTICATED", "no")
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            cancelled.append(item)
            raise
        return []

    with pytest.raises(ImportStoppedError):
        async for _ in in_order(range(5), send, 3):
            pass
    assert cancelled == [1, 2]


class Intake:
    """Answers one call, or fails it with a status."""

    def __init__(self, code: grpc.StatusCode | None = None, reason: str = "") -> None:
        self.code, self.reason = code, reason
        self.seconds = 0.0
        self.asked = list[Message]()

    async def CorrectRegistration(  # noqa: N802 # the name in the contract
        self,
        request: CorrectRegistrationRequest,
        *,
        timeout: float,  # noqa: ASYNC109 # the stub's own parameter
    ) -> CorrectRegistrationResponse:
        self._answer(request)
        return CorrectRegistrationResponse(fields=["content"])

    async def ReadPersonalData(  # noqa: N802 # the name in the contract
        self,
        request: ReadPersonalDataRequest,
        *,
        timeout: float,  # noqa: ASYNC109 # the stub's own parameter
    ) -> ReadPersonalDataResponse:
        self._answer(request)
        said = (Clear(person=Person(name=name)) for name in ("甲", "乙"))
        return ReadPersonalDataResponse(fields=[OpenedField(purpose="petitioner", clear=one) for one in said])

    async def RegisterPetitions(  # noqa: N802 # the name in the contract
        self,
        request: RegisterPetitionsRequest,
        *,
        timeout: float,  # noqa: ASYNC109 # the stub's own parameter
    ) -> RegisterPetitionsResponse:
        self.seconds = timeout
        self._answer(request)
        registered = RegisterPetitionResponse(case_id="case-1")
        return RegisterPetitionsResponse(outcomes=[RegistrationOutcome(registered=registered)])

    def _answer(self, request: Message) -> None:
        self.asked.append(request)
        if self.code is not None:
            raise aio.AioRpcError(self.code, aio.Metadata(), self._details(), "no", None)

    def _details(self) -> aio.Metadata:
        status = status_pb2.Status(message="no")
        if self.reason:
            status.details.add().Pack(error_details_pb2.ErrorInfo(reason=self.reason))
        return aio.Metadata(("grpc-status-details-bin", status.SerializeToString()))


async def test_a_case_is_put_right_and_its_petitioner_is_the_one_last_recorded() -> None:
    registrar = GrpcRegistrar(Intake(), 7.0)
    assert await registrar.correct(CorrectRegistrationRequest()) == ["content"]
    assert (await registrar.person("case-1")).name == "乙"


async def test_what_is_not_allowed_in_one_case_stops_no_import() -> None:
    with pytest.raises(BatchRefusedError):
        await GrpcRegistrar(Intake(grpc.StatusCode.PERMISSION_DENIED), 7.0).correct(
            CorrectRegistrationRequest()
        )
    with pytest.raises(ImportStoppedError):
        await GrpcRegistrar(Intake(grpc.StatusCode.UNAUTHENTICATED), 7.0).correct(
            CorrectRegistrationRequest()
        )


async def test_a_check_only_asks() -> None:
    intake = Intake()
    await GrpcRegistrar(intake, 7.0).register(batch(1), trial=True)
    assert intake.asked == [RegisterPetitionsRequest(petitions=batch(1), trial=True)]


async def test_an_answer_of_the_service_is_handed_on() -> None:
    intake = Intake()
    outcomes = await GrpcRegistrar(intake, 7.0).register(batch(1))
    assert answers(outcomes) == ["case-1"]
    assert intake.seconds == 7.0


@pytest.mark.parametrize(
    ("code", "reason", "failure"),
    [
        (grpc.StatusCode.UNAVAILABLE, "", RegistrarUnavailableError),
        (grpc.StatusCode.UNAVAILABLE, "STORE_UNAVAILABLE", RegistrarUnavailableError),
        (grpc.StatusCode.DEADLINE_EXCEEDED, "", RegistrarUnavailableError),
        (grpc.StatusCode.CANCELLED, "", RegistrarUnavailableError),
        (grpc.StatusCode.INTERNAL, "", RegistrarUnavailableError),
        (grpc.StatusCode.RESOURCE_EXHAUSTED, "OVERLOADED", RegistrarUnavailableError),
        (grpc.StatusCode.ABORTED, "TOO_MANY_CONFLICTS", RegistrarUnavailableError),
        (grpc.StatusCode.INTERNAL, "INTERNAL", BatchRefusedError),
        (grpc.StatusCode.RESOURCE_EXHAUSTED, "", BatchRefusedError),
        (grpc.StatusCode.INVALID_ARGUMENT, "REQUEST_TOO_LARGE", BatchRefusedError),
        (grpc.StatusCode.UNAUTHENTICATED, "TOKEN_INVALID", ImportStoppedError),
        (grpc.StatusCode.PERMISSION_DENIED, "ROLE_REQUIRED", ImportStoppedError),
    ],
)
async def test_each_failed_call_is_repeated_split_or_given_up_as_its_status_says(
    code: grpc.StatusCode, reason: str, failure: type[Exception]
) -> None:
    with pytest.raises(failure) as caught:
        await GrpcRegistrar(Intake(code, reason), 7.0).register(batch(1))
    if isinstance(caught.value, BatchRefusedError | ImportStoppedError):
        assert caught.value.reason == (reason or code.name)
