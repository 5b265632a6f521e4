"""What a paper says, apart from how it looks: the same content becomes page, print, PDF, DOCX and JSON."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Text:
    """Paragraphs, one a line."""

    lines: tuple[str, ...]
    shape: str = "text"


@dataclass(frozen=True)
class Facts:
    """Named values; a value that nobody has entered is None and stays a ruled blank."""

    rows: tuple[tuple[str, str | None], ...]
    shape: str = "facts"


@dataclass(frozen=True)
class Grid:
    """A table; `right` names the columns of numbers."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    right: tuple[int, ...] = ()
    shape: str = "grid"


@dataclass(frozen=True)
class Signatures:
    """Who signs or stamps, each with a blank for name and day."""

    parties: tuple[str, ...]
    shape: str = "signatures"


Block = Text | Facts | Grid | Signatures


@dataclass(frozen=True)
class Section:
    """A numbered part of a paper, or the head of a chapter (level 1). `clause` is the rule that asks for it."""

    heading: str
    blocks: tuple[Block, ...]
    clause: str = ""
    level: int = 2


@dataclass(frozen=True)
class Paper:
    """A whole paper. `issued_on` is the day as it stands under the signature; `head` is a red head, or nothing."""

    kind: str
    title: str
    number: str
    issuer: str
    issued_on: str
    sections: tuple[Section, ...]
    preface: tuple[str, ...] = ()
    head: str = ""
    language: str = "zh"
    # where its page stands: the code on the paper leads there
    address: str = ""


def text(*lines: str) -> Text:
    """Paragraphs; empty lines fall away, a text of several lines is taken apart."""
    return Text(tuple(part.strip() for line in lines for part in line.split("\n") if part.strip()))


def facts(*rows: tuple[str, str | None]) -> Facts:
    """Named values in order."""
    return Facts(tuple(rows))


def grid(columns: Sequence[str], rows: Sequence[Sequence[str]], right: Sequence[int] = ()) -> Grid:
    """A table."""
    return Grid(tuple(columns), tuple(tuple(row) for row in rows), tuple(right))


def as_json(paper: Paper) -> dict[str, Any]:
    """The paper as plain data."""
    return asdict(paper)


def canonical(paper: Paper) -> bytes:
    """The one way to write a paper down: what is hashed, kept and pressed again."""
    return json.dumps(as_json(paper), ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def content_hash(paper: Paper) -> str:
    """The SHA-256 of what a paper says."""
    return hashlib.sha256(canonical(paper)).hexdigest()


BLOCKS: dict[str, type[Any]] = {"text": Text, "facts": Facts, "grid": Grid, "signatures": Signatures}


def from_canonical(content: bytes) -> Paper:
    """A kept paper, as it was written down."""
    raw = json.loads(content)
    sections = tuple(_section(each) for each in raw.pop("sections"))
    return Paper(sections=sections, preface=tuple(raw.pop("preface")), **raw)


def _section(raw: dict[str, Any]) -> Section:
    blocks = tuple(_block(each) for each in raw["blocks"])
    return Section(raw["heading"], blocks, raw["clause"], raw.get("level", 2))


def _block(raw: dict[str, Any]) -> Block:
    values = {name: _tuples(value) for name, value in raw.items()}
    block: Block = BLOCKS[raw["shape"]](**values)
    return block


def _tuples(value: Any) -> Any:
    return tuple(_tuples(each) for each in value) if isinstance(value, list) else value
