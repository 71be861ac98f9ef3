"""An event goes over the wire and comes back as its log holds it, or it is said that it does not."""

import pytest

from huiyin_kernel.codec import from_envelope, to_envelope
from tests.unit.kafka.recorded import LOG, recorded


def test_an_event_comes_back_as_it_is_stored() -> None:
    event = recorded(7)
    assert from_envelope(to_envelope(LOG, event)) == event


def test_an_event_that_was_changed_on_the_way_is_found() -> None:
    envelope = to_envelope(LOG, recorded(7))
    envelope.metadata.causation_id = "changed"
    with pytest.raises(ValueError, match="intake@990000 7 does not come back"):
        from_envelope(envelope)
