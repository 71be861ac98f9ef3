"""The deciders of supervision, one for each category of stream."""

from huiyin_domain.policy.decider import PolicyDecider
from huiyin_domain.supervision.lateness import LatenessDecider
from huiyin_domain.supervision.order import OrderDecider

ORDER = OrderDecider()
LATENESS = LatenessDecider()
POLICY = PolicyDecider()
