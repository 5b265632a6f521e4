"""The style sheet and the script are compiled once, from locked packages, under names that carry their hash."""

from __future__ import annotations

import gzip
import json
import re
from pathlib import Path

import pytest

from marketplace.front_end import build

CLOSE_TO_LAW = 4.5


@pytest.fixture(scope="module")
def manifest() -> dict[str, str]:
    build.build()
    return json.loads((build.BUILT / "manifest.json").read_text())


def test_a_second_build_has_nothing_to_do(manifest: dict[str, str]) -> None:
    assert build.build() is False


def test_every_name_in_the_manifest_is_a_file(manifest: dict[str, str]) -> None:
    assert set(manifest) == {"site.css", "site.js", "password.js", "sealing.js", "visits.js", "visits_worker.js",
                             "sheets.js", "sheets_worker.js"}
    assert all((build.BUILT / name).stat().st_size > 0 for name in manifest.values())


def test_a_lost_file_is_noticed(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text(json.dumps({"site.css": "site.gone.css"}))
    (tmp_path / "stamp").write_text(build.inputs_hash())
    assert not build.is_current(build.inputs_hash(), tmp_path)
    (tmp_path / "site.gone.css").write_text("")
    assert build.is_current(build.inputs_hash(), tmp_path)


def test_the_style_sheet_stays_small(manifest: dict[str, str]) -> None:
    assert len(gzip.compress((build.BUILT / manifest["site.css"]).read_bytes())) < 20_000


def test_the_style_sheet_fetches_nothing_and_wears_nobody_elses_type(manifest: dict[str, str]) -> None:
    css = (build.BUILT / manifest["site.css"]).read_text()
    assert "url(" not in css
    assert "GDS Transport" not in css
    assert "gradient" not in css


def test_the_lock_file_names_no_host() -> None:
    text = build.LOCK_FILE.read_text()
    assert "://" not in text
    packages = json.loads(text)["packages"]
    assert all("integrity" in package for path, package in packages.items() if path)


def test_every_colour_for_words_can_be_read_on_white_and_on_the_wash() -> None:
    tokens = dict(
        re.findall(r"^\$([a-z-]+): (#[0-9a-f]{6})", (build.FRONT_END / "scss" / "_tokens.scss").read_text(), re.M)
    )
    words = ["ink", "quiet", "brand", "accent", "running", "done", "refused", "waiting"]
    for word in words:
        for ground in ("ground", "wash"):
            assert contrast(tokens[word], tokens[ground]) >= CLOSE_TO_LAW, (word, ground)
    assert contrast(tokens["ground"], tokens["brand"]) >= CLOSE_TO_LAW
    assert contrast(tokens["brand"], tokens["brand-light"]) >= CLOSE_TO_LAW


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours as WCAG counts it, 1 to 21."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: str) -> float:
    """How light a colour is, 0 to 1."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = [p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
