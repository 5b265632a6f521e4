"""Two versions of the application serve one database during an upgrade: a migration only adds, or says why it cannot.

The old processes go on inserting rows without the columns they do not know, and reading what they know. So a new
column of an old table is nullable or has a default of the database's own, and nothing is dropped, renamed, narrowed or
newly constrained. A migration that does such a thing says what old processes meet: `OLD_PROCESSES = "go on: the
condition is wider"`, or `OLD_PROCESSES = "stop: …"`, and then every process is stopped before `migrate`.
"""

from __future__ import annotations

import ast
import re

import pytest

from tests.architecture.source import ROOT

# migrations up to here made the first release: nothing served while they ran
FIRST_RELEASE = "2026-11-28T08"
BREAKING_CALLS = {
    "drop_table", "drop_column", "rename_table", "rename_column", "change_table_schema", "add_constraint",
    "drop_constraint",
}  # fmt: skip
BREAKING_SQL = re.compile(
    r"\b(DROP\s+(TABLE|COLUMN|FUNCTION|VIEW|TYPE)|RENAME\s+(TO|COLUMN|CONSTRAINT)|SET\s+NOT\s+NULL"
    r"|ALTER\s+(COLUMN\s+)?\S+\s+(SET\s+DATA\s+)?TYPE|ADD\s+CONSTRAINT|TRUNCATE)\b",
    re.IGNORECASE,
)
SAID = "OLD_PROCESSES"
NARROWS = ("null", "length", "digits", "unique")


def breaks(source: str) -> list[str]:
    """What in a migration an old process would stumble over; nothing where it says so itself."""
    tree = ast.parse(source)
    said = [n.value for n in tree.body if isinstance(n, ast.Assign) and getattr(n.targets[0], "id", "") == SAID]
    if said and isinstance(said[0], ast.Constant) and re.match(r"(go on|stop): \w", str(said[0].value)):
        return []
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)]
    made = {_text(call, "tablename") for call in calls if call.func.attr == "add_table"}  # type: ignore[attr-defined]
    found: list[str] = []
    for call in calls:
        name, table = call.func.attr, _text(call, "tablename")  # type: ignore[attr-defined]
        if table in made:
            continue
        if name in BREAKING_CALLS:
            found.append(f"{name} {table}")
        elif name == "add_column" and not _old_rows_can_do_without(_params(call, "params")):
            found.append(f"add_column {table}.{_text(call, 'column_name')} without a default")
        elif name == "alter_column" and _narrows(call):
            found.append(f"alter_column {table}.{_text(call, 'column_name')}")
    texts = [n.value for n in ast.walk(tree) if isinstance(n, ast.Constant) and isinstance(n.value, str)]
    return found + [hit[0] for text in texts for hit in BREAKING_SQL.finditer(text)]


def _keyword(call: ast.Call, name: str) -> ast.expr | None:
    return next((each.value for each in call.keywords if each.arg == name), None)


def _text(call: ast.Call, name: str) -> str:
    value = _keyword(call, name)
    return str(value.value) if isinstance(value, ast.Constant) else ""


def _params(call: ast.Call, name: str) -> dict[str, ast.expr]:
    given = _keyword(call, name)
    if not isinstance(given, ast.Dict):
        return {}
    return {str(k.value): v for k, v in zip(given.keys, given.values, strict=True) if isinstance(k, ast.Constant)}


def _old_rows_can_do_without(params: dict[str, ast.expr]) -> bool:
    def is_none(value: ast.expr | None) -> bool:
        return value is None or (isinstance(value, ast.Constant) and value.value is None)

    null = params.get("null")
    return (isinstance(null, ast.Constant) and null.value is True) or not is_none(params.get("default"))


def _narrows(call: ast.Call) -> bool:
    old, new = _params(call, "old_params"), _params(call, "params")
    if _keyword(call, "column_class") is not None and ast.dump(_keyword(call, "column_class")) != ast.dump(  # type: ignore[arg-type]
        _keyword(call, "old_column_class") or ast.Constant(None)
    ):
        return True
    for name in NARROWS:
        before, after = old.get(name), new.get(name)
        if not isinstance(after, ast.Constant):
            continue
        was, becomes = getattr(before, "value", None), after.value
        if (name == "length" and was and becomes and becomes >= was) or (name == "null" and becomes is True):
            continue
        if name == "unique" and becomes is False:
            continue
        return True
    return False


def test_what_comes_after_the_first_release_only_adds_or_says_that_it_breaks() -> None:
    found = {}
    for path in sorted((ROOT / "migrations").glob("*/*.py")):
        source = path.read_text()
        identity = re.search(r'^ID = "(.*?)"', source, re.MULTILINE)
        if identity and identity[1] >= FIRST_RELEASE and (hits := breaks(source)):
            found[path.name] = hits
    assert not found, f"add only, or say in the migration what {SAID} meet: {found}"


COLUMN = 'manager.add_column(tablename="bid", column_name="x", params={{"default": {default}, "null": {null}}})'
ALTERED = 'manager.alter_column(tablename="bid", column_name="x", params={new}, old_params={old})'


@pytest.mark.parametrize(("source", "stumbles"), [
    (COLUMN.format(default="None", null="True"), False), (COLUMN.format(default="''", null="False"), False),
    (COLUMN.format(default="None", null="False"), True),
    ('manager.add_table("Bid", tablename="bid")\n' + COLUMN.format(default="None", null="False"), False),
    ('manager.drop_column(tablename="bid", column_name="x")', True),
    ('manager.add_constraint(tablename="bid", constraint_name="x")', True),
    (ALTERED.format(new='{"null": False}', old='{"null": True}'), True),
    (ALTERED.format(new='{"null": True}', old='{"null": False}'), False),
    (ALTERED.format(new='{"length": 9}', old='{"length": 8}'), False),
    (ALTERED.format(new='{"length": 7}', old='{"length": 8}'), True),
    ('SQL = "CREATE INDEX bid_x ON bid (x)"', False), ('SQL = "ALTER TABLE bid RENAME COLUMN x TO y"', True),
    ('SQL = "ALTER TABLE bid ALTER COLUMN x SET NOT NULL"', True),
    ('OLD_PROCESSES = "stop: the column held two things"\nSQL = "ALTER TABLE bid DROP COLUMN x"', False),
    ('OLD_PROCESSES = ""\nSQL = "ALTER TABLE bid DROP COLUMN x"', True),
])  # fmt: skip
def test_what_old_processes_stumble_over_is_found(source: str, stumbles: bool) -> None:
    assert bool(breaks(source)) is stumbles
