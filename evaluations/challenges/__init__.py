"""Challenges of providers and complaints to finance: who may raise them, when, and what they lead to (R-DISP)."""
