"""Pictures of a paper's pages, so that it can be read beside a form without being downloaded.

A stranger's file is only ever opened in a process of its own, with little memory, little time and no way out but its
output: a file that breaks the reader breaks nothing else.
"""

from __future__ import annotations

import asyncio
import io
import resource
import sys
from dataclasses import dataclass

from marketplace.kernel.settings import PROJECT_FOLDER

LARGEST = 20 * 1024 * 1024  # bytes; larger papers are downloaded
WIDTH = 1100  # pixels, sharp enough to read at the width of half a desk
PATIENCE = 15  # seconds
_MEMORY, _CPU = 1024 * 1024 * 1024, 10  # bytes, seconds
SHOWN = frozenset({"application/pdf", "image/png", "image/jpeg"})


class NoPicture(Exception):
    """This file cannot be shown as a picture; it can be downloaded."""


@dataclass(frozen=True)
class PagePicture:
    """One page as PNG, and how many pages the paper has."""

    png: bytes
    pages: int


async def page_picture(content: bytes, page: int) -> PagePicture:
    """A page of a PDF, or an image, at reading width; pages count from 1. Raises NoPicture."""
    if len(content) > LARGEST:
        raise NoPicture
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "marketplace.gateways.page_pictures", str(page), cwd=PROJECT_FOLDER, env={"PATH": ""},
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        said, _ = await asyncio.wait_for(child.communicate(content), PATIENCE)
    except TimeoutError:
        raise NoPicture from None
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
    count, _, png = said.partition(b"\n")
    if child.returncode != 0 or not count.isdigit():
        raise NoPicture
    return PagePicture(png, int(count))


def draw(content: bytes, page: int) -> tuple[bytes, int]:
    """The picture and the number of pages, in the process of its own."""
    import pypdfium2  # not at the top: the server itself never opens a stranger's file
    from PIL import Image  # the same

    if content.startswith(b"%PDF"):
        paper = pypdfium2.PdfDocument(content)
        pages = len(paper)
        sheet = paper[min(page, pages) - 1]
        picture = sheet.render(scale=min(WIDTH / sheet.get_width(), 4)).to_pil()
    else:
        pages, picture = 1, Image.open(io.BytesIO(content))
        picture.thumbnail((WIDTH, WIDTH * 4))
    out = io.BytesIO()
    picture.convert("RGB").save(out, "PNG")
    return out.getvalue(), pages


def main() -> int:
    """Read a file from standard input, write its number of pages and the picture to standard output."""
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (_CPU, _CPU))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    png, pages = draw(sys.stdin.buffer.read(), max(int(sys.argv[1]), 1))
    sys.stdout.buffer.write(f"{pages}\n".encode() + png)
    return 0


if __name__ == "__main__":
    sys.exit(main())
