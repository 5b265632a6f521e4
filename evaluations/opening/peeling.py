"""Who peels an opener's layers: this process with the key for one request, or the opener's browser beforehand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

from marketplace.kernel import sealing
from marketplace.kernel.errors import Conflict
from marketplace.kernel.i18n import N_
from marketplace.kernel.sealing import Container
from vendors.bids.queries import SealedBid

Layers = dict[str, bytes]


class LayersBroken(Conflict):
    """What an earlier opener left of a bid does not open with the next one's key: that release is asked for again."""

    def __init__(self, bid: SealedBid) -> None:
        super().__init__(
            N_(
                "回执 {receipt} 的密钥打不开：前一位开标人放行的那一层不对。前一位的放行已经作废并记录，"
                "请前一位重新放行，然后您再放行。"
            ),
            clause="R-BID-01", receipt=bid.receipt_number,
        )  # fmt: skip
        self.bid = bid.id


@dataclass(frozen=True)
class OpenerKey:
    """An opener's key in the memory of this process: it peels here."""

    opener: str
    identity: str = field(repr=False)

    def release(self, bid: SealedBid, sealed: Container, known: Layers) -> Layers:
        return sealing.release(sealed, self.opener, self.identity, known)

    def file_keys(
        self, bid: SealedBid, sealed: Container, known: Layers, names: tuple[str, ...]
    ) -> dict[str, bytes]:
        return sealing.file_keys_of(sealed, self.opener, self.identity, known, names)


@dataclass(frozen=True)
class Peeled:
    """What an opener's browser peeled of each bid, by wrap key; the key itself stayed there."""

    opener: str
    layers: Mapping[UUID, Layers] = field(repr=False)

    def release(self, bid: SealedBid, sealed: Container, known: Layers) -> Layers:
        """The half-opened wraps after this opener. Raises SealBroken when layers are missing."""
        found = dict(known)
        for key in sealing.next_layers(sealed, self.opener, known):
            name = sealing.peeled_key(sealed, key)[1]
            if name is not None:
                found[name] = self._layer(bid, key)
        return found

    def file_keys(
        self, bid: SealedBid, sealed: Container, known: Layers, names: tuple[str, ...]
    ) -> dict[str, bytes]:
        """The file keys of the parts, which this opener peeled last. Raises SealBroken."""
        file_keys = {}
        for key in sealing.next_layers(sealed, self.opener, known):
            part, more = sealing.peeled_key(sealed, key)
            if more is None and part in names:
                file_keys[part] = self._layer(bid, key)
        if set(file_keys) != set(names):
            raise sealing.SealBroken
        return file_keys

    def _layer(self, bid: SealedBid, key: str) -> bytes:
        layer = self.layers.get(bid.id, {}).get(key)
        if not layer:
            raise sealing.SealBroken
        return layer


Peeler = OpenerKey | Peeled
