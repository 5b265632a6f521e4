"""The audit: who did what and when, in the same transaction as the change it tells of."""

from marketplace.kernel.audit.services import hide_stream, record

__all__ = ["hide_stream", "record"]
