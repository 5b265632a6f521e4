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
_RUN = re.compile(r"\d[\d\-\uff0d\u3000· ]*[\dXx]")
_BETWEEN = re.compile(r"[\-\uff0d\u3000· ]+")
# the same written with other marks between: dots, long dashes, strokes, blanks that are not seen
_APART = re.compile(
    r"(?<!\d)\d{3,4}(?:[._/\t\u00a0\u00ad\u2000-\u2015\u202f\u2060\u2212\u30fb\ufe58\ufe63\ufeff\uff0e\uff0f]{1,3}"
    r"\d{3,5}){2,4}(?!\d)"
)
_YEAR = re.compile(r"(?:19|20)\d{2}")
_LEAST_DIGITS, _MOBILE_DIGITS, _SUM_DIGITS = 7, 11, 9
# what stands before an @ in a Chinese sentence is not part of the address
_ADDRESS = re.compile(r"(?a:[\w.+%-]+[@\uff20][\w-]+(?:\.[\w-]+)+)")
# the numbers of public things, days, spans of years and sums lead to nobody
_REFERENCE = re.compile(r"(?<![A-Za-z0-9])[A-Z]{1,4}(?:-[A-Z0-9]{1,6})?-\d{4}-\d{1,6}(?!\d)")
_DAYS = re.compile(r"(?:(?:19|20)\d{2}-\d{1,2}-\d{1,2}(?:[\- ]+|$))+")
_YEARS = re.compile(r"(?:19|20)\d{2}[\-\uff0d](?:19|20)\d{2}")
_UNIT = re.compile(
    r"(?:\.\d{1,2})? ?(?:[万亿]?元(?![旦月宵])|平方米|公里|人次?|户|名|次|小时|分钟|岁|页|项|个|份|件|亩|吨|[%\uff05])"
)


def telling(words: str) -> list[str]:
    """The passages that lead to somebody by themselves: numbers and addresses."""
    plain = _REFERENCE.sub(lambda found: "，" * len(found[0]), words)
    spans = [found.span() for found in _RUN.finditer(plain) if _leads_to_somebody(found[0], plain[found.end() :])]
    spans += [found.span() for found in _APART.finditer(plain) if _is_number_apart(found[0])]
    spans += [found.span() for found in _ADDRESS.finditer(plain)]
    return list(dict.fromkeys(words[begin:end].strip() for begin, end in sorted(spans)))


def _leads_to_somebody(run: str, after: str) -> bool:
    """Whether a row of digits may be a telephone, a card, an account; not days, years, short figures, and sums."""
    rest = _DAYS.sub("", run, count=1) if _DAYS.match(run) else run
    groups = _BETWEEN.split(rest)
    digits, longest = sum(map(len, groups)), max(map(len, groups))
    if digits < _LEAST_DIGITS or _YEARS.fullmatch(rest) or (longest <= 3 and digits < _MOBILE_DIGITS):
        return False
    is_counted = len(groups) == 1 and longest <= _SUM_DIGITS or len(groups) == 2 and longest <= 6
    return not (is_counted and rest[-1].isdigit() and _UNIT.match(after))


def _is_number_apart(run: str) -> bool:
    """Whether groups of digits make a telephone or a card together; years one after another do not."""
    groups = re.findall(r"\d+", run)
    return sum(map(len, groups)) >= _MOBILE_DIGITS and not all(map(_YEAR.fullmatch, groups))


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
    """The same words with every one of these passages made black; what overlaps or touches is one black piece."""
    found = sorted(
        (each.start(), each.start() + len(passage))
        for passage in set(filter(None, passages))
        for each in re.finditer(f"(?={re.escape(passage)})", words)
    )
    told: list[str] = []
    at = 0
    for begins, ends in found:
        if begins > at or not told:
            told += [words[at:begins], BLACK]
        at = max(at, ends)
    return "".join([*told, words[at:]])
