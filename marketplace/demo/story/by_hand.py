"""A bid sealed without the service: `seal.sh` of the lot's page with age and tar in an own process, then uploaded.

What goes over the line is `sealed.tar` alone. Where age is not installed, `marketplace age` stands in for it.
"""

from __future__ import annotations

import hashlib
import html
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from marketplace.demo.story.browser import Browser, StoryBroken
from marketplace.kernel.settings import PROJECT_FOLDER

TOOLS = {"age": "", "age-keygen": "keygen"}
LONGEST_RUN = 120.0
OWN_COPY = (
    "tar -xf sealed.tar && age -d -i bidder.key keys/{part}/bidder.age > {part}.key && age -d -i {part}.key {part}.age"
)

OWN_PAPER = "age -d -i technical.key technical/{number}.age"
PAPERS = (
    ("服务方案.txt", "入户走访、建档、转介。\n".encode()),
    ("投标函（盖章）.pdf", b"%PDF-1.4\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer\n<< /Root 1 0 R >>\n%%EOF\n"),
)
SEAL = {"attachment": PAPERS[1][0], "kind": "stamped"}  # which of them carries the seal (R-RECORD-01)


def seal_by_hand(browser: Browser, listing: str, plan: str) -> str:
    """Seal a bid for the first lot with age from the command line; gives the receipt's number."""
    path = f"/listings/{listing}/lots/1/sealing/first"
    asked = _asked(browser, path)
    price = {"small_micro": False} | ({} if asked["fixed_price"] is None else {"price": asked["fixed_price"]})
    parts = {
        "qualification": {
            "declarations": asked["declarations"], "past_performance": asked["own_record"], "text": "符合。",
        },
        "technical": {"attachments": [_listed(*each) for each in PAPERS], "seal": SEAL, "text": plan},
        "price": price,
    }  # fmt: skip
    return _seal(browser, path, parts, [content for _, content in PAPERS])


def _listed(name: str, content: bytes) -> dict[str, Any]:
    """A paper as the technical part lists it."""
    return {"name": name, "sha256": hashlib.sha256(content).hexdigest(), "size": len(content)}


def seal_final_price_by_hand(browser: Browser, listing: str, price: str) -> str:
    """Seal a final price with age from the command line; gives the receipt's number."""
    path = f"/listings/{listing}/lots/1/sealing/final"
    _asked(browser, path)
    return _seal(browser, path, {"price": {"small_micro": False, "price": price}}, [])


def _asked(browser: Browser, path: str) -> dict[str, Any]:
    """What the page says must be sealed, and how. Raises StoryBroken."""
    found = re.search(r"data-seal='([^']+)'", browser.get(path))
    if found is None:
        raise StoryBroken(f"{path} does not say how to seal.")
    asked: dict[str, Any] = json.loads(html.unescape(found.group(1)))
    return asked


def _seal(browser: Browser, path: str, parts: Mapping[str, Mapping[str, Any]], papers: Sequence[bytes]) -> str:
    with tempfile.TemporaryDirectory(prefix="seal-by-hand-") as name:
        folder = Path(name)
        for part, content in parts.items():
            (folder / f"{part}.json").write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
        (folder / "papers").mkdir()
        for number, paper in enumerate(papers, start=1):
            (folder / "papers" / str(number)).write_bytes(paper)
        (folder / "seal.sh").write_text(browser.client.get(f"{path}/seal.sh").raise_for_status().text, encoding="utf-8")
        told = with_age(folder / "bin")
        _run(["sh", "seal.sh"], folder, told)
        for part in parts:  # the bidder opens its own copy before it sends it
            if (folder / f"{part}.json").read_bytes() not in _run(
                ["sh", "-c", OWN_COPY.format(part=part)], folder, told
            ):
                raise StoryBroken(f"The bidder's own key does not open what was sealed as {part}.")
        for number, paper in enumerate(papers, start=1):
            if paper not in _run(["sh", "-c", OWN_PAPER.format(number=number)], folder, told):
                raise StoryBroken(f"The bidder's own key does not open the paper {number}.")
        sealed = (folder / "sealed.tar").read_bytes()
    browser.fill({}, {"sealed": ("sealed.tar", sealed, "application/x-tar")}, action=path)
    browser.must_say(hashlib.sha256(sealed).hexdigest())
    return browser.at.rsplit("/", 1)[1]


def with_age(folder: Path) -> dict[str, str]:
    """An environment in which `age` and `age-keygen` are found: the machine's own, or ours in this folder."""
    if all(map(shutil.which, TOOLS)):
        return dict(os.environ)
    return with_own_age(folder)


def with_own_age(folder: Path) -> dict[str, str]:
    """An environment in which `marketplace age` answers to the names of the age tools."""
    folder.mkdir(parents=True, exist_ok=True)
    for tool, word in TOOLS.items():
        script = folder / tool
        script.write_text(f'#!/bin/sh\nexec "{sys.executable}" -P -m marketplace.age_command {word} "$@"\n')
        script.chmod(0o700)
    return {**os.environ, "PATH": f"{folder}{os.pathsep}{os.environ['PATH']}", "PYTHONPATH": str(PROJECT_FOLDER)}


def _run(command: list[str], folder: Path, told: dict[str, str]) -> bytes:
    done = subprocess.run(command, cwd=folder, env=told, capture_output=True, timeout=LONGEST_RUN, check=False)
    if done.returncode:
        raise StoryBroken(f"{' '.join(command)[:80]}: {done.stderr.decode(errors='replace')[-500:]}")
    return done.stdout
