"""A history loaded from sources is the same as one put together by hand."""

from huiyin_audit.history import load_history
from tests.unit.audit.book import told, written
from tests.unit.audit.legal_story import legal_story
from tests.unit.audit.sources import ListSource


async def test_every_log_is_loaded_whole_and_in_order() -> None:
    book = written(legal_story())
    sources = [ListSource(log, events, page=4) for log, events in book.logs.items()]
    assert await load_history(sources, book.calls, at_rest=True) == told(legal_story())
