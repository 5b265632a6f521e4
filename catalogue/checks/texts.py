"""Chinese text as the checks read it: one width, no blanks inside, cut into sentences, and what a sentence denies."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

CONTEXT = 14  # characters shown on both sides of the words found
INVISIBLE = {"\u200b", "\u200c", "\u200d", "\ufeff", "\u00ad"}
SENTENCE_ENDS = "。;!?\n"
SEGMENT_ENDS = ",:"

# "不得低于" sets a floor and denies nothing, so it does not count
DENIES = re.compile(
    r"(?:不得|不应当?|不可以?|不能|不准|严禁|禁止)(?!低于|少于|小于|短于|早于|不)"
    r"|不(?:再)?(?:设|要求|须|需|必|以|将|把|因|限|看|考虑|收|指定|接受|允许|属于|采用|采取|实行|安排|涉及|含|包括|作|做|组织|使用|进行)"
    r"|无需|无须|免(?:收|交|于)|不是|并非|不用"
)
DENIED_AFTER = re.compile(
    r"[^,]{0,16}(?:[,])?(?:均|都|一律|也|亦|皆)?"
    r"(?:不(?:得|应当?)?(?:作为|作|做|纳入|计分|加分|要求|设|影响|属于)|不限|不作要求|不收取|免收)"
)


@dataclass(frozen=True)
class Passage:
    """One text of a draft: the part and the field it stands in."""

    part: str
    field: str
    text: str


@dataclass(frozen=True)
class Excerpt:
    """The exact words found, with a little of what stands around them."""

    before: str
    words: str
    after: str

    @property
    def whole(self) -> str:
        """All of it in one line."""
        return f"{self.before}{self.words}{self.after}"


class Reading:
    """A passage in one width without blanks, that still knows where each character stood."""

    def __init__(self, passage: Passage) -> None:
        self.passage = passage
        characters: list[str] = []
        self.places: list[int] = []
        for place, character in enumerate(passage.text):
            if character in INVISIBLE or (character.isspace() and character != "\n"):
                continue
            for plain in unicodedata.normalize("NFKC", character).lower():
                if not plain.isspace() or plain == "\n":
                    characters.append(plain)
                    self.places.append(place)
        self.text = "".join(characters)

    def sentence(self, start: int, end: int) -> tuple[int, int]:
        """Where the sentence around a stretch begins and ends."""
        first = max((self.text.rfind(mark, 0, start) for mark in SENTENCE_ENDS), default=-1) + 1
        ends = [place for mark in SENTENCE_ENDS if (place := self.text.find(mark, end)) >= 0]
        return first, min(ends, default=len(self.text))

    def is_denied(self, start: int, end: int) -> bool:
        """Whether the sentence says that this very thing is not asked: “不得要求注册资本”, “注册资本不作为条件”."""
        first, last = self.sentence(start, end)
        segment = max([first, *(self.text.rfind(mark, first, start) + 1 for mark in SEGMENT_ENDS)])
        return bool(DENIES.search(self.text, segment, start)) or bool(DENIED_AFTER.match(self.text[end:last]))

    def excerpt(self, start: int, end: int) -> Excerpt:
        """The words as they were typed, with their surroundings in the same line."""
        text, first, last = self.passage.text, self.places[start], self.places[end - 1] + 1
        before = text[max(0, first - CONTEXT) : first].rsplit("\n", 1)[-1]
        after = text[last : last + CONTEXT].split("\n", 1)[0]
        return Excerpt(before, text[first:last], after)
