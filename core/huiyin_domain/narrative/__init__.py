"""Narrative: each event as one sentence that a person can read, in Chinese and English."""

from huiyin_domain.narrative.sentences import describe

__all__ = ["describe"]
