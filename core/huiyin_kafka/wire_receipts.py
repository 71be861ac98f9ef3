"""Agencies' messages and their receipts as Kafka records: CloudEvents in binary mode like the events."""

from google.protobuf.message import DecodeError

from huiyin.exchange.v1.types_pb2 import AgencyReceipt
from huiyin_kafka.record import Attributes, UnreadableRecordError, milliseconds, rfc3339
from huiyin_kafka.wire import fixed_headers
from huiyin_kernel.arrived import Record
from huiyin_kernel.codec import instant

RECEIPT = AgencyReceipt.DESCRIPTOR.full_name


def receipt_record(topic: str, receipt: AgencyReceipt) -> Record:
    """The record of a receipt; the same receipt gives the same bytes. `ce_position` is its number."""
    answered = instant(receipt.answered_time)
    subject = (receipt.message_id or f"{receipt.agency}/{receipt.number}").encode()
    headers = (
        *fixed_headers(f"receipts@{receipt.agency}", RECEIPT),
        ("ce_id", f"{receipt.agency}/{receipt.number}".encode()),
        ("ce_subject", subject),
        ("ce_time", rfc3339(answered)),
        ("ce_position", b"%d" % receipt.number),
        ("ce_partitionkey", subject),
    )
    return Record(
        topic, subject, receipt.SerializeToString(deterministic=True), headers, milliseconds(answered)
    )


def read_receipt(record: Record) -> AgencyReceipt:
    """What a record of a receipts topic carries. Raises UnreadableRecordError."""
    attributes = Attributes(record.headers)
    if attributes.text("type") != RECEIPT:
        raise UnreadableRecordError(f"header ce_type is not {RECEIPT}")
    try:
        receipt = AgencyReceipt.FromString(record.value or b"")
    except DecodeError:
        raise UnreadableRecordError(f"the value is not a {RECEIPT}") from None
    if attributes.place("position") != receipt.number:
        raise UnreadableRecordError(f"header ce_position is not the receipt's number, {receipt.number}")
    return receipt
