"""docs/retention.md, written from the table of kinds and the rulebook."""

from __future__ import annotations

from datetime import date

from marketplace.kernel.i18n import translate
from marketplace.kernel.rule_words import value_words
from marketplace.retention.kinds import EFFECT_LABELS, KINDS, DataKind
from marketplace.retention.rules import term_of

HEAD = """# 数据的保存期限 · How long what is kept

Written from `marketplace/retention/kinds.py` and the rulebook by `python -m marketplace.documents_command`; do not edit
by hand. The worker runs once a day (`marketplace/retention/services.py`): what is past its term is deleted or blanked,
kind by kind, and the audit says how many of what. Nothing that a procurement file needs is among it; a row that
something still points to is refused by the database, and its kind is tried again the next day. The administrator sees
terms and last runs on `/retention`, everybody their own on `/my-data`.

The term of a kind is a row of the rulebook, so that the county sets it by a document (`/county-rules`). Logs of the web
server in front are outside the program: keep them for as long as R-KEEP-01 asks. Files of papers in a registration that
came to nothing stay in the document store.
"""
SHOWN_ON = date(2026, 3, 2)


def retention_document() -> str:
    """The page, in both languages; the same text for the same table and rulebook."""
    lines = [HEAD]
    for language, title, head in (
        ("zh", "## 各类数据", "| 数据 | 里面有什么 | 保存多久 | 从什么时候算起 | 期满以后 |"),
        ("en", "## Kinds of data", "| Data | What it holds | Kept for | Counted from | Then |"),
    ):
        lines += [title, "", head, "|---|---|---|---|---|"]
        lines += [_line(kind, language) for kind in KINDS]
        lines.append("")
    return "\n".join(lines)


def _line(kind: DataKind, language: str) -> str:
    term = term_of(kind.term, SHOWN_ON)
    how_long = f"{value_words(term).text(language)} `{kind.term}`" if term else "—"
    words = (kind.label, kind.holds, kind.counted_from, EFFECT_LABELS[kind.effect])
    label, holds, counted_from, effect = (translate(each, language) for each in words)
    return f"| {label} | {holds} | {how_long} | {counted_from} | {effect} |"
