import asyncio
import email
import socket
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from email.policy import default
from pathlib import Path
from typing import Any

import aiosmtplib
import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Message as Postbox

from marketplace.gateways import mail
from marketplace.gateways.mail import FolderMailer, Mail, SmtpMailer, open_mailer
from marketplace.kernel.db import execute
from marketplace.kernel.outbox import post_mail
from marketplace.kernel.outbox.services import MAIL, Message, deliver, list_due
from marketplace.kernel.settings import Settings

NOON = datetime(2026, 3, 2, 4, tzinfo=UTC)
RECEIPT = Mail("lin@example.cn", "投标回执", "您的投标已收到。\n编号 7F3K。\n", "receipt-7F3K")


class Letters(Postbox):
    """A post office that keeps what it gets."""

    def __init__(self) -> None:
        super().__init__()
        self.received: list[email.message.EmailMessage] = []

    def prepare_message(self, session, envelope):
        return email.message_from_bytes(envelope.content, policy=default)

    def handle_message(self, message) -> None:
        self.received.append(message)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def post_office() -> Iterator[tuple[Controller, Letters]]:
    letters = Letters()
    controller = Controller(letters, hostname="127.0.0.1", port=free_port())
    controller.start()
    yield controller, letters
    controller.stop()


def mailer_to(controller: Controller) -> SmtpMailer:
    return SmtpMailer("127.0.0.1", controller.port, "金堂县 <market@jintang.example>")


async def test_a_letter_arrives_by_smtp_in_chinese(post_office):
    controller, letters = post_office
    await mailer_to(controller).send(RECEIPT, NOON)
    (letter,) = letters.received
    assert (letter["To"], letter["Subject"]) == ("lin@example.cn", "投标回执")
    assert letter["From"].addresses[0].addr_spec == "market@jintang.example"
    assert letter.get_content().replace("\r\n", "\n") == RECEIPT.body


async def test_the_same_letter_tried_again_has_the_same_message_id(post_office):
    controller, letters = post_office
    await mailer_to(controller).send(RECEIPT, NOON)
    await mailer_to(controller).send(RECEIPT, NOON)
    assert letters.received[0]["Message-ID"] == letters.received[1]["Message-ID"]


async def test_a_line_break_in_the_subject_adds_no_header(post_office):
    controller, letters = post_office
    await mailer_to(controller).send(Mail("lin@example.cn", "回执\r\nBcc: eve@example.cn", "x", "k"), NOON)
    assert letters.received[0]["Bcc"] is None


async def test_a_post_office_that_is_closed_is_an_error_to_try_again():
    with pytest.raises((aiosmtplib.SMTPException, OSError)):
        await SmtpMailer("127.0.0.1", 1, "market@jintang.example").send(RECEIPT, NOON)


async def test_a_post_office_that_answers_slowly_again_and_again_is_given_up_within_the_bound(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def answer_slowly(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for line in ("220 slow", "250 slow", "250 yes", "250 yes", "354 go on"):
            await asyncio.sleep(0.3)  # each within the bound, all of them not
            writer.write(f"{line}\r\n".encode())
            await reader.readline()
        writer.close()

    server = await asyncio.start_server(answer_slowly, "127.0.0.1", 0)
    monkeypatch.setattr(mail, "SMTP_TIMEOUT", 0.7)
    began = time.monotonic()
    with pytest.raises((aiosmtplib.SMTPException, OSError)):
        await SmtpMailer("127.0.0.1", server.sockets[0].getsockname()[1], "a@jintang.example").send(RECEIPT, NOON)
    assert time.monotonic() - began < 1.2
    server.close()


async def test_a_letter_waits_while_the_post_office_is_closed_and_arrives_once_when_it_opens(db: Any) -> None:
    port, letters = free_port(), Letters()
    mailer = SmtpMailer("127.0.0.1", port, "a@jintang.example")

    async def hand_over(message: Message) -> None:
        said = message.payload
        await mailer.send(Mail(said["to"], said["subject"], said["body"], message.idempotency_key), NOON)

    await post_mail("lin@example.cn", "投标回执", "您的投标已收到。", NOON)
    (waiting,) = await list_due()
    assert not await deliver(waiting, {MAIL: hand_over}) and await list_due() == [], "tried again later"
    await execute("UPDATE outbox_message SET due_at = clock_timestamp()")
    office = Controller(letters, hostname="127.0.0.1", port=port)
    office.start()
    try:
        assert await list_due() == [waiting] and await deliver(waiting, {MAIL: hand_over})
        assert not await deliver(waiting, {MAIL: hand_over}), "once"
    finally:
        office.stop()
    assert [each["Subject"] for each in letters.received] == ["投标回执"]


async def test_in_a_demo_letters_lie_in_a_folder_once_each(tmp_path: Path):
    settings = Settings.from_environment(
        {"MARKETPLACE_VAR": str(tmp_path), "MARKETPLACE_DEMO": "1", "SMTP_HOST": "mail.example"}
    )
    mailer = open_mailer(settings)
    assert isinstance(mailer, FolderMailer)
    await mailer.send(RECEIPT, NOON)
    await mailer.send(RECEIPT, NOON)
    (file,) = settings.mail_folder.iterdir()
    letter = email.message_from_bytes(file.read_bytes(), policy=default)
    assert file.suffix == ".eml"
    assert (letter["Subject"], letter["To"]) == ("投标回执", "lin@example.cn")
    assert "7F3K" in letter.get_content()


def test_outside_a_demo_letters_go_by_smtp():
    assert isinstance(open_mailer(Settings.from_environment({"SMTP_HOST": "mail.example"})), SmtpMailer)
