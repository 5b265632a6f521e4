"""Which paper of a bid carries the organisation's seal or electronic signature (R-RECORD-01). All pure.

Nothing but a hint to the panel: a bid that names none, or a paper that it does not hold, is read like any other.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from marketplace.kernel.i18n import N_, Sentence, say
from vendors.bids.papers import LARGEST_NAME
from vendors.bids.strangers import ContentsBroken, a_text


class SealKind(StrEnum):
    """How a paper carries it."""

    STAMPED = "stamped"
    SIGNED = "signed"


SEAL_LABELS: dict[str, str] = {
    SealKind.STAMPED: N_("盖章的扫描件"),
    SealKind.SIGNED: N_("电子签名"),
}


@dataclass(frozen=True)
class Seal:
    """The name of the paper among the attachments, and how it carries the seal."""

    paper: str
    kind: str


def seal_mistakes(paper: str | None, kind: str | None, papers: Collection[str]) -> dict[str, Sentence]:
    """What is wrong with what was typed, by field: both or neither, and the paper is one of the bid's."""
    found: dict[str, Sentence] = {}
    if kind and not paper:
        found["seal_paper"] = say(N_("请选择哪一份附件盖了章或者有电子签名，或者把方式也清空。"))
    elif paper and paper not in papers:
        found["seal_paper"] = say(N_("附件里已经没有这一份。请重新选择。"))
    if paper and not kind:
        found["seal_kind"] = say(N_("请选择是盖章的扫描件，还是电子签名。"))
    return found


def as_json(seal: Seal) -> dict[str, str]:
    """How it stands in the sealed part."""
    return {"attachment": seal.paper, "kind": seal.kind}


def from_json(content: Any) -> Seal | None:
    """What an opened part says of it, be the paper there or not; None for what cannot be read, as if none was named.

    A bid is not lost for it: the panel looks for the seal among the papers.
    """
    if not isinstance(content, dict):
        return None
    kind = content.get("kind")
    if not isinstance(kind, str) or kind not in set(SealKind):
        return None
    try:
        paper = a_text(content.get("attachment"), "seal", LARGEST_NAME)
    except ContentsBroken:
        return None
    return Seal(paper, kind) if paper else None
