"""Containers of the first form, as `sealing.seal` wrote them before the tar of age files; still opened."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Mapping
from itertools import permutations

import pyrage

from marketplace.kernel.sealing import bucket_size


def sealed_in_the_first_form(parts: Mapping[str, bytes], recipients: Mapping[str, str], k: int = 2) -> bytes:
    """Magic, header, parts, wraps, SHA-256."""
    nonce, blobs, wraps = secrets.token_hex(16), {}, {}
    for name in sorted(parts):
        file_key = pyrage.x25519.Identity.generate()
        plain = f"{name}\n{nonce}\n{len(parts[name])}\n".encode() + parts[name]
        plain += bytes(bucket_size(len(plain)) - len(plain))
        blobs[name] = pyrage.encrypt(plain, [file_key.to_public()])
        for order in permutations(sorted(recipients), k):
            wrap = str(file_key).encode()
            for opener in reversed(order):
                wrap = pyrage.encrypt(wrap, [pyrage.x25519.Recipient.from_str(recipients[opener])])
            wraps[f"{name}:{'>'.join(order)}:0"] = wrap
    header = {
        "k": k, "nonce": nonce, "openers": dict(recipients), "parts": [[n, len(b)] for n, b in blobs.items()],
        "wraps": [[n, len(w)] for n, w in wraps.items()],
    }  # fmt: skip
    head = json.dumps(header, sort_keys=True, separators=(",", ":")).encode()
    body = b"".join([b"SEALED-PARTS-1\n", len(head).to_bytes(4, "big"), head, *blobs.values(), *wraps.values()])
    return body + hashlib.sha256(body).digest()
