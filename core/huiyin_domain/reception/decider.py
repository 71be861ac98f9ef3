"""The deciders of joint reception, one for each category of stream."""

from huiyin_domain.reception.centre import CentreDecider, VisitDecider
from huiyin_domain.reception.meeting import MeetingDecider

CENTRE = CentreDecider()
VISIT = VisitDecider()
MEETING = MeetingDecider()
