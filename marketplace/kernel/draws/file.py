"""The file of a draw, and what is wrong with one: needs the file alone. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from marketplace.kernel.draws.rules import FORMAT, Candidate, FrozenList, check_candidates, lots_in_order, seed_of
from marketplace.kernel.errors import DomainError
from marketplace.kernel.i18n import N_, Sentence, say

HEX = re.compile(r"[0-9a-f]{64}")


def draw_file(frozen: FrozenList, chain: Mapping[str, Any], present: Sequence[Mapping[str, str]]) -> dict[str, Any]:
    """Everything by which a draw is done again, with its result. `present` has the `name` and `words` of each."""
    seed = seed_of(frozen.commitment, frozen.secret, chain["hash"], [each["words"] for each in present])
    lots = lots_in_order(seed, frozen.candidates)
    return {
        "format": FORMAT,
        "reference": frozen.reference,
        "subject": frozen.subject,
        "take": frozen.take,
        "candidates": [{"key": each.key, "name": each.name} for each in frozen.candidates],
        "secret": frozen.secret,
        "commitment": frozen.commitment,
        "chain": dict(chain),
        "present": [dict(each) for each in present],
        "seed": seed,
        "lots": [{"key": lot.candidate.key, "lot": lot.ticket} for lot in lots],
        "drawn": [lot.candidate.key for lot in lots[: frozen.take]],
    }


def first_difference(file: Any, commitment: str = "") -> Sentence | None:
    """The first thing in a draw's file that does not follow from the rest of it, or None.

    With `commitment`, the hash that was noted when the list was frozen, also whether it is still the same list.
    """
    try:
        frozen, chain_hash, words = _read(file)
    except (KeyError, TypeError, AttributeError, ValueError, DomainError) as unreadable:
        return say(N_("这不是一份抽取的数据文件：{why}"), why=str(unreadable)[:200])
    if frozen.commitment != file["commitment"]:
        words_for = N_("commitment：按名单算出来是 {found}，文件里写的不是。名单、顺序或者密值被改过。")
        return say(words_for, found=frozen.commitment)
    if commitment and commitment.strip().lower() != frozen.commitment:
        return say(N_("commitment：和锁定名单时记下的不同。这不是当时锁定的名单。"))
    seed = seed_of(frozen.commitment, frozen.secret, chain_hash, words)
    if seed != file["seed"]:
        return say(N_("seed：算出来是 {found}，文件里写的不是。"), found=seed)
    return _difference_in_result(file, frozen, seed)


def _read(file: Any) -> tuple[FrozenList, str, list[str]]:
    if file["format"] != FORMAT:
        raise ValueError(f"format: {str(file['format'])[:40]}")
    candidates = tuple(Candidate(_text(each["key"]), _text(each["name"])) for each in file["candidates"])
    if type(file["take"]) is not int:
        raise ValueError("take")
    check_candidates(candidates, file["take"])
    for name, value in (("secret", file["secret"]), ("chain", file["chain"]["hash"])):
        if not HEX.fullmatch(_text(value)):
            raise ValueError(name)
    if not isinstance(file["lots"], list) or not isinstance(file["drawn"], list):
        raise ValueError("lots, drawn")
    _text(file["commitment"] + file["seed"])
    words = [_text(each["words"]) for each in file["present"]]
    if not words or not all(words):
        raise ValueError("present")
    frozen = FrozenList(_text(file["reference"]), _text(file["subject"]), file["take"], candidates, file["secret"])
    return frozen, file["chain"]["hash"], words


def _text(value: Any) -> str:
    # a line break inside a value would let two different lists have one text
    if not isinstance(value, str) or "\n" in value or "\r" in value:
        raise ValueError(repr(value)[:60])
    value.encode("utf-8")
    return value


def _difference_in_result(file: Any, frozen: FrozenList, seed: str) -> Sentence | None:
    keys = [each.key for each in frozen.candidates]
    if keys != sorted(keys):
        return say(N_("candidates：名单没有按编号排列。"))
    lots = lots_in_order(seed, frozen.candidates)
    wanted = [{"key": lot.candidate.key, "lot": lot.ticket} for lot in lots]
    for place, should_be in enumerate(wanted):
        if place >= len(file["lots"]) or file["lots"][place] != should_be:
            return say(
                N_("lots 第 {place} 个：应当是 {key}，签号 {lot}。"),
                place=place + 1, key=should_be["key"], lot=should_be["lot"],
            )  # fmt: skip
    if len(file["lots"]) != len(wanted):
        return say(N_("lots：多出了不在名单里的。"))
    drawn = [each["key"] for each in wanted[: frozen.take]]
    if file["drawn"] != drawn:
        return say(N_("drawn：应当抽中 {keys}，文件里写的不是。"), keys="、".join(drawn))
    return None
