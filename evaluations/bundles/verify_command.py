"""`marketplace verify bundle FILE…`: compute an award again from its bundle alone; needs no database.

Several bundles of one listing, from several bidders, are checked together: when every row is there, so is the ranking.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from evaluations.bundles.verify import verify, words


def main(argv: Sequence[str]) -> int:
    """0 when everything can be computed again, 1 naming the first difference, 2 when a file cannot be read."""
    parser = argparse.ArgumentParser(prog="marketplace verify", description="Compute an award again.")
    parser.add_argument("what", choices=["bundle"])
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help="a bundle taken from the award's page")
    asked = parser.parse_args(argv)
    bundles = []
    for path in asked.files:
        try:
            bundles.append(json.loads(path.read_text("utf-8")))
        except (OSError, ValueError) as unread:
            print(f"{path}: {unread}", file=sys.stderr)
            return 2
    verdict = verify(bundles)
    print("\n".join(words(verdict)))
    return 0 if verdict.holds else 1
