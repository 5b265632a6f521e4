"""The audit: who did what and when, in the same transaction as the change it tells of."""

from marketplace.kernel.audit.services import audit_entry, hide_stream, record

__all__ = ["audit_entry", "hide_stream", "record"]
