"""Saving a draft by itself, as `GET /schema` shows it."""

from __future__ import annotations

from typing import Literal

import msgspec


class TypedSubject(msgspec.Struct, frozen=True):
    """A subject's form as typed, its own fields beside these. `version` is the one the page was made from."""

    then: Literal["autosave"]
    version: str


class Autosaved(msgspec.Struct, frozen=True):
    """Whether it is stored, in words; the version to send next time."""

    saved: bool
    why: str
    version: int = 0
