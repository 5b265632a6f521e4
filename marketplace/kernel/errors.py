"""Refusals: each says the fact first, then the way out, and may name the rule behind it."""

from __future__ import annotations

from typing import Any

from marketplace.kernel.i18n import N_, Sentence, say


class DomainError(Exception):
    """A refusal a person can read. `clause` is a rulebook ID such as R-BID-01."""

    status_code = 422

    def __init__(self, message: str, /, clause: str | None = None, **values: object) -> None:
        self.sentence: Sentence = say(message, **values)
        self.clause = clause
        super().__init__(self.sentence.text("zh"))


class NotFound(DomainError):
    """There is no such row, or it is not for this reader: both look the same from outside."""

    status_code = 404

    def __init__(self, message: str = N_("没有找到这个页面。请检查地址，或从首页重新进入。"), /, **values: Any) -> None:
        super().__init__(message, **values)


class Forbidden(DomainError):
    """The reader sees the row but may not do this act."""

    status_code = 403


class SignInNeeded(DomainError):
    """Nobody is signed in, or the session has ended."""

    status_code = 401

    def __init__(self) -> None:
        super().__init__(N_("请先登录。"))


class SecondFactorNeeded(DomainError):
    """Signed in, but the role works only with a second factor, which is not set up yet."""

    status_code = 403

    def __init__(self) -> None:
        super().__init__(N_("您的岗位要用验证码登录。请先设置验证器，再做这件事。"))


class ProofNeeded(DomainError):
    """An act that cannot be undone, and the last proof of who is acting lies too long behind."""

    status_code = 401

    def __init__(self) -> None:
        super().__init__(N_("这件事做了就不能撤回。请先输入密码，确认是您本人。"))


class Conflict(DomainError):
    """Somebody else was faster, or the page is out of date."""

    status_code = 409


class FormRefused(DomainError):
    """Some fields of a form need another look; every mistake is named beside its field."""

    def __init__(self, errors: dict[str, Sentence]) -> None:
        super().__init__(N_("有些内容需要修改，请看标出的地方。"))
        self.errors = errors


class IllegalMove(Conflict):
    """A status was asked to move where its table has no way."""
