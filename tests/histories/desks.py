"""Desks of a story: each call happens on the day of its act, and what the platform answers is noted."""

from datetime import timedelta
from typing import Any

from huiyin_cli.client import Client
from huiyin_kernel.codec import instant
from tests.histories.story import Story
from tests.mainjob.desk import Desk, Desks
from tests.support.calling import DIRECTORY

ON_ITS_DAY = timedelta(days=2)


class StoryDesk(Desk):
    """A desk whose calls wait for their day."""

    def __init__(self, client: Client, agency: str, story: Story) -> None:
        super().__init__(client, agency)
        self._story = story

    async def call(self, service: str, method: str, request: Any) -> Any:
        """Goes on to the day of the act, then calls. What is entered on its day is no late entry."""
        if "info" in request.DESCRIPTOR.fields_by_name and request.info.HasField("occurred_time"):
            occurred = instant(request.info.occurred_time)
            await self._story.reach(occurred)
            if self._story.clock.now() - occurred < ON_ITS_DAY:
                request.info.ClearField("late_entry")
        return await super().call(service, method, request)


class StoryDesks(Desks):
    """Desks of officers who come to work when they are first needed."""

    def __init__(self, story: Story) -> None:
        super().__init__(story.platform.settings, DIRECTORY, lambda one, code: StoryDesk(one, code, story))
        self.story = story

    async def named(self, profile: str, agency: str = "") -> Desk:
        """The desk of a profile."""
        self.story.employ(profile)
        return await super().named(profile, agency)
