"""One paper, pressed in a process of its own: HTML comes in, PDF goes out, then the process ends.

Started by `marketplace/gateways/papers.py` only. WeasyPrint takes some hundred megabytes and may meet a page that never
ends: here its memory and time are bounded by the system, and nothing of it ever lives in the web process. Nothing is
fetched: no address in the HTML is opened, neither of the net nor of this machine.
"""

import ctypes
import ctypes.util
import resource
import sys
import warnings
from typing import Any

MOST_MEMORY = 2 * 1024**3  # bytes of address space
MOST_SECONDS = 45  # of processor time
MISSING = 3  # exit code: a system library is not there; its Debian packages stand in the error output

# what must be loadable, and the Debian package that brings it
LIBRARIES = {
    "libpango-1.0.so.0": "libpango-1.0-0",
    "libpangoft2-1.0.so.0": "libpangoft2-1.0-0",
    "libharfbuzz-subset.so.0": "libharfbuzz-subset0",
    "libfontconfig.so.1": "libfontconfig1",
}
FACES = ("Noto Serif CJK SC", "Noto Sans CJK SC")
FONT_PACKAGE = "fonts-noto-cjk"


def missing_packages() -> list[str]:
    """The Debian packages that a paper needs and this machine lacks."""
    missing = [package for library, package in LIBRARIES.items() if not _loads(library)]
    if LIBRARIES["libfontconfig.so.1"] in missing or not all(_has_face(face) for face in FACES):
        missing.append(FONT_PACKAGE)
    return missing


def _loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def _has_face(face: str) -> bool:
    """Ask fontconfig what it would give for a face: another family's name means that the face is not there."""
    config = ctypes.CDLL("libfontconfig.so.1")
    for function in ("FcNameParse", "FcFontMatch"):
        getattr(config, function).restype = ctypes.c_void_p
    pattern = ctypes.c_void_p(config.FcNameParse(face.encode()))
    config.FcConfigSubstitute(None, pattern, 0)
    config.FcDefaultSubstitute(pattern)
    found = ctypes.c_void_p(config.FcFontMatch(None, pattern, ctypes.byref(ctypes.c_int())))
    name = ctypes.c_char_p()
    position, is_same = 0, False
    while found.value and config.FcPatternGetString(found, b"family", position, ctypes.byref(name)) == 0:
        is_same = is_same or name.value == face.encode()
        position += 1
    return is_same


def press(html: str) -> bytes:
    """The PDF of a page: tagged, archival (PDF/A-3), the same bytes for the same page."""
    from weasyprint import HTML  # here and not above: it loads the system libraries that were looked for first
    from weasyprint.urls import URLFetcher

    warnings.simplefilter("error", DeprecationWarning)  # without its subsetter WeasyPrint takes 80 times as long
    fetcher: Any = URLFetcher(allowed_protocols=[])
    document = HTML(string=html, url_fetcher=fetcher)
    pressed: bytes = document.write_pdf(pdf_variant="pdf/a-3a", pdf_tags=True)
    return pressed


def main() -> int:
    """Read HTML from the input, write PDF to the output."""
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (MOST_SECONDS, MOST_SECONDS + 1))
    missing = missing_packages()
    if missing:
        print(" ".join(missing), file=sys.stderr)
        return MISSING
    if "--look" not in sys.argv:
        sys.stdout.buffer.write(press(sys.stdin.buffer.read().decode()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
