"""A trial on the command line: what was typed as the form of the page, and the answer as lines of JSON."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from datetime import date

from evaluations.effects.forms import Asked, read
from evaluations.effects.queries import past_lots
from evaluations.effects.rules import BANDS, Order, added_up, as_words, try_rule


async def trial_lines(asked: Asked) -> list[str]:
    """A line for each lot that the rule speaks of, and the sums."""
    trials = try_rule(asked.candidate, await past_lots(asked.first, asked.last, asked.method))
    outcome = added_up(trials)
    sums = {"looked_at": outcome.looked_at, "changed": outcome.changed, "difference": str(outcome.difference)}
    return [json.dumps(line, ensure_ascii=False) for line in (*map(as_words, trials), sums)]


async def run(typed: dict[str, str], today: date) -> int:
    """Print the lines; 2 when what was typed cannot be understood."""
    form, asked = read(typed, today)
    if asked is None:
        for name, sentence in form.errors.items():
            print(f"{name}: {sentence.text('en')}", file=sys.stderr)
        return 2
    print("\n".join(await trial_lines(asked)))
    return 0


def typed_of(argv: Sequence[str]) -> dict[str, str]:
    """The command's line as the form of the page."""
    parser = argparse.ArgumentParser(prog="marketplace standing trial", description="Try a rule out on past awards.")
    parser.add_argument("--order", default="", help=f"under the limit: {', '.join(each.value for each in Order)}")
    parser.add_argument("--bands", default="", help=f"points of a printed table: {','.join(BANDS)}")
    for name in ("half-life", "field-weight", "enough-record"):
        parser.add_argument(f"--{name}", default="", help="another number of R-PERF-09")
    parser.add_argument("--first", default="", help="first closing day, 2026-03-02; three years before the last one")
    parser.add_argument("--last", default="", help="last closing day; today")
    given = vars(parser.parse_args(list(argv)))
    bands = dict(zip(BANDS, given.pop("bands").split(","), strict=False))
    return {**given, **{f"band_{name}": points for name, points in bands.items() if points}}
