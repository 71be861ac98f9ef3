"""An event that no fold takes stops nothing on a running platform, is seen by all, and can be mended."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from huiyin.cases.v1.service_pb2 import GetCaseRequest
from huiyin.dead.v1.service_pb2 import ListDeadLettersRequest, RedriveDeadLetterRequest
from huiyin.dead.v1.types_pb2 import LETTER_STATE_BURIED, KeptLetter
from huiyin_audit.findings import PromiseOutcome, Verdict
from huiyin_audit.live_models import READ_MODELS, nothing_set_aside
from huiyin_audit.replay_logs import compare_models
from huiyin_cli.status.survey import buried
from huiyin_domain.cases import view
from huiyin_domain.context import Role
from huiyin_domain.decider import Fact, UnfoldableError
from huiyin_launcher.embedded.postgres import EmbeddedPostgres
from tests.support.calling import LOGS, OFFICE, claim, registered
from tests.support.platform import Platform, eventually, running

pytestmark = pytest.mark.asyncio(loop_scope="module")


class Planted:
    """A fold with a defect: it cannot take a classification of the cases named here."""

    def __init__(self) -> None:
        self.cases: set[str] = set()
        self._sound = view.after

    def __call__(self, before: Any, fact: Fact, of_intake: Any) -> Any:
        is_classified = fact.event.DESCRIPTOR.name == "PetitionClassified"
        if is_classified and self.cases.intersection(fact.case_ids):
            raise UnfoldableError("a planted defect")
        return self._sound(before, fact, of_intake)


@dataclass(frozen=True)
class Broken:
    """A platform with a defect, and its staff."""

    platform: Platform
    planted: Planted

    def client(self, agency: str, role: Role) -> Any:
        return self.platform.client(self.platform.employ(agency, role))

    async def letters(self) -> list[KeptLetter]:
        """What the streams service has set aside, and not yet taken up."""
        async with self.client(OFFICE, Role.ADMINISTRATOR) as client:
            response = await client.letters("streams").ListDeadLetters(ListDeadLettersRequest())
        return [kept for kept in response.letters if kept.state == LETTER_STATE_BURIED]

    async def status_of(self, case_id: str) -> str:
        """What the read model says of a case; empty while it says nothing."""
        async with self.client(OFFICE, Role.OFFICER) as client:
            try:
                response = await client.cases.GetCase(GetCaseRequest(case_id=case_id))
            except Exception as error:
                return "" if "NO_SUCH_CASE" in str(error) else f"{error}"
        return str(response.summary.status)

    async def until(self, case_id: str, status: str) -> None:
        async def known() -> bool:
            return await self.status_of(case_id) == status

        await eventually(known, f"the status {status}")

    async def replayed(self) -> list[Verdict]:
        """What `huiyin replay` says of the case model."""
        logs = [self.platform.settings.log_name(name) for name in LOGS]
        folds = dict(READ_MODELS)["streams"]
        return await compare_models(self.platform.dsns["auditor"], logs, "streams", folds)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def broken(postgres_server: EmbeddedPostgres, home: Path) -> AsyncIterator[Broken]:
    planted = Planted()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(view, "after", planted)
        async with running(postgres_server.admin_dsn, home) as platform:
            yield Broken(platform, planted)


async def test_every_other_case_goes_on_and_everybody_is_told(broken: Broken) -> None:
    async with broken.client(OFFICE, Role.OFFICER) as office:
        bad, good = await registered(office), await registered(office)
        broken.planted.cases.add(bad)
        for case_id in (bad, good):
            await office.intake.ClassifyPetition(claim(case_id))
    await broken.until(good, "CLASSIFIED")

    async def all_told() -> bool:
        return {kept.letter.consumer for kept in await broken.letters()} == {
            "streams-case",
            "streams-timeline",
        }

    await eventually(all_told, "the letters")
    assert await broken.status_of(bad) == "REGISTERED"
    async with broken.client(OFFICE, Role.ADMINISTRATOR) as client:
        state = await buried(client, "streams")
    assert state is not None
    assert list(state.wrong())
    said = await nothing_set_aside(broken.platform.dsns["auditor"], ())
    assert said.outcome is PromiseOutcome.UNKNOWN
    assert {finding.rule for finding in said.open_questions} == {"SET_ASIDE"}
    broken.planted.cases.clear()  # the audit is of a sound build
    assert PromiseOutcome.BROKEN in {verdict.outcome for verdict in await broken.replayed()}


async def test_driven_again_after_the_mend_it_is_as_if_nothing_had_happened(broken: Broken) -> None:
    broken.planted.cases.clear()
    async with broken.client(OFFICE, Role.ADMINISTRATOR) as client:
        for kept in await broken.letters():
            request = RedriveDeadLetterRequest(letter_id=kept.letter.letter_id)
            await client.letters("streams").RedriveDeadLetter(request)

    async def sound() -> bool:
        said = await nothing_set_aside(broken.platform.dsns["auditor"], ())
        return said.outcome is PromiseOutcome.HOLDS

    await eventually(sound, "nothing is set aside")
    assert {verdict.outcome for verdict in await broken.replayed()} == {PromiseOutcome.HOLDS}
