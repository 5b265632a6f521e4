"""Keeping an installation: backing it up, restoring it, asking how it is."""
