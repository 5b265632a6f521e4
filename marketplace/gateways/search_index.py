"""The index of what is public: words, facets, order, on this machine's disk; made from the database, never the truth.

Every machine that serves pages keeps its own; a lost one is made anew. Chinese is cut into pairs of characters, so that
any part of a name is found, also across what a dictionary would call words.
"""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from marketplace.kernel.late import late

tantivy = late("tantivy")

FACETS = ("kind", "state", "method", "item", "town", "buyer", "band", "year", "form")
ORDERS = ("published", "closes", "amount")
POSITION = "position.json"
WRITER_BYTES = 50_000_000
SHAPE = 1  # one more whenever the fields or the terms of an entry change
PAIR, QUAD = 2, 4  # most names are asked by two characters or four; a phrase of pairs alone is slow where all match
MOST_TERMS = 12  # of one question; more words narrow nothing that these do not
MOST_VALUES = 200  # of one facet
_RUN = re.compile(r"[\u3400-\u9fff\U00020000-\U0003ffff]+|[0-9a-z]+")


@dataclass(frozen=True)
class Entry:
    """One public thing: where it is, the words it is found by, its facets, and what a list shows of it."""

    key: str
    text: str
    facets: Mapping[str, Sequence[str]]
    order: Mapping[str, int]  # seconds and fen; what a thing has no value for is left out
    shown: Mapping[str, str]


@dataclass(frozen=True)
class Question:
    """What is looked for. `at_least` and `at_most` bound an order by its value; the order is one of ORDERS."""

    words: str = ""
    facets: Mapping[str, str] = field(default_factory=dict)
    at_least: Mapping[str, int] = field(default_factory=dict)
    at_most: Mapping[str, int] = field(default_factory=dict)
    order: str = "published"
    ascending: bool = False
    first: int = 0
    most: int = 20


@dataclass(frozen=True)
class Answer:
    """How many there are, one page of them, and for each facet its values with their counts."""

    total: int
    shown: list[Mapping[str, str]]
    counts: Mapping[str, Mapping[str, int]]


def grams(text: str, length: int) -> list[str]:
    """The text as index terms in lower case: each stretch of so many Chinese characters, other words whole.

    Pairs end with the last character alone, so that every character begins a term.
    """
    found = []
    for run in _runs(text):
        if run[0] <= "z":
            found += [run] if length == PAIR else []
        else:
            found += [run[i : i + length] for i in range(len(run) if length == PAIR else len(run) - length + 1)]
    return found


def _runs(text: str) -> list[str]:
    return _RUN.findall(unicodedata.normalize("NFKC", text).casefold())


class SearchIndex:
    """One index in a folder. One process writes; any number read."""

    def __init__(self, folder: Path) -> None:
        # an index of another shape cannot be read: a new version of the program makes its own beside it
        self._folder = folder / _shape()
        self._index: Any = None
        self._seen: tuple[int, int] = (0, 0)
        # changes after the position that this process has taken in already
        self.taken: set[int] = set()

    def ask(self, question: Question) -> Answer:
        """What is found. An index that is not there yet finds nothing."""
        index = self._current()
        if index is None:
            return Answer(0, [], {})
        searcher, query = index.searcher(), self._query(index.schema, question)
        way = tantivy.Order.Asc if question.ascending else tantivy.Order.Desc
        hits = searcher.search(
            query, limit=question.most, offset=question.first, count=False, order_by_field=question.order, order=way
        )
        shown = [json.loads(bytes(searcher.doc(address)["shown"][0])) for _, address in hits.hits]
        wanted = {name: {"terms": {"field": name, "size": MOST_VALUES}} for name in FACETS}
        found = searcher.aggregate(query, wanted)
        counts = {name: {str(b["key"]): b["doc_count"] for b in found[name]["buckets"]} for name in FACETS}
        return Answer(sum(counts["kind"].values()), shown, counts)  # everything is of one kind

    def position(self) -> int:
        """The last change that the index has taken in; -1 when there is no index."""
        index = self._current()
        return -1 if index is None else int(self._payload().get("position", -1))

    def remember(self, position: int) -> None:
        """The last change up to which everything is taken in."""
        self._folder.joinpath(POSITION).write_text(json.dumps({"position": position}))

    def begin(self) -> Writing:
        """Start to take in changes. Raises BusyIndex while another process writes."""
        try:
            writer = (self._index or self._opened()).writer(heap_size=WRITER_BYTES, num_threads=1)
        except ValueError as error:
            raise BusyIndex(str(error)) from error
        return Writing(writer, self)

    def begin_anew(self) -> Writing:
        """Start to make the index anew; readers keep the old one until the new one is finished. Raises BusyIndex."""
        writing = self.begin()
        writing.forget_all()
        return writing

    def _payload(self) -> dict[str, Any]:
        try:
            return dict(json.loads(self._folder.joinpath(POSITION).read_text()))
        except (OSError, ValueError):
            return {}

    def _opened(self) -> Any:
        self._folder.mkdir(parents=True, exist_ok=True)
        self._index = tantivy.Index(_schema(), path=str(self._folder))
        return self._index

    def _current(self) -> Any:
        """The index as it stands on disk now: another process may have written it."""
        try:
            look = self._folder.joinpath("meta.json").stat()
        except FileNotFoundError:
            return None
        if self._index is None:
            self._opened()
        if self._seen != (look.st_mtime_ns, look.st_ino):
            self._index.reload()
            self._seen = (look.st_mtime_ns, look.st_ino)
        return self._index

    def _query(self, schema: Any, question: Question) -> Any:
        must = [_words_query(schema, run) for run in _runs(question.words)[:MOST_TERMS]]
        must += [tantivy.Query.term_query(schema, name, value) for name, value in question.facets.items()]
        for name in {*question.at_least, *question.at_most}:
            least = question.at_least.get(name, 0)
            must.append(
                tantivy.Query.range_query(
                    schema, name, tantivy.FieldType.Integer, least, question.at_most.get(name, 2**62)
                )
            )
        if not must:
            return tantivy.Query.all_query()
        return tantivy.Query.boolean_query([(tantivy.Occur.Must, each) for each in must])


class Writing:
    """Changes on their way into the index; readers see none of them before `finish`."""

    def __init__(self, writer: Any, index: SearchIndex) -> None:
        self._writer, self._index = writer, index

    def forget_all(self) -> None:
        """Begin with nothing."""
        self._writer.delete_all_documents()

    def forget(self, keys: Iterable[str]) -> None:
        """Take these out."""
        for key in keys:
            self._writer.delete_documents("key", key)

    def forget_kind(self, kind: str) -> None:
        """Take out all of a kind."""
        self._writer.delete_documents("kind", kind)

    def add(self, entries: Iterable[Entry]) -> None:
        """Put these in; those that were there before are forgotten first by the caller."""
        for entry in entries:
            self._writer.add_document(_document(entry))

    def finish(self, position: int) -> None:
        """Show readers all of it, and remember how far it goes."""
        self._writer.commit()
        self._writer.wait_merging_threads()
        # after the commit: whoever is killed between the two takes the same changes in again, which does no harm
        self._index.remember(position)


class BusyIndex(RuntimeError):
    """Another process is writing the index."""


def _words_query(schema: Any, run: str) -> Any:
    """One run of the question: Chinese as neighbouring stretches, a single character as the start of a pair."""
    if run[0] <= "z":
        return tantivy.Query.regex_query(schema, "grams", re.escape(run) + ".*")
    if len(run) == 1:
        return tantivy.Query.regex_query(schema, "grams", f"{run}.?")
    length, name = (QUAD, "quads") if len(run) >= QUAD else (PAIR, "grams")
    stretches = [run[i : i + length] for i in range(len(run) - length + 1)]
    if len(stretches) == 1:
        return tantivy.Query.term_query(schema, name, stretches[0])
    return tantivy.Query.phrase_query(schema, name, stretches)


def _shape() -> str:
    said = repr((FACETS, ORDERS, PAIR, QUAD, SHAPE))
    return hashlib.sha256(said.encode()).hexdigest()[:8]


def _schema() -> Any:
    builder = tantivy.SchemaBuilder()
    builder.add_text_field("key", tokenizer_name="raw", index_option="basic")
    builder.add_text_field("grams", tokenizer_name="whitespace", index_option="position")
    builder.add_text_field("quads", tokenizer_name="whitespace", index_option="position")
    builder.add_bytes_field("shown", stored=True, indexed=False)
    for name in FACETS:
        builder.add_text_field(name, fast=True, tokenizer_name="raw", index_option="basic")
    for name in ORDERS:
        builder.add_integer_field(name, indexed=True, fast=True)
    return builder.build()


def _document(entry: Entry) -> Any:
    document = tantivy.Document()
    document.add_text("key", entry.key)
    document.add_text("grams", " ".join(grams(entry.text, PAIR)))
    document.add_text("quads", " ".join(grams(entry.text, QUAD)))
    document.add_bytes("shown", json.dumps(dict(entry.shown), ensure_ascii=False).encode())
    for name, values in entry.facets.items():
        for value in dict.fromkeys(values):
            document.add_text(name, value)
    for name, value in entry.order.items():
        document.add_integer(name, value)
    return document
