"""What uvicorn loads: the application with this machine's settings."""

import piccolo_conf  # noqa: F401  (names the engine before anything asks for it)
from marketplace.app import create_app, open_gateways, traced
from marketplace.kernel.settings import Settings
from marketplace.memory import keep_for_good

_settings = Settings.from_environment()
app = traced(create_app(_settings, open_gateways(_settings)), _settings)

keep_for_good()
