"""A code that a telephone reads, as inline SVG: the security policy allows drawing, no script."""

from __future__ import annotations

import io
from functools import lru_cache

from markupsafe import Markup

from marketplace.kernel.late import late

segno = late("segno")


@lru_cache(maxsize=256)
def qr_svg(address: str, label: str) -> Markup:
    """The address as a QR code with a spoken label."""
    out = io.BytesIO()
    segno.make(address, error="m", micro=False).save(
        out, kind="svg", scale=3, border=2, xmldecl=False, svgns=True, title=label, svgclass="qr", lineclass=None,
        omitsize=False, unit=None,
    )  # fmt: skip
    return Markup(out.getvalue().decode())
