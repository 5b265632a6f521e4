"""Two languages: Chinese is written in the code, English comes from the catalogues beside it."""

from __future__ import annotations

import contextvars
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from marketplace.kernel.late import late

pofile = late("babel.messages.pofile")

LOCALES_FOLDER = Path(__file__).resolve().parents[1] / "locales"
LANGUAGES = ("zh", "en")

current_language: contextvars.ContextVar[str] = contextvars.ContextVar("current_language", default="zh")


def N_(message: str) -> str:
    """Mark a Chinese sentence for translation where it is written; it is translated where it is shown."""
    return message


@cache
def english_messages() -> Mapping[str, str]:
    """Every English sentence by its Chinese original, read from `locales/en/*.po`."""
    messages: dict[str, str] = {}
    for path in sorted((LOCALES_FOLDER / "en").glob("*.po")):
        with path.open("rb") as file:
            for message in pofile.read_po(file, locale="en"):
                if isinstance(message.id, str) and message.id and message.string:
                    messages[message.id] = str(message.string)
    return messages


def translate(message: str, language: str | None = None) -> str:
    """The sentence in the reader's language; Chinese where no translation is written."""
    if (language or current_language.get()) == "en":
        return english_messages().get(message, message)
    return message


def ngettext(singular: str, plural: str, number: int) -> str:
    """Chinese has no plural; English sentences avoid it by naming the count first."""
    return translate(singular if number == 1 else plural)


@dataclass(frozen=True)
class Sentence:
    """A sentence with its values, translated only when a reader is known."""

    message: str
    values: Mapping[str, object] = field(default_factory=dict)

    def text(self, language: str | None = None) -> str:
        """The sentence with its values filled in; nested sentences are translated too."""
        filled = {k: v.text(language) if isinstance(v, Sentence) else v for k, v in self.values.items()}
        template = translate(self.message, language)
        return template.format(**filled) if filled else template

    def __str__(self) -> str:
        return self.text()


def say(message: str, /, **values: object) -> Sentence:
    """A sentence to be translated later: `say(N_("……{amount}……"), amount=…)`."""
    return Sentence(message, values)
