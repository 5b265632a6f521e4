"""Logs: one line an event, as text or JSON, with the request's number, and never a value that somebody handed in.

An exception is told by its type and the places it passed. Its own words are left out: they may quote what was posted,
a path, or a row, and sealed content or a resident's data has no business in a log.
"""

from __future__ import annotations

import json
import logging
import sys
import traceback
from contextvars import ContextVar
from datetime import UTC, datetime
from types import TracebackType
from typing import IO

import asyncpg

from marketplace.kernel.unable import ContentGone

# the number of the request being answered; "" outside one
current_request: ContextVar[str] = ContextVar("current_request", default="")

ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]
# of a database error only names of our own tables, columns and constraints are told
TOLD_OF_POSTGRES = ("sqlstate", "table_name", "column_name", "constraint_name")


def told(error: BaseException) -> str:
    """An exception without its words: type, and what of it cannot be anybody's data."""
    name = type(error).__name__
    if isinstance(error, asyncpg.PostgresError):
        known = {field: getattr(error, field, None) for field in TOLD_OF_POSTGRES}
        return " ".join([name, *(f"{field}={value}" for field, value in known.items() if value)])
    if isinstance(error, ContentGone):
        return f"{name} sha256={error.sha256}"  # the operator finds the document by it
    if isinstance(error, OSError) and error.strerror and error.errno:
        return f"{name} errno={error.errno} {error.strerror}"
    return name


def passed(error: BaseException) -> list[str]:
    """The places an exception passed, the outermost first: file, line, function."""
    return [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(error.__traceback__)]


def chain(error: BaseException) -> list[BaseException]:
    """The exception and those it came from, each once, the first cause last."""
    found: list[BaseException] = []
    following: BaseException | None = error
    while following is not None and following not in found:
        found.append(following)
        following = following.__cause__ or (None if following.__suppress_context__ else following.__context__)
    return found


class TextLines(logging.Formatter):
    """Lines for people: moment, logger, level, request, words; places of an exception below."""

    def format(self, record: logging.LogRecord) -> str:
        """One record as text."""
        request = current_request.get()
        head = f"{_moment(record)} {record.name} {record.levelname} {f'[{request}] ' if request else ''}"
        lines = [head + record.getMessage()]
        for error in chain(record.exc_info[1]) if record.exc_info and record.exc_info[1] else ():
            lines += [f"  {told(error)}", *(f"    {place}" for place in passed(error))]
        return "\n".join(lines)


class JsonLines(logging.Formatter):
    """One JSON object a line, for a collector of logs."""

    def format(self, record: logging.LogRecord) -> str:
        """One record as JSON."""
        line: dict[str, object] = {
            "at": _moment(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "process": record.process,
            "message": record.getMessage(),
        }
        if request := current_request.get():
            line["request"] = request
        if record.exc_info and record.exc_info[1]:
            line["errors"] = [{"error": told(error), "passed": passed(error)} for error in chain(record.exc_info[1])]
        return json.dumps(line, ensure_ascii=False)


def _moment(record: logging.LogRecord) -> str:
    return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")


FORMATS: dict[str, type[logging.Formatter]] = {"text": TextLines, "json": JsonLines}


def set_up_logs(form: str, level: int = logging.INFO, stream: IO[str] | None = None) -> None:
    """Send every logger of this process to its standard error in one form. Raises ValueError for an unknown form."""
    if form not in FORMATS:
        raise ValueError(f"LOG_FORMAT must be one of {', '.join(FORMATS)}, not {form}")
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(FORMATS[form]())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    # the queue would log each message as it passes; their number must stay unknown until a listing's deadline
    logging.getLogger("pgqueuer").setLevel(logging.WARNING)
    # at its most talkative it says what stands in a photograph, also where it was taken
    logging.getLogger("PIL").setLevel(logging.INFO)
