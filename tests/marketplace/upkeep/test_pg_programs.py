"""A dump and its restore are made by programs that fit the server, or it is said which package brings them."""

from __future__ import annotations

from pathlib import Path

import asyncpg
import pytest

from marketplace.kernel import devdb
from marketplace.upkeep.pg_programs import (
    ProgramFailed,
    environment,
    in_words,
    programs_by_version,
    programs_for,
    server_version,
)  # fmt: skip


@pytest.mark.parametrize(("server", "known", "chosen"), [
    (15, (15, 17, 18), 15), (16, (15, 17, 18), None), (17, (15, 17, 18), 17), (17, (15, 18), 18), (18, (17, 18), 18),
    (18, (15, 17), None), (15, (16, 18), 16), (15, (18,), None), (15, (), None),
])  # fmt: skip
def test_the_servers_own_programs_or_newer_ones_that_it_understands(
    server: int, known: tuple[int, ...], chosen: int | None
) -> None:
    folders = {number: Path(f"/pg/{number}") for number in known}
    if chosen is None:
        with pytest.raises(ProgramFailed, match=f"postgresql-client-{server}"):
            programs_for(server, folders)
    else:
        assert programs_for(server, folders) == Path(f"/pg/{chosen}")


async def test_an_address_with_a_socket_in_its_query_serves_asyncpg_and_the_programs(test_database: object) -> None:
    here = devdb.dsn("postgres")
    url = f"postgresql://{here['user']}@/postgres?host={here['host']}&target_session_attrs=primary"
    connection = await asyncpg.connect(**in_words({"dsn": url}))
    assert await connection.fetchval("SELECT current_database()") == "postgres"
    await connection.close()
    assert server_version({"dsn": url}) == server_version(here)


def test_two_servers_in_an_address_stay_two() -> None:
    said = {"dsn": "postgresql://m@/county?host=10.0.0.1,10.0.0.2&port=5432,5433&target_session_attrs=primary"}
    named, told = in_words(said), environment(said)
    assert (named["host"], named["port"]) == (["10.0.0.1", "10.0.0.2"], [5432, 5433])
    assert (told["PGHOST"], told["PGPORT"]) == ("10.0.0.1,10.0.0.2", "5432,5433")
    assert (told["PGTARGETSESSIONATTRS"], told["PGDATABASE"], told["PGUSER"]) == ("primary", "county", "m")


async def test_the_embedded_server_has_its_programs_here(test_database: object) -> None:
    version = server_version(devdb.dsn("postgres"))
    assert programs_for(version, programs_by_version()) == devdb.programs()
