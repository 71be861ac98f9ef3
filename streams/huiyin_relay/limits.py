"""The named maxima of the relay: every batch, retry and wait has one."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RelayLimits:
    """How much, how often and how long. The defaults suit one relay on two cores."""

    batch_records: int = 4_000
    """Records that are sent before all of them must be acknowledged."""

    batch_bytes: int = 4_000_000
    """Bytes in one batch; a single larger record goes alone. Less than what the publisher writes at once."""

    page_bytes: int = 16_000_000
    """Bytes in one reading, judged by the one before."""

    pages_ahead: int = 2
    """Batches read while another is published."""

    attempts: int = 3
    """How often a record that the brokers reject is sent, alone, before it is parked."""

    retry_seconds_first: float = 0.2
    retry_seconds_max: float = 5.0
    """Wait after a failure; doubled each time."""

    poll_seconds_min: float = 0.005
    """A source at its end is looked at again after this time; doubled each time up to what suits it."""

    end_seconds: float = 1.0
    """How long an end waits for the last cursor to be saved."""

    lease_seconds: float = 4.0
    """How long a relay that fell silent keeps a source."""

    renew_seconds: float = 1.0
    """How often leases are renewed, and those of others asked for."""
