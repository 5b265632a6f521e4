"""Fees that a county takes from a provider where a rule lets it, paid online or by transfer."""
