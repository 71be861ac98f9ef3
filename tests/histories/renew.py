"""Keeps anew what a recorded history is judged to be: `python -m tests.histories.renew 0.1 "the reason"`."""

import argparse

from tests.histories import expected


def main() -> None:
    """Says what changed, and writes judged.json with the reason added; lasting.json never changes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("version", help="of the recording, such as 0.1")
    parser.add_argument("reason", help="which rule changed, and its source")
    given = parser.parse_args()
    changes = expected.changed(given.version, "judged.json")
    if changes:
        expected.keep(given.version, "judged.json", given.reason)
    print("\n".join(changes) or "nothing changed")


if __name__ == "__main__":
    main()
