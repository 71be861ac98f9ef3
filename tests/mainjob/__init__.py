"""The main job: real filings, driven through full lives over the public API, then proved."""
