"""What a backup says of itself: its parts with their hashes, and what must be found in them."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path

from marketplace.upkeep.age_parts import Part, PartBroken, check_part, write_plain

FORMAT = "marketplace-backup-1"
NAME = "manifest.json"
DATABASE, DOCUMENTS, HEADS, KEYS = "database.age", "documents.age", "audit-heads.jsonl", "keys.age"


@dataclass(frozen=True)
class Manifest:
    """`rows`: rows of each table in the moment of the dump. `seconds`: how long each step took."""

    made_at: str
    version: str
    migrations: str
    parts: dict[str, Part]
    rows: dict[str, int]
    documents: int
    recipients: list[str]
    checked: bool
    seconds: dict[str, float] = field(default_factory=dict)

    def write(self, folder: Path) -> None:
        """Into the backup's folder."""
        text = json.dumps({"format": FORMAT} | asdict(self), ensure_ascii=False, indent=1, sort_keys=True)
        write_plain(folder / NAME, f"{text}\n".encode())


def read_manifest(folder: Path) -> Manifest:
    """The manifest of a backup whose parts are all there and unchanged. Raises PartBroken."""
    try:
        said = json.loads((folder / NAME).read_text())
    except FileNotFoundError as error:
        raise PartBroken(f"{folder} is no backup: it has no {NAME}. Name the folder that `backup` made.") from error
    except ValueError as error:
        raise PartBroken(f"{folder / NAME} cannot be read: {error}") from error
    if not isinstance(said, dict) or said.pop("format", None) != FORMAT:
        raise PartBroken(f"{folder} is a backup of another form. Restore it with the version that made it.")
    manifest = Manifest(**{**said, "parts": {name: Part(**part) for name, part in said["parts"].items()}})
    for part in manifest.parts.values():
        check_part(folder, part)
    return manifest
