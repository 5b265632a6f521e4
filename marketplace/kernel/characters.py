"""Which characters a typed text may hold, and how figures, dates and codes typed with a Chinese keyboard are read."""

from __future__ import annotations

import re
import unicodedata

# nothing is lost without them: joiners, marks of byte order, soft hyphens and letters that have no shape
_WITHOUT_SHAPE = re.compile(
    "[\u00ad\u034f\u115f\u1160\u180e\u200b\u200c\u200d\u2060\u2061\u2062\u2063\u2064\u3164\ufeff\uffa0]+"
)
_LINES = "\r\n\t"
# Cc control, Cf format (all that turn the direction of writing are among them), Cs halves of a character,
# Zl and Zp ends of line that no text area makes
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
# the wide forms of ASCII and what a Chinese keyboard gives for minus, dot and slash. Not NFKC: it makes 52 of 5²
_NARROW = {0xFF01 + place: 0x21 + place for place in range(94)} | {
    ord(typed): plain
    for typed, plain in {
        **dict.fromkeys("‐‑‒–—―−﹣", "-"), **dict.fromkeys("⁄∕", "/"), "﹒": ".", "｡": "。", "\u3000": " ", "￥": "¥",
    }.items()
}  # fmt: skip


def without_shapeless(typed: str) -> str:
    """The text without characters that nobody sees and nothing needs, such as zero-width spaces."""
    return _WITHOUT_SHAPE.sub("", typed)


def unseen_in(typed: str) -> str | None:
    """The first control character of a text, as U+202E: one could turn its direction or hide a part of it."""
    if typed.isprintable():  # most texts are, and nothing unseen is: a long one need not be gone through
        return None
    for character in typed:
        if character not in _LINES and unicodedata.category(character) in _UNSEEN:
            return f"U+{ord(character):04X}"
    return None


def narrowed(typed: str) -> str:
    """Wide digits, letters, dashes, dots and slashes as their plain ones; the rest as it stands."""
    return typed.translate(_NARROW)


def sign_in_name(name: str) -> str | None:
    """The first character that stands in no name on a certificate: brackets <>, emoji, other signs."""
    for character in name:
        if unicodedata.category(character)[0] not in "LMNP" and not character.isspace():
            return character if character.isprintable() else f"U+{ord(character):04X}"
    return None


def day_parts(typed: str) -> str:
    """A day as 2026-03-02 when it is typed as 2026/3/2, 2026.3.2 or 2026年3月2日; else what was typed."""
    found = re.fullmatch(r"([0-9]{4})\s*[-/.年。]\s*([0-9]{1,2})\s*[-/.月。]\s*([0-9]{1,2})\s*日?", narrowed(typed))
    return f"{found[1]}-{found[2]:0>2}-{found[3]:0>2}" if found else narrowed(typed)


def moment_parts(typed: str) -> str:
    """A moment as 2026-03-02T14:00 from any of those days followed by a time; else what was typed."""
    found = re.fullmatch(r"(\S.*?)[T\s]*(?<![0-9])([0-9]{1,2})\s*[:时]\s*([0-9]{2})\s*分?", narrowed(typed))
    return f"{day_parts(found[1])}T{found[2]:0>2}:{found[3]}" if found else narrowed(typed)


def small_number(typed: str, most: int = 9_999, otherwise: int = 1) -> int:
    """A page, a version or the like as it stands in an address, from 1 to `most`; `otherwise` for anything else."""
    plain = narrowed(typed)
    is_small = plain.isascii() and plain.isdigit() and len(plain) <= len(str(most))
    return int(plain) if is_small and 1 <= int(plain) <= most else otherwise
