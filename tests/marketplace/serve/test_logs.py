"""A log tells where and what kind of error, with the request's number, and nothing that anybody handed in."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator

import asyncpg
import pytest

from marketplace.app import create_routes, open_gateways
from marketplace.kernel.clock import CountyClock
from marketplace.kernel.logs import current_request, set_up_logs, told
from marketplace.kernel.public_reads import PublicReads
from marketplace.kernel.settings import Settings

SECRET = "报价 388000.00"


@pytest.fixture
def own_root() -> Iterator[None]:
    """The root logger as it was before."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:], root.level = handlers, level


def fail() -> None:
    """An error with something private in its words, from another one."""
    try:
        {}[SECRET]
    except KeyError as error:
        raise ValueError(SECRET) from error


def log_of(form: str) -> str:
    """What is written about the error."""
    stream = io.StringIO()
    set_up_logs(form, stream=stream)
    naming = current_request.set("0123abcd")
    try:
        fail()
    except ValueError as error:
        logging.getLogger("marketplace").error("%s in %s", type(error).__name__, "/bids/{bid}", exc_info=error)
    finally:
        current_request.reset(naming)
    return stream.getvalue()


@pytest.mark.parametrize("form", ["text", "json"])
def test_places_and_types_are_told_and_words_are_not(form: str, own_root: None) -> None:
    written = log_of(form)
    assert SECRET not in written
    assert "388000" not in written
    assert "ValueError" in written
    assert "KeyError" in written
    assert "test_logs.py" in written
    assert "0123abcd" in written


def test_an_application_made_later_leaves_the_form_of_the_log_as_it_was(own_root: None, settings: Settings) -> None:
    # a process answers its first pages before the rest of the site is made, and its log is set up in between
    stream = io.StringIO()
    set_up_logs("json", logging.WARNING, stream)
    create_routes([], settings, open_gateways(settings), CountyClock(), PublicReads(), own_pool=False)
    try:
        fail()
    except ValueError as error:
        logging.getLogger("marketplace").error("%s in a page", type(error).__name__, exc_info=error)
    assert json.loads(stream.getvalue())["message"] == "ValueError in a page" and SECRET not in stream.getvalue()
    assert logging.getLogger().level == logging.WARNING


def test_json_is_one_object_a_line(own_root: None) -> None:
    (line,) = log_of("json").splitlines()
    read = json.loads(line)
    assert read["request"] == "0123abcd"
    assert read["level"] == "error"
    assert [each["error"] for each in read["errors"]] == ["ValueError", "KeyError"]


def test_of_a_database_error_only_our_own_names_are_told() -> None:
    error = asyncpg.UniqueViolationError(f"duplicate key: {SECRET}")
    error.sqlstate, error.constraint_name, error.table_name = "23505", "person_username_key", "person"  # type: ignore[attr-defined]
    assert told(error) == "UniqueViolationError sqlstate=23505 table_name=person constraint_name=person_username_key"


def test_an_unknown_form_is_refused() -> None:
    with pytest.raises(ValueError, match="LOG_FORMAT"):
        set_up_logs("xml")
