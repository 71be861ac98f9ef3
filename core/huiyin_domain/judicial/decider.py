"""The decider of the judicial track."""

from huiyin_domain.judicial.referral import ReferralDecider

REFERRAL = ReferralDecider()
