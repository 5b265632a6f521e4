"""Shorter ways for what a page does a thousand times: calling macros and functions, and saying its sentences.

Jinja asks of whatever is called whether it wants the context, and makes a context of its own for each sentence that
stands in a loop. Most of a page's time went there. What comes out is the same (the tests compare).
"""

from __future__ import annotations

from functools import lru_cache
from types import BuiltinFunctionType, FunctionType, MethodType
from typing import Any

from jinja2 import Environment, pass_eval_context
from jinja2.nodes import EvalContext
from jinja2.runtime import Context, Macro
from markupsafe import Markup

from marketplace.kernel.i18n import current_language, translate

_PLAIN = frozenset((FunctionType, MethodType, BuiltinFunctionType))
# more than the templates' sentences in both languages; words that come as values only push each other out
_KEPT = 30_000


class QuickContext(Context):
    """Calls macros and plain functions at once; everything else goes jinja's own way."""

    def call(self, called: Any, /, *args: Any, **kwargs: Any) -> Any:
        """As `Context.call`. Raises what is called raises."""
        kind = type(called)
        if kind is Macro:
            kwargs.pop("_block_vars", None)
            kwargs.pop("_loop_vars", None)
            return called(self.eval_ctx, *args, **kwargs)
        if kind in _PLAIN and not hasattr(called, "jinja_pass_arg"):
            kwargs.pop("_block_vars", None)
            kwargs.pop("_loop_vars", None)
            return called(*args, **kwargs)
        if called is sentence:
            kwargs.pop("_block_vars", None)
            kwargs.pop("_loop_vars", None)
            return called(self.eval_ctx, *args, **kwargs)
        return super().call(called, *args, **kwargs)


@lru_cache(_KEPT)
def _in_words(message: str, language: str) -> Markup:
    return Markup(translate(message, language)) % {}


@pass_eval_context
def sentence(escaping: EvalContext, message: str, /, **values: object) -> str:
    """A template's sentence in the reader's language with its values, escaped. Raises KeyError without a value."""
    if not escaping.autoescape:
        return translate(message) % values
    if values:
        return Markup(translate(message)) % values
    return _in_words(message, current_language.get())


def shorten_calls(environment: Environment) -> None:
    """Make the calls of this environment's templates short, after its translations are installed."""
    environment.context_class = QuickContext
    environment.globals.update(_=sentence, gettext=sentence)
