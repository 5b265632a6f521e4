from pathlib import Path

import pytest

from marketplace.gateways.public_log import FolderLog, open_heads_log
from marketplace.gateways.signing import AUDIT_KEY, SigningKey, make_or_load_key
from marketplace.kernel.settings import Settings


@pytest.fixture
def own_settings(tmp_path: Path) -> Settings:
    """Folders of this test alone."""
    return Settings.from_environment({"MARKETPLACE_VAR": str(tmp_path)})


@pytest.fixture
def key(own_settings: Settings) -> SigningKey:
    return make_or_load_key(own_settings.keys_folder / AUDIT_KEY)


@pytest.fixture
def heads_log(own_settings: Settings) -> FolderLog:
    log = open_heads_log(own_settings)
    assert isinstance(log, FolderLog)
    return log
