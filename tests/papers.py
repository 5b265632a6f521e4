"""Tests that press a PDF: skipped loudly where the system libraries are missing, failing when CI=true."""

from __future__ import annotations

import io
import os
import warnings

import pypdf
import pytest

from marketplace.gateways.papers import missing_packages

MISSING = missing_packages()


def _without_libraries() -> bool:
    if MISSING and os.environ.get("CI") == "true":
        raise RuntimeError(f"CI=true, but PDFs need these Debian packages: {' '.join(MISSING)}")
    if MISSING:
        warnings.warn(f"TESTS OF PDF ARE SKIPPED: apt-get install -y {' '.join(MISSING)}", stacklevel=2)
    return bool(MISSING)


needs_press = pytest.mark.skipif(_without_libraries(), reason=f"PDF needs Debian packages: {' '.join(MISSING)}")


def pdf_words(pdf: bytes) -> str:
    """The words of a PDF, without spaces and line breaks: where a line breaks is not what it says."""
    pages = pypdf.PdfReader(io.BytesIO(pdf)).pages
    return "".join("".join(page.extract_text() for page in pages).split())
