"""Settings from the environment, read once at the start and handed on."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

PROJECT_FOLDER = Path(__file__).resolve().parents[2]
VERSION = "0.1.0"
# mail, payment, storage, other programs and a real database: a rehearsal knows none of them
LEADS_OUT = frozenset({
    "DATABASE_URL", "SMTP_HOST", "SMTP_USER", "SMTP_PASSWORD", "STRIPE_KEY", "STRIPE_WEBHOOK_SECRET", "STRIPE_ADDRESS",
    "S3_BUCKET", "S3_ENDPOINT", "CLAMD", "CONTRACT_SIGNER", "SIGNER", "METRICS_TOKEN",
    "OTEL_EXPORTER_OTLP_ENDPOINT",
})  # fmt: skip
SM_CIPHER = "marketplace.kernel.ciphers:SmCipher"


def _uses_sm(environment: Mapping[str, str]) -> bool:
    """Whether the county's own algorithms are wanted. Raises ValueError for a word that means nothing."""
    word = environment.get("ALGORITHMS", "")
    if word not in ("", "usual", "sm"):
        raise ValueError(f"ALGORITHMS={word}: write sm, or nothing")
    return word == "sm"


SHORTEST_IDLE = 5  # minutes: a shorter one would end between two signs that somebody is writing


def _idle(word: str) -> int:
    minutes = int(word)
    return max(SHORTEST_IDLE, minutes) if minutes > 0 else 0


@dataclass(frozen=True)
class Settings:
    """How this installation is run. Folders are absolute; secrets live in `keys_folder`, never in the database."""

    database_url: str
    is_demo: bool
    is_rehearsal: bool
    port: int
    var_folder: Path
    documents_folder: Path
    keys_folder: Path
    mail_folder: Path
    demo_identities_folder: Path
    search_folder: Path
    s3_bucket: str
    s3_endpoint: str
    s3_region: str
    clamd: str
    smtp_host: str
    smtp_port: int
    smtp_user: str
    smtp_password: str
    smtp_from: str
    stripe_key: str
    stripe_webhook_secret: str
    stripe_address: str
    public_address: str
    secure_cookies: bool
    server_seals: bool
    ocds_prefix: str
    ocds_organisation_scheme: str
    ocds_publisher: str
    column_keys: str
    column_cipher: str
    uses_sm: bool
    signer: str
    step_up_minutes: int
    idle_minutes: int
    idle_minutes_others: int
    treasury_fields: str
    treasury_file: str
    contract_signer: str
    log_format: str
    metrics_token: str
    otlp_endpoint: str
    otlp_name: str
    tells_questions: bool

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Settings:
        """Read every setting; `.env.example` lists them with their meaning."""
        is_rehearsal = environment.get("MARKETPLACE_REHEARSAL", "") in ("1", "true", "yes")
        if is_rehearsal:  # nothing that leads out of a sandbox is even known in it
            environment = {name: value for name, value in environment.items() if name not in LEADS_OUT}
        read = environment.get
        var = Path(read("MARKETPLACE_VAR", str(PROJECT_FOLDER / "var"))).resolve()
        port = int(read("PORT", "8000"))
        address = read("PUBLIC_ADDRESS", f"http://127.0.0.1:{port}")
        is_demo = is_rehearsal or read("MARKETPLACE_DEMO", "") in ("1", "true", "yes")
        return cls(
            database_url=read("DATABASE_URL", ""),
            is_demo=is_demo,
            is_rehearsal=is_rehearsal,
            port=port,
            var_folder=var,
            documents_folder=Path(read("DOCUMENTS_FOLDER", str(var / "documents"))),
            keys_folder=Path(read("KEYS_FOLDER", str(var / "keys"))),
            mail_folder=Path(read("MAIL_FOLDER", str(var / "mail"))),
            demo_identities_folder=Path(read("DEMO_IDENTITIES_FOLDER", str(var / "demo-identities"))),
            search_folder=Path(read("SEARCH_FOLDER", str(var / "search"))),
            s3_bucket=read("S3_BUCKET", ""),
            s3_endpoint=read("S3_ENDPOINT", ""),
            s3_region=read("S3_REGION", "us-east-1"),
            clamd=read("CLAMD", ""),
            smtp_host=read("SMTP_HOST", ""),
            smtp_port=int(read("SMTP_PORT", "25")),
            smtp_user=read("SMTP_USER", ""),
            smtp_password=read("SMTP_PASSWORD", ""),
            smtp_from=read("SMTP_FROM", "marketplace@localhost"),
            stripe_key=read("STRIPE_KEY", ""),
            stripe_webhook_secret=read("STRIPE_WEBHOOK_SECRET", ""),
            stripe_address=read("STRIPE_ADDRESS", ""),
            public_address=address,
            secure_cookies=address.startswith("https://"),
            # outside a demo no bid passes the server in the clear unless the county says so
            server_seals=(read("SERVER_SEALS", "") or ("yes" if is_demo else "no")) in ("1", "true", "yes"),
            ocds_prefix=read("OCDS_PREFIX", "ocds-unregistered"),
            ocds_organisation_scheme=read("OCDS_ORGANISATION_SCHEME", "CN-USCC"),
            ocds_publisher=read("OCDS_PUBLISHER", "金堂县社会救助服务采购平台"),
            column_keys=read("COLUMN_KEYS", ""),
            column_cipher=read("COLUMN_CIPHER", "") or (SM_CIPHER if _uses_sm(environment) else ""),
            uses_sm=_uses_sm(environment),
            signer=read("SIGNER", ""),
            step_up_minutes=int(read("STEP_UP_MINUTES", "10")),
            idle_minutes=_idle(read("IDLE_MINUTES", "30")),
            idle_minutes_others=_idle(read("IDLE_MINUTES_OTHERS", "0")),
            treasury_fields=read("TREASURY_FIELDS", ""),
            treasury_file=read("TREASURY_FILE", ""),
            contract_signer=read("CONTRACT_SIGNER", ""),
            log_format=read("LOG_FORMAT", "text"),
            metrics_token=read("METRICS_TOKEN", ""),
            otlp_endpoint=read("OTEL_EXPORTER_OTLP_ENDPOINT", ""),
            otlp_name=read("OTEL_SERVICE_NAME", "marketplace"),
            tells_questions=is_demo and read("TELL_QUESTIONS", "") == "1",
        )

    def secret(self, name: str) -> str:
        """A random secret kept in a file only its owner can read; made on first use."""
        return self.kept(name, secrets.token_hex(32))

    def kept(self, name: str, first: str) -> str:
        """What a file of the keys folder says; `first` from the first use on, whatever is given later."""
        path = self.keys_folder / name
        if not path.exists():
            self.keys_folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            draft = path.with_name(f".{name}.{secrets.token_hex(4)}")
            with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                file.write(first)
            try:
                os.link(draft, path)  # the first of several starting processes wins, all read the same
            except FileExistsError:
                pass
            draft.unlink()
        return path.read_text().strip()
