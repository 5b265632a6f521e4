"""Contracts that ran before the county came here: brought in from a spreadsheet with what was paid and evaluated."""
