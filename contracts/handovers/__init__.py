"""Residents and open work passed on when a contract ends or changes hands."""
