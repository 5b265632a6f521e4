"""`marketplace verify receipt FILE --chain FILE`: does a bidder's receipt stand in the public chain, unchanged?

Needs two files and nothing else: no database, no server, no network.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from marketplace.gateways.signing import load_public_key
from marketplace.kernel.i18n import N_, Sentence, say
from vendors.receipts.rules import first_difference


def main(argv: Sequence[str]) -> int:
    """0 when the receipt stands in the chain, 1 naming the first difference."""
    parser = argparse.ArgumentParser(prog="marketplace verify receipt")
    parser.add_argument("receipt", type=Path, metavar="FILE", help="the receipt as JSON")
    parser.add_argument("--chain", type=Path, required=True, metavar="FILE", help="the listing's public chain as JSON")
    parser.add_argument("--key", type=Path, metavar="FILE", help="the service's public key, got by another way")
    asked = parser.parse_args(argv)
    try:
        key = load_public_key(asked.key.read_text("utf-8")) if asked.key else None
        found = first_difference(_read(asked.receipt), _read(asked.chain), key)
    except (OSError, ValueError, RecursionError) as unreadable:
        found = say(N_("文件读不了：{why}"), why=str(unreadable)[:200])
    if isinstance(found, Sentence):
        _say(found)
        return 1
    _say(say(N_("核对无误：这份回执是回执链的第 {position} 条，签名和每一条的哈希值都对。"), position=found))
    return 0


def _read(path: Path) -> Any:
    return json.loads(path.read_text("utf-8"))


def _say(sentence: Sentence) -> None:
    for language in ("zh", "en"):
        print(sentence.text(language))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
