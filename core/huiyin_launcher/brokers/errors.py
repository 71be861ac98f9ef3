"""What can go wrong with brokers of our own; each message says what to do."""


class BrokerError(Exception):
    """Kafka could not be fetched, set up, started or stopped."""


class ToolMissingError(BrokerError):
    """Java or Maven is not on this machine, or too old."""
