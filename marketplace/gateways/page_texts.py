"""The words of strangers' PDFs and Word files (DOCX), to compare what several of them say.

Like the pictures of pages: read in a process of its own, with little memory, little time and no way out but its output.
"""

from __future__ import annotations

import asyncio
import json
import re
import resource
import sys
from collections.abc import Sequence

from marketplace.gateways import word_packages
from marketplace.kernel.settings import PROJECT_FOLDER

LARGEST = 20 * 1024 * 1024  # bytes of all papers together; what goes beyond is not read
MOST_PAGES, MOST_CHARACTERS = 200, 200_000
PATIENCE = 15.0  # seconds
READ = (b"%PDF", b"PK\x03\x04")  # how what is read begins
_MEMORY, _CPU = 1024 * 1024 * 1024, 10  # bytes, seconds


async def words_of(papers: Sequence[bytes], patience: float = PATIENCE) -> list[str]:
    """The words of each PDF or DOCX in order; empty for what is neither, is too large, or breaks the reader.

    The lines of a PDF's paragraph are joined.
    """
    read = await lines_of(papers, patience)
    return [
        re.sub(r"\s*\n+\s*", "", said) if paper.startswith(b"%PDF") else said
        for paper, said in zip(papers, read, strict=True)
    ]


async def lines_of(papers: Sequence[bytes], patience: float = PATIENCE) -> list[str]:
    """The words of each PDF or DOCX in order, line by line; empty like `words_of`."""
    asked, room = [], LARGEST
    for place, paper in enumerate(papers):
        if paper.startswith(READ) and len(paper) <= room:
            asked.append(place)
            room -= len(paper)
    if not asked or patience <= 0:
        return [""] * len(papers)
    read = await _read([papers[place] for place in asked], patience)
    known = dict(zip(asked, read, strict=False))
    return [known.get(place, "") for place in range(len(papers))]


async def _read(papers: Sequence[bytes], patience: float) -> list[str]:
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "marketplace.gateways.page_texts", cwd=PROJECT_FOLDER, env={"PATH": ""},
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    framed = b"".join(len(paper).to_bytes(8, "big") + paper for paper in papers)
    try:
        said, _ = await asyncio.wait_for(child.communicate(framed), min(patience, PATIENCE))
    except TimeoutError:
        return []
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
    # one line a paper, as far as it came: a paper that breaks the reader takes none of those before it along
    return [str(json.loads(line)) for line in said.splitlines() if line.startswith(b'"') and line.endswith(b'"')]


def text_of(content: bytes) -> str:
    """The words of one paper, in the process of its own; those of a PDF line by line."""
    if not content.startswith(b"%PDF"):
        return word_packages.text_of(content, MOST_CHARACTERS)
    import pypdfium2  # not at the top: the server itself never opens a stranger's file

    found, room = [], MOST_CHARACTERS
    paper = pypdfium2.PdfDocument(content)
    for number in range(min(len(paper), MOST_PAGES)):
        text = paper[number].get_textpage().get_text_range()[:room]
        found.append(text)
        room -= len(text)
        if room <= 0:
            break
    return re.sub(r"[\r\n]+", "\n", "".join(found)).replace("\x00", "")


def main() -> int:
    """Read framed papers from standard input, write a line of JSON for each."""
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (_CPU, _CPU))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    while head := sys.stdin.buffer.read(8):
        content = sys.stdin.buffer.read(int.from_bytes(head, "big"))
        try:
            said = text_of(content)
        except Exception:  # whatever a stranger wrote into it: this paper has no words, the next one may
            said = ""
        sys.stdout.write(json.dumps(said) + "\n")
        sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
