"""Recorded histories of released versions: what was written is read for ever."""
