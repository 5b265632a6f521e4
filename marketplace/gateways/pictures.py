"""A photograph drawn anew: smaller, and nothing of it but the picture (no place, no camera, no time)."""

from __future__ import annotations

import io

from marketplace.kernel.late import late

image, operations = late("PIL.Image"), late("PIL.ImageOps")

LONGEST_SIDE = 1280
QUALITY = 75
MOST_PIXELS = 40_000_000
KINDS = ("JPEG", "PNG", "WEBP")


class NoPicture(Exception):
    """What came is no photograph that can be drawn."""


def redrawn(content: bytes) -> bytes:
    """The picture as a JPEG of at most 1280 pixels a side, turned upright, without metadata. Raises NoPicture."""
    try:
        with image.open(io.BytesIO(content), formats=KINDS) as picture:
            if picture.width * picture.height > MOST_PIXELS:
                raise NoPicture()
            picture.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
            upright = operations.exif_transpose(picture).convert("RGB")
    except NoPicture:
        raise
    except Exception as broken:  # a picture can be wrong in as many ways as there are bytes
        raise NoPicture() from broken
    upright.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    # only the pixels are taken over: whatever else the file carried stays behind
    bare = image.new("RGB", upright.size)
    bare.paste(upright)
    out = io.BytesIO()
    bare.save(out, "JPEG", quality=QUALITY, optimize=True)
    return out.getvalue()
