"""One DOCX, filled in or judged in a process of its own: a template from outside may hang, eat memory or break out.

Started by `marketplace/gateways/docx.py` only. Input: JSON with the template in base64 and the values. The template's
own code runs in Jinja's sandbox with values that are plain data; beside them stands `code`, the QR code of `address`,
which a template can place and nothing else. An unknown name is a mistake. Output: the file, whose bytes are the same
for the same input.
"""

import base64
import io
import json
import re
import resource
import sys
import zipfile
from typing import Any

from jinja2 import StrictUndefined
from jinja2.exceptions import SecurityError, TemplateSyntaxError, UndefinedError
from jinja2.sandbox import ImmutableSandboxedEnvironment

MOST_MEMORY = 1024**3
MOST_SECONDS = 8
REFUSED = 4  # exit code: the template is at fault; its sentence stands in the error output
CODE = "code"  # the name under which a template places the QR code of the paper's page
FIXED_TIME = (1980, 1, 1, 0, 0, 0)

# fields of a Word document that fetch or run something when it is opened
RUNS = re.compile(r"\b(DDE|DDEAUTO|INCLUDETEXT|INCLUDEPICTURE|IMPORT|LINK|MACROBUTTON|DATABASE)\b", re.IGNORECASE)
INSTRUCTION = re.compile(r"<w:instrText[^>]*>([^<]*)<|w:instr=\"([^\"]*)\"")
EXTERNAL = re.compile(r"<Relationship\b[^>]*TargetMode=\"External\"[^>]*>")
PARTS_REFUSED = ("word/embeddings/", "word/activex/", "word/vba")


class Refused(Exception):
    """A template that is not taken; the reason is a code and what it concerns."""


class FillingIn(ImmutableSandboxedEnvironment):
    """Fields, conditions and loops; sums that could fill the memory are code."""

    intercepted_binops = frozenset({"*", "**", "%"})

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        """No such sum is worked out. Raises SecurityError."""
        raise SecurityError(operator)


def check_package(template: bytes) -> None:
    """Nothing in it reaches outside or runs by itself. Raises Refused."""
    with zipfile.ZipFile(io.BytesIO(template)) as package:
        for name in package.namelist():
            if name.lower().startswith(PARTS_REFUSED):
                raise Refused("embedded", name)
            if name.endswith(".rels"):
                for found in EXTERNAL.findall(package.read(name).decode("utf-8", "replace")):
                    if "/hyperlink" not in found:
                        raise Refused("external", name)
            elif name.endswith(".xml"):
                content = package.read(name).decode("utf-8", "replace")
                said = "".join(first or second for first, second in INSTRUCTION.findall(content))
                if found_field := RUNS.search(said):
                    raise Refused("field", found_field.group(1))
                if "<!DOCTYPE" in content or "<!ENTITY" in content:
                    raise Refused("entity", name)


class Code:
    """The QR code of an address where a template says `code`; the sandbox lets a template reach no name of it."""

    __slots__ = ("_document", "_picture")

    def __init__(self, document: Any, address: str) -> None:
        import segno  # only in this process: the web process stays small

        self._document, self._picture = document, io.BytesIO()
        segno.make(address, error="m", micro=False).save(self._picture, kind="png", scale=8, border=2)

    def __html__(self) -> str:
        from docx.shared import Mm  # likewise
        from docxtpl import InlineImage  # likewise

        self._picture.seek(0)
        return str(InlineImage(self._document, self._picture, width=Mm(25)))


def fill(template: bytes, values: dict[str, Any]) -> bytes:
    """The template with its fields filled in. Raises Refused."""
    from docxtpl import DocxTemplate  # only in this process: the web process stays small

    environment = FillingIn(autoescape=True, undefined=StrictUndefined)
    environment.globals.clear()  # no range, no dict, no lipsum: a template fills in, it does not compute
    try:
        document = DocxTemplate(io.BytesIO(template))
        unknown = sorted(document.get_undeclared_template_variables(environment) - {*values, CODE})
        if unknown:
            raise Refused("unknown", "、".join(unknown))
        document = DocxTemplate(io.BytesIO(template))
        address = values.get("address", "")
        given = {**values, CODE: Code(document, address) if address else ""}
        document.render(given, jinja_env=environment, autoescape=True)
    except SecurityError as wrong:
        raise Refused("code", str(wrong)) from wrong
    except UndefinedError as wrong:
        raise Refused("unknown", str(wrong)) from wrong
    except TemplateSyntaxError as wrong:
        raise Refused("syntax", str(wrong)) from wrong
    except (TypeError, ValueError, ArithmeticError, LookupError, OverflowError) as wrong:
        raise Refused("syntax", f"{type(wrong).__name__}: {wrong}") from wrong
    out = io.BytesIO()
    document.save(out)
    return with_fixed_times(out.getvalue())


def with_fixed_times(package: bytes) -> bytes:
    """The same package without the hour of its making, so that the same content gives the same bytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(package)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in sorted(old.namelist()):
            member = zipfile.ZipInfo(name, FIXED_TIME)
            member.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(member, old.read(name))
    return out.getvalue()


def main() -> int:
    """Read the order from the input, write the file to the output."""
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (MOST_SECONDS, MOST_SECONDS + 1))
    order = json.loads(sys.stdin.buffer.read())
    template = base64.b64decode(order["template"])
    try:
        check_package(template)
        filled = fill(template, order["values"])
    except Refused as refused:
        print(json.dumps(refused.args, ensure_ascii=True), file=sys.stderr)
        return REFUSED
    sys.stdout.buffer.write(filled)
    return 0


if __name__ == "__main__":
    sys.exit(main())
