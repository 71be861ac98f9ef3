"""The time to decide on a request for recusal (R1): a rule of the platform after Art. 28(3), no law."""

from huiyin.intake.v1 import events_pb2 as intake
from huiyin.intake.v1 import types_pb2 as types
from huiyin.supervision.v1.types_pb2 import CLOCK_STATUS_MET, CLOCK_STATUS_VOID
from tests.unit.clocks.story import HOUSING, TRANSPORT, Story, noon
from tests.unit.clocks.tellings import in_hand, moved


def asked(story: Story, day: str, recusal: str = "r1", decider: str = HOUSING) -> str:
    event = intake.RecusalRequested(recusal_id=recusal, unit=HOUSING, officer="li", decider=decider)
    return story.tell(day, event)


def test_the_decider_has_five_working_days_and_stops_them_by_deciding() -> None:
    story = in_hand("2026-02-02", "2026-02-03")
    event = asked(story, "2026-02-13", decider="government")
    clock = story.clock("R1")
    assert (clock.unit, clock.start_event_id, clock.running) == ("government", event, True)
    assert str(clock.rolled_due) == "2026-02-27"
    assert clock.basis_zh.startswith("平台规则")
    story.tell("2026-02-24", intake.RecusalDecided(recusal_id="other", unit=HOUSING, officer="li"))
    assert story.clock("R1").running
    story.tell("2026-02-25", intake.RecusalDecided(recusal_id="r1", unit=HOUSING, officer="li"))
    assert story.clock("R1").status(noon("2026-03-02")) == CLOCK_STATUS_MET


def test_the_sixty_days_run_on_meanwhile() -> None:
    story = in_hand("2026-02-02", "2026-02-03")
    asked(story, "2026-02-13")
    assert story.clock("T7").running


def test_a_move_of_responsibility_and_an_accusation_of_the_decider_end_it() -> None:
    story = in_hand("2026-02-02", "2026-02-03")
    asked(story, "2026-02-13")
    moved(story, "2026-02-24", TRANSPORT, types.MOVE_BASIS_SUPERIOR_DECISION)
    assert story.clock("R1").status() == CLOCK_STATUS_VOID
    story = in_hand("2026-02-02", "2026-02-03")
    asked(story, "2026-02-13", decider="government")
    _accused(story, "2026-02-24", TRANSPORT)
    assert story.clock("R1").running
    _accused(story, "2026-02-25", "government")
    assert story.clock("R1").status() == CLOCK_STATUS_VOID


def _accused(story: Story, day: str, unit: str) -> None:
    accusation = types.PETITION_CLASS_ACCUSATION
    story.tell(day, intake.PetitionClassified(petition_class=accusation, accused_units=[unit]))
