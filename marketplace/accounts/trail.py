"""The audit as services call it: `record(act, subject, actor, detail, now)` inside the transaction of the change."""

from marketplace.kernel.audit import audit_entry, hide_stream, record

__all__ = ["audit_entry", "hide_stream", "record"]
