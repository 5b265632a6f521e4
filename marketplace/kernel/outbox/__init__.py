"""The outbox: messages written in the transaction of what they tell of, sent by the worker after it is true."""

from marketplace.kernel.outbox.services import post, post_mail

__all__ = ["post", "post_mail"]
