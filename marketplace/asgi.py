"""What uvicorn loads: the application with this machine's settings."""

import gc

import piccolo_conf  # noqa: F401  (names the engine before anything asks for it)
from marketplace.app import create_app, open_gateways
from marketplace.kernel.settings import Settings

_settings = Settings.from_environment()
app = create_app(_settings, open_gateways(_settings))

# what was made at the start lives as long as the process: the collector need not walk it at every pass
gc.freeze()
gc.enable()
gc.set_threshold(20_000, 20, 50)
