"""How easily a password is guessed, and why, by a library of the passwords that people really choose."""

from __future__ import annotations

from collections.abc import Sequence

from marketplace.kernel.errors import DomainError
from marketplace.kernel.i18n import N_
from marketplace.kernel.late import late

zxcvbn = late("zxcvbn")

WEAKEST_SCORE = 3  # of 0 to 4: from here on a stolen copy of the hashes costs an attacker years
MOST_JUDGED = 72  # characters; judging a longer one takes long and says nothing new

REASONS: dict[str, str] = {
    "dictionary": N_("这个密码很常见，别人几次就能猜到。请用几个不相干的词连起来。"),
    "spatial": N_("密码是键盘上挨着的几个键，很容易猜到。请用几个不相干的词连起来。"),
    "repeat": N_("密码里同样的字符重复太多，很容易猜到。请用几个不相干的词连起来。"),
    "sequence": N_("密码里有“abc”“6543”这样的顺序，很容易猜到。请用几个不相干的词连起来。"),
    "regex": N_("密码里有年份，很容易猜到。请用几个不相干的词连起来。"),
    "date": N_("密码里有日期，很容易猜到。请用几个不相干的词连起来。"),
}
OTHERWISE = N_("这个密码太容易猜到。请加长一些，用几个不相干的词连起来。")


def check_strength(password: str, own_words: Sequence[str] = ()) -> None:
    """A password that is hard to guess, also for somebody who knows the person. Raises DomainError with the reason."""
    found = zxcvbn.zxcvbn(password[:MOST_JUDGED], user_inputs=[word for word in own_words if word])
    if found["score"] >= WEAKEST_SCORE:
        return
    longest = max(found["sequence"], key=lambda part: len(part["token"]), default=None)
    raise DomainError(REASONS.get(longest["pattern"] if longest else "", OTHERWISE))
