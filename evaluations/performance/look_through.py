"""What a result tells everybody in free words, looked through before it is frozen; passages made black."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from catalogue.listings.indicators import SOURCE_WORDS
from evaluations.performance import queries
from evaluations.performance.rules import ReadAgain, check_was_read, mark_of
from marketplace.kernel.db import together
from marketplace.kernel.errors import DomainError
from marketplace.kernel.forms import Bound
from marketplace.kernel.i18n import N_, Sentence, say
from marketplace.kernel.public_words import blacked, check_public, telling

Row = dict[str, Any]
SHORTEST = 2  # one character would black out half of every text
CLAUSE = "R-CIV-06"


@dataclass(frozen=True)
class PublicText:
    """One text and where it stands."""

    where: Sentence
    words: str


@dataclass(frozen=True)
class Result:
    """A result with all its parts, as they are published together."""

    evaluation: Row
    lines: list[Row]
    seats: list[Row]
    judged: dict[UUID, list[Row]]
    corrections: list[Row]

    def texts(self) -> list[PublicText]:
        """Every free text of it that is not empty, in the order of the page."""
        found = []
        for line in self.lines:
            given = self.judged.get(line["id"], [])
            told = [(say(SOURCE_WORDS[each["source"]]), each["narrative"]) for each in given]
            if line["narrative"] not in {words for _, words in told}:
                told.append((say(N_("合并")), line["narrative"]))
            where = N_("第 {position} 项的依据（{source}）")
            found += [
                PublicText(say(where, position=line["position"], source=source), words) for source, words in told
            ]
        found += [PublicText(say(N_("不计一方的理由")), seat["left_out_reason"]) for seat in self.seats]
        found.append(PublicText(say(N_("供应商的答复")), self.evaluation["reply"]))
        found.append(PublicText(say(N_("复核意见")), self.evaluation["review"]))
        found += [
            PublicText(say(N_("第 {position} 项为什么改"), position=each["position"]), each["reason"])
            for each in self.corrections
        ]
        return [each for each in found if each.words]

    def blacked(self, passages: Sequence[str]) -> Result:
        """The same result as everybody reads it."""

        def parts(rows: Iterable[Row], *names: str) -> list[Row]:
            return [row | {name: blacked(row[name], passages) for name in names} for row in rows]

        return replace(
            self, evaluation=parts([self.evaluation], "reply", "review")[0], lines=parts(self.lines, "narrative"),
            seats=parts(self.seats, "left_out_reason"), corrections=parts(self.corrections, "reason"),
            judged={line: parts(rows, "narrative") for line, rows in self.judged.items()},
        )  # fmt: skip


async def result_of(evaluation: Mapping[str, Any]) -> Result:
    """An evaluation with its table, forms and corrections, as they were written."""
    id_ = evaluation["id"]
    lines, seats, judged, corrections = await together(
        queries.indicators_of(id_), queries.seats_of(id_), queries.judged_of(id_), queries.corrections_of(id_)
    )
    return Result(dict(evaluation), lines, seats, judged, corrections)


@dataclass(frozen=True)
class Look:
    """What somebody looked through before freezing: the mark of the texts the page showed, and what was made black."""

    seen: str
    hidden: Sequence[str] = ()


def mark_of_texts(texts: Iterable[PublicText]) -> str:
    """By what the look-through page knows which texts it showed."""
    return mark_of(each.words for each in texts)


def fill_look(form: Bound, texts: Sequence[PublicText], names: Iterable[str]) -> None:
    """Begin the look-through form, or, where the texts are not those it was sent for, have them looked at again."""
    seen, mark = form.raw.get("seen"), mark_of_texts(texts)
    if seen == mark:
        return
    typed = passages_typed(str(form.raw.get("hidden", "")))
    form.raw["hidden"] = "\n".join(dict.fromkeys([*typed, *suggested(texts, names)]))
    if seen is not None:
        form.raw["looked"] = ""
        form.errors.setdefault("looked", ReadAgain().sentence)
    form.raw["seen"] = mark


def check_look(texts: Sequence[PublicText], look: Look) -> None:
    """The texts are those that were looked through, and what is left of them may be public. Raises DomainError."""
    check_was_read([each.words for each in texts], look.seen)
    check_hidden(texts, look.hidden)


def passages_typed(typed: str) -> list[str]:
    """One passage a line, each once."""
    return list(dict.fromkeys(line.strip() for line in typed.splitlines() if line.strip()))


def suggested(texts: Iterable[PublicText], names: Iterable[str]) -> list[str]:
    """What is offered to be hidden: numbers, addresses, and names of people who did not agree to be named."""
    whole = "\n".join(each.words for each in texts)
    return [*telling(whole), *(name for name in dict.fromkeys(names) if name and name in whole)]


def check_hidden(texts: Sequence[PublicText], hidden: Sequence[str]) -> None:
    """Each passage stands in a text, and without them nothing leads to somebody by itself. Raises DomainError."""
    for passage in hidden:
        if not SHORTEST <= len(passage) <= 300:
            raise DomainError(N_("“{words}”太短或者太长。一行写 2 到 300 个字。"), words=passage[:40], clause=CLAUSE)
        if not any(passage in each.words for each in texts):
            words = N_("要公布的文字里没有“{words}”。请照原文写，一行一处。")
            raise DomainError(words, words=passage, clause=CLAUSE)
    check_public(*(blacked(each.words, hidden) for each in texts))
