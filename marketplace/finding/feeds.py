"""A search as others read it: an Atom feed of what is new, an iCalendar of deadlines. Pure: rows in, text out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from html import escape

from marketplace.finding.rules import KIND_LABELS
from marketplace.kernel.i18n import N_, current_language, translate

LINE = 75  # octets of an iCalendar line (RFC 5545, 3.1)
Row = Mapping[str, str]


def atom(rows: Sequence[Row], title: str, page: str, address: str, now: datetime) -> str:
    """The newest finds as Atom (RFC 4287); `page` is the search's own address, `address` the site's."""
    updated = rows[0]["published"] if rows else now.isoformat()
    entries = "".join(_atom_entry(row, address) for row in rows)
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom">'
        f"<title>{escape(title)}</title><id>{escape(page)}</id><link href={_quoted(page)}/>"
        f"<updated>{escape(updated)}</updated>{entries}</feed>\n"
    )


def _atom_entry(row: Row, address: str) -> str:
    link = address + row["path"]
    kind = translate(KIND_LABELS[row["kind"]])
    return (
        f"<entry><id>{escape(link)}#{row['kind']}</id><title>{escape(f'{kind} {title_of(row)}')}</title>"
        f"<link href={_quoted(link)}/><updated>{escape(row['published'])}</updated>"
        f"<author><name>{escape(row.get('who') or address)}</name></author>"
        f"<summary>{escape(row['reference'])}</summary></entry>"
    )


def _quoted(text: str) -> str:
    return f'"{escape(text, quote=True)}"'


def title_of(row: Row) -> str:
    """The title in the reader's language where it has one."""
    return row["title_en"] if current_language.get() == "en" and row.get("title_en") else row["title"]


def calendar(rows: Sequence[Row], title: str, address: str, now: datetime) -> str:
    """Deadlines as iCalendar (RFC 5545); each event ends at the deadline's own minute."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//marketplace//deadlines//ZH", f"X-WR-CALNAME:{_text(title)}"]
    for row in rows:
        at = datetime.fromisoformat(row["closes"]).astimezone(UTC)
        what = translate(N_("投标截止：{title}")).format(title=title_of(row))
        lines += [
            "BEGIN:VEVENT", f"UID:{row['reference']}@{address.partition('://')[2]}",
            f"DTSTAMP:{now.astimezone(UTC):%Y%m%dT%H%M%SZ}", f"DTSTART:{at:%Y%m%dT%H%M%SZ}",
            f"DTEND:{at:%Y%m%dT%H%M%SZ}", f"SUMMARY:{_text(what)}", f"URL:{address}{row['path']}",
            "BEGIN:VALARM", "ACTION:DISPLAY", "TRIGGER:-P1D", f"DESCRIPTION:{_text(what)}", "END:VALARM", "END:VEVENT",
        ]  # fmt: skip
    return "\r\n".join(_folded(line) for line in [*lines, "END:VCALENDAR", ""])


def _text(text: str) -> str:
    return text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,").replace("\n", "\\n")


def _folded(line: str) -> str:
    """No line longer than 75 octets, none cut inside a character."""
    pieces, piece = [], b""
    for character in line:
        octets = character.encode()
        if len(piece) + len(octets) > LINE - (1 if pieces else 0):
            pieces.append(piece)
            piece = b""
        piece += octets
    return "\r\n ".join(part.decode() for part in [*pieces, piece])
