"""Prices stated twice and differently: mended by law, confirmed by the bidder (R-EVAL-08)."""
