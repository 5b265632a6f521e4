"""Libraries that a start does not wait for, because they cost time and few requests need them."""

from __future__ import annotations

from importlib import import_module
from types import ModuleType
from typing import Any


class LateModule:
    """Stands for a module and loads it when something is first asked of it."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._module: ModuleType | None = None

    def __getattr__(self, name: str) -> Any:
        if self._module is None:
            self._module = import_module(self._name)
        return getattr(self._module, name)


def late(name: str) -> Any:
    """The module of that name, loaded when first used. Raises ImportError then when it is missing."""
    return LateModule(name)
