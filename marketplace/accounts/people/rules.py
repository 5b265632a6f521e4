"""What a user name and a password must be."""

from __future__ import annotations

import re

from marketplace.accounts.people.strength import check_strength
from marketplace.kernel.errors import DomainError
from marketplace.kernel.i18n import N_

LEAST_PASSWORD_LENGTH = 10


def check_username(username: str) -> None:
    """Letters, digits, dot, dash and underscore, 3 to 40 of them. Raises DomainError."""
    if not re.fullmatch(r"[a-z0-9][a-z0-9._-]{2,39}", username):
        raise DomainError(N_("用户名用小写字母、数字、点、横线，3 到 40 个字符。"))


def check_password(password: str, username: str, *own_words: str) -> None:
    """Long enough, not the user name, hard to guess; `own_words` are the person's and the office's names.

    Raises DomainError.
    """
    if len(password) < LEAST_PASSWORD_LENGTH:
        raise DomainError(N_("密码至少 {count} 个字符。可以用几个词连起来。"), count=LEAST_PASSWORD_LENGTH)
    if username.lower() in password.lower():
        raise DomainError(N_("密码里不要包含用户名。"))
    check_strength(password, (username, *own_words))
