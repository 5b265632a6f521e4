"""Whether a typed name means a person or an office that is known here. Pure.

Nobody gets into a group by a former name, an abbreviation, wide letters or a space in between; who shares a name with
somebody known says so by its unified social credit code.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

from marketplace.kernel.characters import narrowed

CODE = re.compile(r"[0-9]{2}[0-9A-HJ-NPQRTUWXY]{16}")
_PLACES = re.compile(r"^(?:[\u4e00-\u9fff]{2,3}?(?:省|市|县|区))+")
# what many offices are called; the rest of a name is its own
_GENERIC = re.compile(
    "社会工作|社会组织|社会服务|社工|服务|中心|有限|责任|股份|公司|集团|机构|协会|促进会|发展|事务所|工作站|总站|站|所|[()·・,.-]"
)
LEAST = 2  # characters of an abbreviation


def compact(name: str) -> str:
    """A name without spaces, in half width and large letters."""
    return re.sub(r"\s+", "", narrowed(name)).upper()


@dataclass(frozen=True)
class Party:
    """An office or provider as it is registered: every name it has or had, and its code where it has one."""

    names: frozenset[str]
    code: str = ""

    def is_named(self, typed: str, codes: Collection[str] = ()) -> bool:
        """Whether a typed office means this one: by its code, by a name of any time, or by an abbreviation of one.

        `codes`: those of others who are registered here. No other code says that somebody else is meant.
        """
        plain = compact(typed)
        found = CODE.findall(plain)
        if self.code and self.code in found:
            return True
        if any(each in codes for each in found):
            return False
        words = CODE.sub("", plain)
        return any(_means(words, compact(name)) for name in self.names if name.strip())


@dataclass(frozen=True)
class Hand:
    """Somebody who drafted or approved a listing: the name, and the offices in which this account acts."""

    name: str
    offices: tuple[Party, ...]


def _means(typed: str, full: str) -> bool:
    if typed == full or full in typed:
        return True
    own = own_part(full)
    if len(own) >= LEAST and own_part(typed) == own:
        return True
    # 赵镇街办 for 赵镇街道办事处: its characters in their order, beginning alike or with the part that is its own
    begins = typed[:LEAST] in (full[:LEAST], own[:LEAST])
    return len(typed) >= LEAST and begins and _in_order(typed, full) and (not own or own[:LEAST] in typed)


def own_part(name: str) -> str:
    """What of a name is its own: without places before it and without what many are called."""
    return _GENERIC.sub("", _PLACES.sub("", name))


def _in_order(short: str, full: str) -> bool:
    rest = iter(full)
    return all(character in rest for character in short)


def means_another(typed: str, known: Collection[str]) -> bool:
    """Whether a typed office is the whole name of another one that is registered here."""
    return compact(typed) in known
