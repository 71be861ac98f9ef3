"""What clocks start and stop with, in the words of the law rather than of messages."""

from enum import StrEnum


class Milestone(StrEnum):
    """A turn in the life of a case that some period hangs on. One event may mark several."""

    RECEIVED_BY_OFFICE = "received_by_office"
    RECEIVED_DIRECTLY = "received_directly"
    SPLIT_OFF = "split_off"
    IMPORTED = "imported"
    CLASSIFIED = "classified"
    HANDED_OVER = "handed_over"
    REFERRED = "referred"
    OBJECTED = "objected"
    OBJECTION_UPHELD = "objection_upheld"
    OBJECTION_REFUSED = "objection_refused"
    RECALLED = "recalled"
    HANDOVER_ORDERED = "handover_ordered"
    RETURNED = "returned"
    RECEIPT_NOTIFIED = "receipt_notified"
    MOVED = "moved"
    CONFIRMED = "confirmed"
    ASSIGNED = "assigned"
    REASSIGNED = "reassigned"
    ACCEPTED = "accepted"
    HANDLING_BEGUN = "handling_begun"
    DECLINED = "declined"
    LED_IN = "led_in"
    EXTENSION_APPROVED = "extension_approved"
    EXTENDED = "extended"
    OPINION_ISSUED = "opinion_issued"
    OPINION_SERVED = "opinion_served"
    REVIEW_ASKED = "review_asked"
    REVIEW_RECEIVED = "review_received"
    REVIEW_DECIDED = "review_decided"
    REVIEW_SERVED = "review_served"
    RE_REVIEW_ASKED = "re_review_asked"
    RE_REVIEW_RECEIVED = "re_review_received"
    RE_REVIEW_DECIDED = "re_review_decided"
    REVOKED = "revoked"
    CLOSED = "closed"
    JUDICIAL_TAKEN = "judicial_taken"
    TASK_SET = "task_set"
    TASK_DONE = "task_done"
    TASK_REVOKED = "task_revoked"
    RESOLUTION_PROPOSED = "resolution_proposed"
    RESOLUTION_SPOKEN = "resolution_spoken"
    RESOLUTION_OVER = "resolution_over"
    OFFERED = "offered"
    OFFER_WITHDRAWN = "offer_withdrawn"
    OFFER_ENDED = "offer_ended"
    OFFER_LAPSED = "offer_lapsed"
    LITIGATION_REFERRED = "litigation_referred"
    ORGAN_ACKNOWLEDGED = "organ_acknowledged"
    ORGAN_PROMISED = "organ_promised"
    ORGAN_DECLINED = "organ_declined"
    PROGRESS_REPORTED = "progress_reported"
    CONCLUDED = "concluded"
    HANDED_BACK = "handed_back"
    GIVEN_BACK = "given_back"
    ORDERED = "ordered"
    ORDER_ANSWERED = "order_answered"
    ORDER_CARRIED_OUT = "order_carried_out"


class Matter(StrEnum):
    """What an officer found the matter to be, as far as periods depend on it."""

    PETITION = "petition"  # 信访程序 (Art. 31(6)): the only one with the 60 days
    PROCEDURE = "procedure"  # 仲裁、党员申诉、行政程序、履行职责 (Art. 31(2) to (5))
    SUGGESTION = "suggestion"  # 建议意见 (Art. 29)
    OWN_RULES = "own_rules"  # 涉诉 and 检举控告: told of by their own rules (Art. 23(4))
