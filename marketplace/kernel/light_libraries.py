"""What two libraries do thousands of times while a process starts, with the same results in a tenth of the time.

`kernel/db.py` and `kernel/web.py` see to it before a table or a route is declared;
`tests/marketplace/serve/test_light_start.py` holds both ways against each other.
"""

from __future__ import annotations

from dataclasses import fields


def lighten_tables() -> None:
    """Copy columns and compare defaults of tables quickly; to be called before any table is declared."""
    # so that whoever needs routes alone loads no tables
    from piccolo.columns.base import ColumnMeta

    # the same
    from piccolo.columns.defaults.base import Default

    known_fields = frozenset(field.name for field in fields(ColumnMeta))

    def copy(self: ColumnMeta) -> ColumnMeta:
        """Piccolo copies each column for every foreign key that leads to its table: 10,000 of them."""
        copied = object.__new__(type(self))
        known = copied.__dict__
        known.update(self.__dict__)
        known["params"] = self.params.copy()
        known["call_chain"] = self.call_chain.copy()
        for name in known.keys() - known_fields:
            del known[name]
        return copied

    def is_same(self: Default, other: object) -> bool:
        """Compares what they hold, where Piccolo writes both out as source and compares the hashes of the texts."""
        return type(self) is type(other) and self.__dict__ == other.__dict__

    ColumnMeta.copy = copy  # type: ignore[method-assign]
    Default.__eq__ = is_same  # type: ignore[assignment,method-assign]


def lighten_routes() -> None:
    """Hash what says where a handler's parameter comes from quickly; to be called before any handler is declared."""
    # so that a command which reads the database loads no web framework
    from litestar.params import ParameterKwarg

    def one_for_all(self: ParameterKwarg) -> int:
        """Litestar copies all fields and adds up the hashes of their names, which are the same for all."""
        return hash(type(self))

    ParameterKwarg.__hash__ = one_for_all  # type: ignore[method-assign]
