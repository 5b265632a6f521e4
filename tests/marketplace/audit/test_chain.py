from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

from marketplace.kernel.audit.chain import GENESIS, ChainEntry, Content, canonical, content_hash, first_bad, link_hash

NOON = datetime(2026, 3, 2, 4, tzinfo=UTC)


def an_entry(number: int, stream: str = "main", **changes: object) -> Content:
    content = Content(
        id=UUID(int=number),
        stream=stream,
        act="listing.published",
        subject_kind="listing",
        subject_id=str(number),
        actor_id=None,
        actor_name="王敏",
        actor_role="buyer",
        organisation="金堂县民政局",
        detail={"title": "社会救助服务"},
        at=NOON + timedelta(minutes=number),
    )
    return replace(content, **changes)  # type: ignore[arg-type]


def a_chain(*contents: Content) -> list[ChainEntry]:
    entries, places = [], {}
    for content in contents:
        position, previous = places.get(content.stream, (0, GENESIS))
        entry_hash = link_hash(previous, canonical(content))
        entries.append(ChainEntry(content, content_hash(content), position + 1, previous, entry_hash))
        places[content.stream] = (position + 1, entry_hash)
    return sorted(entries, key=lambda entry: (entry.content.stream, entry.position))


def test_an_untouched_chain_holds():
    assert first_bad(a_chain(*(an_entry(n) for n in range(1, 6)))) is None
    assert first_bad([]) is None


def test_every_field_of_an_entry_is_covered_by_its_hash():
    first, *rest = a_chain(an_entry(1), an_entry(2))
    changes = {
        "act": "listing.withdrawn",
        "subject_kind": "contract",
        "subject_id": "9",
        "actor_id": UUID(int=7),
        "actor_name": "李强",
        "actor_role": "finance",
        "organisation": "金堂县财政局",
        "detail": {"title": "别的"},
        "at": NOON,
        "id": UUID(int=99),
    }
    for field, value in changes.items():
        bad = first_bad([replace(first, content=replace(first.content, **{field: value})), *rest])
        assert bad and (bad.position, bad.reason) == (1, "content"), field


def test_an_entry_cut_out_is_seen_at_the_next_one():
    chain = a_chain(*(an_entry(n) for n in range(1, 6)))
    bad = first_bad(chain[:2] + chain[3:])
    assert bad and (bad.stream, bad.position, bad.reason) == ("main", 4, "gap")


def test_an_entry_rewritten_with_its_hashes_is_seen_at_the_next_one():
    chain = a_chain(*(an_entry(n) for n in range(1, 4)))
    forged = an_entry(2, detail={"title": "别的"})
    chain[1] = ChainEntry(
        forged, content_hash(forged), 2, chain[0].entry_hash, link_hash(chain[0].entry_hash, canonical(forged))
    )
    bad = first_bad(chain)
    assert bad and (bad.position, bad.reason) == (3, "previous")


def test_two_entries_that_changed_places_are_seen():
    chain = a_chain(*(an_entry(n) for n in range(1, 4)))
    chain[0], chain[1] = replace(chain[1], position=1), replace(chain[0], position=2)
    bad = first_bad(chain)
    assert bad and bad.position == 1


def test_streams_are_counted_each_for_itself():
    chain = a_chain(an_entry(1), an_entry(2, "listing:a"), an_entry(3), an_entry(4, "listing:a"))
    assert first_bad(chain) is None
    assert [(entry.content.stream, entry.position) for entry in chain] == [
        ("listing:a", 1),
        ("listing:a", 2),
        ("main", 1),
        ("main", 2),
    ]


def test_the_same_moment_in_another_zone_and_another_order_of_keys_are_the_same_bytes():
    one = an_entry(1, detail={"a": "1", "b": "2"})
    other = replace(one, detail={"b": "2", "a": "1"}, at=one.at.astimezone(timezone(timedelta(hours=8))))
    assert canonical(one) == canonical(other)
    assert "王敏".encode() in canonical(one)
