"""`huiyin import FILE`: filings from workbooks, CSV and JSON files, each registered once or reported."""
