"""Settings of every process, from environment variables named HUIYIN_...; each with its unit and bounds.

A nested setting is named with two underscores, such as HUIYIN_LIMITS__DEADLINE_SECONDS=60.
"""

import os
import re
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from huiyin_kernel.home import Home, default_home

ServiceName = Literal["intake", "reception", "judicial", "supervision", "streams", "exchange"]
LOG_NAMES: tuple[ServiceName, ...] = ("intake", "reception", "judicial", "supervision")
"""The services that decide, and record what they decided in a log of their own."""
SERVICE_NAMES: tuple[ServiceName, ...] = (*LOG_NAMES, "streams", "exchange")
RING_NAMES: tuple[ServiceName, ...] = (*LOG_NAMES, "exchange")
"""The services with a ring of keys: to seal, or to recognise again what they must not keep."""

POSTGRES_PORT = 7132
KAFKA_PORT = 7191
_ADDRESS = re.compile(r"(?P<host>[A-Za-z0-9.\-]+|\[[0-9a-fA-F:]+\]):(?P<port>\d{1,5})")


def _checked_address(address: str) -> str:
    found = _ADDRESS.fullmatch(address)
    if found is None or not 0 < int(found["port"]) < 65536:
        raise ValueError(f"{address!r} is not host:port, such as 127.0.0.1:7101")
    return address


Address = Annotated[str, AfterValidator(_checked_address)]


class Addresses(BaseModel):
    """Where the services are; each listens on the port of its own."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    intake: Address = "127.0.0.1:7101"
    reception: Address = "127.0.0.1:7102"
    judicial: Address = "127.0.0.1:7103"
    supervision: Address = "127.0.0.1:7104"
    streams: Address = "127.0.0.1:7105"
    exchange: Address = "127.0.0.1:7106"

    def of(self, name: ServiceName) -> str:
        """The address of a service."""
        return str(getattr(self, name))

    def port(self, name: ServiceName) -> int:
        """The port of a service."""
        return int(self.of(name).rpartition(":")[2])


def _checked_bootstrap(addresses: str) -> str:
    return ",".join(_checked_address(address.strip()) for address in addresses.split(",") if address.strip())


class KafkaSettings(BaseModel):
    """Where Apache Kafka is, in cluster mode. Connections are mutual TLS with the process's certificate."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    bootstrap: Annotated[str, AfterValidator(_checked_bootstrap)] = ""
    """Some brokers as host:port, separated by commas; empty: the embedded default, without Kafka."""
    replication: Annotated[int, Field(ge=1, le=9)] = 3
    """Replicas of each topic partition; of these all but one must be in sync for a write to count."""
    agencies: str = "all"
    """Organisation codes of the agencies that have topics of their own, separated by commas; or: all."""


class RuntimeLimits(BaseModel):
    """The bounds that a process keeps; reaching one is an error that names it, never a silent cut."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    request_bytes_max: Annotated[int, Field(ge=1024, le=67_108_864)] = 2_097_152
    """Bytes of one request, all fields together."""
    message_bytes_max: Annotated[int, Field(ge=65_536, le=268_435_456)] = 8_388_608
    """Bytes of one answer or one page of events between services."""
    text_characters_max: Annotated[int, Field(ge=100, le=1_000_000)] = 20_000
    """Characters in one text field, but for those of the next two."""
    filing_characters_max: Annotated[int, Field(ge=200_000, le=1_000_000)] = 200_000
    """Characters of what a filing says: its content, subject, place and other words, each by itself."""
    person_field_characters_max: Annotated[int, Field(ge=100, le=20_000)] = 2_000
    """Characters in each field of a person: name, address, contact and numbers."""
    batch_filings_max: Annotated[int, Field(ge=1, le=10_000)] = 500
    """Filings in one request that registers many."""
    page_size_default: Annotated[int, Field(ge=1, le=1000)] = 50
    """Entries in a page when the caller names no number."""
    page_size_max: Annotated[int, Field(ge=1, le=10_000)] = 500
    """Entries in a page at most."""
    deadline_seconds: Annotated[float, Field(gt=0, le=600)] = 30.0
    """Seconds for a call that brings no shorter deadline."""
    drain_seconds: Annotated[float, Field(ge=0, le=120)] = 5.0
    """Seconds that calls under way are given when a process stops."""
    heartbeat_seconds: Annotated[float, Field(gt=0, le=300)] = 10.0
    """Seconds of silence on a subscription until a heartbeat is sent."""
    concurrent_calls_max: Annotated[int, Field(ge=1, le=100_000)] = 512
    """Calls of agencies under way in one process."""
    concurrent_calls_caller_max: Annotated[int, Field(ge=1, le=100_000)] = 128
    """Of these, calls of one agency."""
    concurrent_calls_services_max: Annotated[int, Field(ge=1, le=100_000)] = 256
    """Calls of the platform's own services under way in one process, beside those of agencies."""
    subscriptions_max: Annotated[int, Field(ge=1, le=10_000)] = 128
    """Subscriptions of agencies open in one process."""
    subscriptions_caller_max: Annotated[int, Field(ge=1, le=10_000)] = 16
    """Of these, subscriptions of one agency."""
    subscriptions_services_max: Annotated[int, Field(ge=1, le=10_000)] = 64
    """Subscriptions of the platform's own services open in one process, beside those of agencies."""
    append_queue_max: Annotated[int, Field(ge=1, le=100_000)] = 4096
    """Appends that wait for the log; more are refused as overloaded."""
    append_batch_max: Annotated[int, Field(ge=1, le=10_000)] = 256
    """Appends that share one commit."""
    feed_page_max: Annotated[int, Field(ge=1, le=10_000)] = 500
    """Events in one page of a feed."""
    timeline_held_max: Annotated[int, Field(ge=100, le=1_000_000)] = 10_000
    """Events that wait in the timeline for their causes; beyond, only what they wait for is read on."""
    timeline_wait_seconds: Annotated[float, Field(gt=0, le=86_400)] = 60.0
    """Seconds that an event may wait for its causes until that is an alarm."""
    token_hours_max: Annotated[float, Field(gt=0, le=744)] = 24.0
    """Hours from iat to exp of an officer's token; one that is valid for longer is refused."""
    clock_seconds_max: Annotated[float, Field(ge=1, le=3600)] = 60.0
    """Seconds by which a machine's clock may differ from those it is compared with; beyond, it records no
    lateness. Clocks that are kept differ by less than one; periods end at the end of a day."""
    small_cell_min: Annotated[int, Field(ge=2, le=1000)] = 5
    """Cases in a cell of figures below which it is not shown to those who may not see the cases."""
    import_rows_max: Annotated[int, Field(ge=1, le=100_000_000)] = 1_000_000
    """Rows in one import file."""


class Settings(BaseSettings):
    """What a process is told from outside. Unknown variables are left to others."""

    model_config = SettingsConfigDict(
        env_prefix="HUIYIN_",
        env_nested_delimiter="__",
        frozen=True,
        extra="ignore",
        hide_input_in_errors=True,
    )

    home: Path = Field(default_factory=default_home)
    """The data folder."""
    instance: Annotated[str, Field(pattern=r"^[a-z0-9\-]{0,40}$")] = ""
    """Which process this is, where several run the same program: relay-1, worker-2; set by `huiyin up`."""
    database_url: SecretStr | None = None
    """For `huiyin up`: the administrator's access to a PostgreSQL server of yours, instead of the embedded
    one. For a service: its own access to its own schema."""
    postgres_port: Annotated[int, Field(ge=1, le=65535)] = POSTGRES_PORT
    """The port that the embedded PostgreSQL listens on, if it is free."""
    kafka_port: Annotated[int, Field(ge=1, le=65530)] = KAFKA_PORT
    """The first of six ports that the brokers of `huiyin up --cluster` listen on, if they are free: three
    for clients, then three for the brokers among themselves."""
    listen_host: str = "127.0.0.1"
    """The address that services bind to."""
    addresses: Addresses = Addresses()
    """Where the services are."""
    time_reference: Annotated[str, Field(pattern=r"^([A-Za-z0-9.\-]+(:\d{1,5})?)?$")] = ""
    """A time server (SNTP) that clocks are compared with too, as host or host:port; empty: none."""
    region: Annotated[str, Field(pattern=r"^\d{6}$")] = "990000"
    """The division whose log this is (GB/T 2260): logs are named like intake@990000."""
    samples: bool = True
    """Whether `huiyin up` loads the sample cases on first start."""
    limits: RuntimeLimits = RuntimeLimits()
    """Bounds on size, time and number."""
    kafka: KafkaSettings = KafkaSettings()
    """Apache Kafka, in cluster mode."""
    log_format: Literal["auto", "json", "console"] = "auto"
    """How log lines are written: as JSON, for people, or (auto) for people on a terminal and else as JSON."""
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    """The least level that is logged."""
    metrics_port: Annotated[int, Field(ge=0, le=65535)] = 0
    """The port on the loopback address where this process shows /metrics to Prometheus; 0: none."""
    traces_endpoint: str = Field(default_factory=lambda: os.environ.get("OTEL_EXPORTER_OTLP_ENDPOINT", ""))
    """The OpenTelemetry collector that spans are sent to (OTLP over gRPC), such as http://127.0.0.1:4317;
    by default what OTEL_EXPORTER_OTLP_ENDPOINT says; empty: none."""
    traces_file: str = ""
    """A file for spans as JSON lines, in the data folder unless the path is absolute; empty: none."""
    traces_ratio: Annotated[float, Field(ge=0, le=1)] = 1.0
    """Which share of traces that begin here is written; one that a caller began follows the caller."""

    @property
    def paths(self) -> Home:
        """The places under the data folder."""
        return Home(self.home.expanduser().resolve())

    @property
    def traces_path(self) -> Path | None:
        """Where spans are written, if they are written to a file."""
        return self.paths.root / self.traces_file if self.traces_file else None

    @property
    def is_cluster(self) -> bool:
        """Whether services and agencies meet on Kafka."""
        return bool(self.kafka.bootstrap)

    def log_name(self, service: ServiceName) -> str:
        """The name of a service's log in this region."""
        return f"{service}@{self.region}"

    def listen_address(self, service: ServiceName) -> str:
        """Where a service binds."""
        return f"{self.listen_host}:{self.addresses.port(service)}"
