"""What the public says: comments and tips to the supervisor, each with its answer."""

from __future__ import annotations

from piccolo.columns import UUID, ForeignKey, OnDelete, Text, Timestamptz, Varchar
from piccolo.columns.defaults.uuid import UUID4
from piccolo.constraints import Check
from piccolo.table import Table

from marketplace.accounts.people.tables import Person


class Voice(Table):
    """One comment or tip from somebody without an account. A tip is never public; a comment only as it was reviewed.

    `reference` tells nothing about how many there are: with it the sender reads the answer.
    """

    id = UUID(primary_key=True, default=UUID4())
    reference = Varchar(40, default=None, null=False, unique=True)
    kind = Varchar(10, default=None, null=False)
    office = Varchar(20, default=None, null=False, index=True)
    about = Varchar(80, default="", null=False)
    words = Text(default=None, null=False)
    # encrypted (kernel/private_columns): only who answers reads it
    email = Varchar(400, default="", null=False)
    language = Varchar(2, default="zh", null=False)
    status = Varchar(12, default="received", null=False, index=True)
    sent_at = Timestamptz(default=None, null=False, index=True)
    answer = Text(default="", null=False)
    # the words as the public reads them: without names, addresses and telephones
    public_words = Text(default="", null=False)
    answered_by = ForeignKey(Person, null=True, on_delete=OnDelete.restrict, index=True)
    answered_at = Timestamptz(default=None, null=True)

    voice_kind_known = Check("kind IN ('comment', 'tip')")
    voice_office_known = Check("office IN ('finance', 'civil_affairs')")
    voice_status_known = Check("status IN ('received', 'answered', 'published')")
    voice_language_known = Check("language IN ('zh', 'en')")
    voice_answered_whole = Check(
        "(status = 'received') = (answered_by IS NULL) AND (status = 'received') = (answer = '')"
        " AND (status = 'received') = (answered_at IS NULL)"
    )
    voice_only_comments_are_public = Check("(status = 'published') = (public_words <> '')"
                                           " AND (status <> 'published' OR kind = 'comment')")  # fmt: skip
