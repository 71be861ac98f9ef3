"""Keys destroyed in a story, as the administrator's command destroys them."""

from huiyin_domain.context import Principal, Role
from huiyin_kernel.policy import load_policy
from huiyin_kernel.vault.erase import erase
from huiyin_store.postgres import PostgresEventStore
from tests.histories.story import Story
from tests.support.calling import OFFICE


async def destroy_keys(story: Story, subject: str) -> None:
    """Destroys the keys of a subject in intake's vault, on the record."""
    settings = story.platform.settings
    dsn, log = story.platform.dsns["intake"], settings.log_name("intake")
    store = await PostgresEventStore.open(dsn, "intake", log)
    administrator = Principal(OFFICE, "administrator-01", frozenset({Role.ADMINISTRATOR}))
    try:
        await erase(store, load_policy(), story.clock, administrator, subject, "request")
    finally:
        await store.aclose()
