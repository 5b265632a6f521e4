"""The audit as services call it: `record(act, subject, actor, detail, now)` inside the transaction of the change."""

from marketplace.kernel.audit import hide_stream, record

__all__ = ["hide_stream", "record"]
