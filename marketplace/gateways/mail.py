"""Mail: into a folder where nothing may leave the machine, by SMTP otherwise."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import os
import secrets
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from pathlib import Path
from typing import Protocol

import aiosmtplib

from marketplace.kernel.settings import Settings

SMTP_TIMEOUT = 30.0  # seconds
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Mail:
    """A letter in plain text, in the reader's language. `key` is the same for every try to send it."""

    to: str
    subject: str
    body: str
    key: str


class Mailer(Protocol):
    """Sends mail. Raises when the letter was not taken, so that it is tried again."""

    async def send(self, mail: Mail, now: datetime) -> None:
        """Hand one letter over."""
        ...


class FolderMailer:
    """Puts every letter as an .eml file into a folder; a letter tried twice is one file."""

    def __init__(self, folder: Path, sender: str) -> None:
        self._folder = folder
        self._sender = sender

    async def send(self, mail: Mail, now: datetime) -> None:
        """Write the letter; its name begins with the moment, so that the folder sorts by time."""
        await asyncio.to_thread(self._write, mail, letter(mail, self._sender, now).as_bytes(policy=SMTP), now)

    def _write(self, mail: Mail, content: bytes, now: datetime) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        mark = _mark(mail)
        if any(self._folder.glob(f"*-{mark}.eml")):
            return
        draft = self._folder / f".{secrets.token_hex(8)}"
        draft.write_bytes(content)
        os.replace(draft, self._folder / f"{now:%Y%m%dT%H%M%S%f}-{mark}.eml")


class SmtpMailer:
    """Sends by SMTP; uses TLS when the server offers it, and insists on it when there is a password."""

    def __init__(self, host: str, port: int, sender: str, user: str = "", password: str = "") -> None:
        self._host = host
        self._port = port
        self._sender = sender
        self._user = user
        self._password = password

    async def send(self, mail: Mail, now: datetime) -> None:
        """Hand the letter to the server; its Message-ID is the same for every try. Raises SMTPException, OSError.

        The library's own timeout is one for each answer: a server that answers slowly again and again would hold a
        letter, and with it one of the worker's connections, many times as long.
        """
        async with asyncio.timeout(SMTP_TIMEOUT):
            await aiosmtplib.send(
                letter(mail, self._sender, now),
                hostname=self._host,
                port=self._port,
                username=self._user or None,
                password=self._password or None,
                use_tls=self._port == 465,
                start_tls=None if self._port == 465 or not self._user else True,
                timeout=SMTP_TIMEOUT,
            )


def letter(mail: Mail, sender: str, now: datetime) -> EmailMessage:
    """The letter as it travels. Line breaks in the subject or the address cannot add headers."""
    message = EmailMessage()
    name, address = parseaddr(sender)
    message["From"] = Address(name, addr_spec=address)
    message["To"] = Address(addr_spec=_one_line(mail.to))
    message["Subject"] = _one_line(mail.subject)
    message["Date"] = format_datetime(now)
    message["Message-ID"] = f"<{_mark(mail)}@{address.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(mail.body)
    return message


def open_mailer(settings: Settings) -> Mailer:
    """A folder in a demo, SMTP otherwise; without an SMTP server letters are kept in the folder, not lost."""
    if settings.is_demo:
        return FolderMailer(settings.mail_folder, settings.smtp_from)
    if not settings.smtp_host:
        log.warning("SMTP_HOST is not set: letters stay in %s", settings.mail_folder)
        return FolderMailer(settings.mail_folder, settings.smtp_from)
    return SmtpMailer(
        settings.smtp_host, settings.smtp_port, settings.smtp_from, settings.smtp_user, settings.smtp_password
    )


def _mark(mail: Mail) -> str:
    return hashlib.sha256(mail.key.encode()).hexdigest()[:24]


def _one_line(text: str) -> str:
    return " ".join(text.split())
