"""What a short message to a resident says: whoever else reads it on the screen learns nothing of help. Pure."""

from __future__ import annotations

from marketplace.kernel.i18n import N_, say


def asks_to_answer(place: str, code: str) -> str:
    """What the window sends to somebody who is asked: where to answer and with which code (R-CIV-06).

    In Chinese, within one short message, naming neither a service nor an office. `place`: the address as one types it.
    """
    return say(N_("请打开 {place}，填 {code}，说说您的看法。不问姓名。"), place=place, code=code).text("zh")
