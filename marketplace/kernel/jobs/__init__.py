"""Work for later, kept in PostgreSQL and done by the worker."""

from marketplace.kernel.jobs.services import enqueue, enqueue_job

__all__ = ["enqueue", "enqueue_job"]
