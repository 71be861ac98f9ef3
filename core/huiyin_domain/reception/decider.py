"""The deciders of joint reception, one for each category of stream."""

from huiyin_domain.reception.centre import CentreDecider
from huiyin_domain.reception.meeting import MeetingDecider
from huiyin_domain.reception.visit import VisitDecider

CENTRE = CentreDecider()
VISIT = VisitDecider()
MEETING = MeetingDecider()
