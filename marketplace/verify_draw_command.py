"""`marketplace verify draw FILE`: does a random draw come out the same when it is done again from its file?

Needs the file and nothing else: no database, no server, no network.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

from marketplace.kernel.draws.file import first_difference
from marketplace.kernel.i18n import N_, Sentence, say


def main(argv: Sequence[str]) -> int:
    """0 when the draw comes out the same, 1 naming the first difference."""
    parser = argparse.ArgumentParser(prog="marketplace verify", description="Do a random draw again.")
    parser.add_argument("what", choices=["draw"])
    parser.add_argument("file", type=Path, metavar="FILE", help="the draw's file, taken from its page")
    parser.add_argument("--commitment", default="", metavar="HASH", help="the hash noted when the list was frozen")
    asked = parser.parse_args(argv)
    try:
        file = json.loads(asked.file.read_text("utf-8"))
        found = first_difference(file, asked.commitment)
    except (OSError, ValueError, RecursionError) as unreadable:
        found = say(N_("文件读不了：{why}"), why=str(unreadable)[:200])
    if found is not None:
        _say(found)
        return 1
    _say(
        say(
            N_("核对无误：{reference} 从 {count} 个里抽出 {keys}，重做一遍完全相同。"),
            reference=file["reference"],
            count=len(file["candidates"]),
            keys=" ".join(file["drawn"]),
        )  # fmt: skip
    )
    return 0


def _say(sentence: Sentence) -> None:
    for language in ("zh", "en"):
        print(sentence.text(language))
