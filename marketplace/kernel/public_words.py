"""Words that everybody will read: what in them leads to somebody, and how a passage of them is blacked out. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable

from marketplace.kernel.errors import DomainError
from marketplace.kernel.forms import Reader, Wrong, text
from marketplace.kernel.i18n import N_, Sentence, say

# always as wide, so that it does not tell how long a name is
BLACK = "■■■"
TELLS = N_("公开的文字里还有号码或邮箱。请去掉姓名、住址、号码，再公开。")
# long rows of digits are telephones, cards and accounts; a name after 叫 or a title is left to the reader
_NUMBERS = re.compile(r"\d[\d\-\uff0d\u3000· ]{5,}[\dXx]")
_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
# the numbers of public things, days and sums lead to nobody
_HARMLESS = re.compile(
    r"(?<![A-Za-z0-9])[A-Z]{1,4}(?:-[A-Z0-9]{1,6})?-\d{4}-\d{1,6}(?!\d)|(?<!\d)\d{4}-\d{2}-\d{2}(?![\d-])"
    r"|(?<![\d-])\d{1,12}(?:\.\d{1,2})?(?= ?元)"
)


def telling(words: str) -> list[str]:
    """The passages that lead to somebody by themselves: numbers and addresses."""
    plain = _HARMLESS.sub(lambda found: "，" * len(found[0]), words)
    spans = [found.span() for pattern in (_NUMBERS, _ADDRESS) for found in pattern.finditer(plain)]
    return list(dict.fromkeys(words[begin:end].strip() for begin, end in sorted(spans)))


def identifying(words: str) -> Sentence | None:
    """Why a text must not be published as it is (R-CIV-06)."""
    return say(TELLS) if telling(words) else None


def check_public(*words: str) -> None:
    """Nothing in these words leads to somebody by itself. Raises DomainError."""
    if said := identifying("\n".join(words)):
        raise DomainError(said.message, clause="R-CIV-06")


def public_text(max_length: int = 200) -> Reader:
    """A text that will be public: refused at its field while numbers or addresses stand in it."""
    read_text = text(max_length)

    def read(typed: str) -> str:
        words = str(read_text(typed))
        if telling(words):
            raise Wrong(TELLS)
        return words

    return read


def blacked(words: str, passages: Iterable[str]) -> str:
    """The same words with every one of these passages made black, the longest first."""
    for passage in sorted(filter(None, passages), key=len, reverse=True):
        words = words.replace(passage, BLACK)
    return words
