"""A signed-in browser in words that its owner knows."""

from __future__ import annotations

import re

# the first that is found names it: every browser also claims to be older ones
NAMES = (
    (r"MicroMessenger/", "微信 WeChat"),
    (r"Edg[A-Z]*/(\d+)", "Edge"),
    (r"QQBrowser/(\d+)", "QQ 浏览器 QQ Browser"),
    (r"(?:OPR|Opera)/(\d+)", "Opera"),
    (r"Firefox/(\d+)", "Firefox"),
    (r"(?:HeadlessChrome|Chrome|CriOS)/(\d+)", "Chrome"),
    (r"Version/(\d+).*Safari/", "Safari"),
)
SYSTEMS = (
    (r"HarmonyOS|OpenHarmony", "HarmonyOS"),
    (r"Android", "Android"),
    (r"iPhone|iPad", "iOS"),
    (r"Windows", "Windows"),
    (r"Mac OS X", "macOS"),
    (r"Linux", "Linux"),
)


def browser_words(told: str) -> str:
    """Name, version and system of a browser; what is not known stays as it was told."""
    for pattern, name in NAMES:
        if found := re.search(pattern, told):
            version = f" {found[1]}" if found.groups() else ""
            system = next((word for sign, word in SYSTEMS if re.search(sign, told)), "")
            return f"{name}{version}{', ' + system if system else ''}"
    return told
