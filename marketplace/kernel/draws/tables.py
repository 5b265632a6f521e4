"""Draws: the list as it was frozen, who was present, and every candidate's lot."""

from __future__ import annotations

from piccolo.columns import UUID, BigInt, ForeignKey, Integer, OnDelete, Text, Timestamptz, Varchar
from piccolo.columns.defaults.uuid import UUID4
from piccolo.constraints import Check, Unique
from piccolo.table import Table


class Draw(Table):
    """One draw. What is frozen never changes; a trigger sees to it."""

    id = UUID(primary_key=True, default=UUID4())
    reference = Varchar(20, default=None, null=False, unique=True)
    kind = Varchar(20, default=None, null=False)
    # what it is drawn for, and that thing's printed number with what is drawn
    subject = UUID(default=None, null=False, index=True)
    subject_line = Varchar(200, default=None, null=False)
    listing_reference = Varchar(40, default=None, null=False)
    organisation = UUID(default=None, null=False, index=True)
    take = Integer(default=None, null=False)
    least_present = Integer(default=None, null=False)
    clause = Varchar(20, default=None, null=False)
    status = Varchar(12, default="frozen", null=False)
    # encrypted: whoever copies the database before the draw learns nothing from it
    secret_kept = Varchar(300, default=None, null=False)
    # in the open from the draw on: by then it decides nothing any more
    secret = Varchar(64, default="", null=False)
    commitment = Varchar(64, default=None, null=False)
    frozen_by = UUID(default=None, null=False)
    frozen_by_name = Varchar(120, default=None, null=False)
    frozen_at = Timestamptz(default=None, null=False)
    frozen_entry = UUID(default=None, null=False)
    chain_position = BigInt(default=None, null=True)
    chain_hash = Varchar(64, default=None, null=True)
    seed = Varchar(64, default=None, null=True)
    drawn_by_name = Varchar(120, default="", null=False)
    drawn_at = Timestamptz(default=None, null=True)
    # from when on everybody may read the names; until then only those who draw and those who supervise
    public_at = Timestamptz(default=None, null=True)
    cancelled_at = Timestamptz(default=None, null=True)
    cancel_reason = Text(default="", null=False)

    draw_status_known = Check("status IN ('frozen', 'drawn', 'cancelled')")
    draw_kind_known = Check("kind IN ('tie', 'panel', 'invited')")
    draw_takes_some = Check("take >= 1 AND least_present >= 1")
    draw_commitment_is_hex = Check("commitment ~ '^[0-9a-f]{64}$'")
    drawn_is_whole = Check(
        "(status = 'drawn') = (seed IS NOT NULL AND drawn_at IS NOT NULL AND chain_hash IS NOT NULL AND secret <> '')"
    )
    cancelled_has_its_reason = Check("(status = 'cancelled') = (cancelled_at IS NOT NULL AND cancel_reason <> '')")


class DrawCandidate(Table):
    """One who may be drawn; `lot` and `place` are set once, by the draw."""

    id = UUID(primary_key=True, default=UUID4())
    draw = ForeignKey(Draw, null=False, on_delete=OnDelete.restrict, index=True)
    key = Varchar(200, default=None, null=False)
    name = Varchar(200, default=None, null=False)
    lot = Varchar(64, default=None, null=True)
    place = Integer(default=None, null=True)

    draw_candidate_once = Unique(["draw", "key"])


class DrawWitness(Table):
    """Somebody present at the draw, and what this person said aloud."""

    id = UUID(primary_key=True, default=UUID4())
    draw = ForeignKey(Draw, null=False, on_delete=OnDelete.restrict, index=True)
    number = Integer(default=None, null=False)
    name = Varchar(200, default=None, null=False)
    words = Varchar(200, default=None, null=False)

    draw_witness_once = Unique(["draw", "number"])
