"""Sample cases of our own making, put into a new installation through the public API."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from importlib.resources import files
from typing import Any

from google.protobuf.json_format import ParseDict
from google.protobuf.message import Message

from huiyin.intake.v1 import service_pb2 as intake
from huiyin_cli.client import Client, open_client, until_answered
from huiyin_domain.directory import Directory, OrganisationKind
from huiyin_kernel.codec import timestamp
from huiyin_kernel.identity.files import write_whole
from huiyin_kernel.ids import derived
from huiyin_kernel.policy import load_policy
from huiyin_kernel.settings import Settings
from huiyin_launcher.processes import Say

SOURCE = "archive"
LATE_REASON = "样例：启用平台前办理"
CALL_SECONDS_MAX = 30.0
STEP_SECONDS_MAX = 90.0


async def load_once(settings: Settings, say: Say) -> None:
    """Loads the samples into a new installation; does nothing on later starts."""
    marker = settings.paths.samples_loaded
    if not settings.samples or marker.exists():
        return
    count = await _load(settings)
    marker.write_text(f"{count}\n")
    say(f"已装入 {count} 件样例 · {count} sample cases loaded")


async def _load(settings: Settings) -> int:
    cases = json.loads(files("huiyin_cli").joinpath("samples.json").read_text())
    begin, directory = _begin(settings), load_policy().directory
    for number, case in enumerate(cases, start=1):
        await _Story(settings, directory, number, begin).tell(case)
    return len(cases)


def _begin(settings: Settings) -> datetime:
    """When the samples begin: the same after a kill half-way, for a repeated request must be the same."""
    path = settings.paths.samples_begun
    if not path.exists():
        write_whole(path, (datetime.now(UTC) - timedelta(days=30)).isoformat().encode())
    return datetime.fromisoformat(path.read_text())


class _Story:
    """One sample case: its registration and what happened since, told as steps.

    Request ids follow from the number of case and step: telling it again, after a kill half-way, adds
    nothing. Words that begin with $ stand for what earlier answers said, with @ for an agency.
    """

    def __init__(self, settings: Settings, directory: Directory, number: int, begin: datetime) -> None:
        self._settings, self._directory, self._number = settings, directory, number
        self._day, self._begin = 0.0, begin
        self._known: dict[str, Any] = {}

    async def tell(self, case: Mapping[str, Any]) -> None:
        """Registers the case and goes through its steps."""
        for place, step in enumerate(case["steps"]):
            self._day += step.get("days", 0)
            async with open_client(self._words(step["as"]), self._settings) as client:
                await self._step(client, place, step)

    async def _step(self, client: Client, place: int, step: Mapping[str, Any]) -> None:
        request_type = getattr(intake, f"{step['rpc']}Request")
        request = ParseDict(self._filled(step["fields"]), request_type())
        request.info.request_id = str(derived("sample", str(self._number), str(place)))
        request.info.occurred_time.CopyFrom(timestamp(self._begin + timedelta(days=self._day)))
        self._enter(request)
        call = partial(getattr(client.intake, step["rpc"]), request, timeout=CALL_SECONDS_MAX)
        response: Message = await until_answered(call, STEP_SECONDS_MAX)
        for field, value in response.ListFields():
            if isinstance(value, str | int):
                self._known[field.name] = value

    @staticmethod
    def _enter(request: Any) -> None:
        """Filings are history from before the platform began; what was done since, the heads enter late."""
        if isinstance(request, intake.RegisterPetitionRequest):
            request.info.imported, request.source = True, SOURCE
        else:
            request.info.late_entry.reason.clear.text = LATE_REASON

    def _filled(self, value: Any) -> Any:
        if isinstance(value, dict):
            return {key: self._filled(entry) for key, entry in value.items()}
        if isinstance(value, str):
            return self._words(value)
        return value

    def _words(self, text: str) -> Any:
        if text.startswith("$"):
            return self._known[text[1:]]
        before, at, agency = text.partition("@")
        return before + at * bool(before) + self._agency(agency) if at else text

    def _agency(self, name: str) -> str:
        """`department:990101:2` is the third department of that division."""
        kind, division, place = name.split(":")
        found = [
            one.code
            for one in self._directory
            if one.division == division and one.kind is OrganisationKind(kind)
        ]
        return found[int(place)]
