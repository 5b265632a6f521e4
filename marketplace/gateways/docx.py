"""Papers as DOCX from templates that the county may replace; filled in by a process of its own (`docx_process.py`)."""

from __future__ import annotations

import asyncio
import base64
import json
import logging
import subprocess
import sys
from contextlib import suppress
from typing import Any

from marketplace.gateways.docx_process import REFUSED
from marketplace.kernel.errors import DomainError
from marketplace.kernel.i18n import N_

log = logging.getLogger("marketplace")

COMMAND = (sys.executable, "-P", "-m", "marketplace.gateways.docx_process")
LONGEST = 30.0
LARGEST_TEMPLATE = 5 * 1024 * 1024

REASONS: dict[str, str] = {
    "unknown": N_("模板里有不认识的字段：{what}。请对照字段表改正后再上传。"),
    "code": N_("模板里有程序代码，不能使用：{what}。请只保留字段、条件和循环。"),
    "syntax": N_("模板的字段写法有误：{what}。请检查括号和循环的开头、结尾。"),
    "embedded": N_("模板里嵌有其他文件或者控件（{what}）。请删去后再上传。"),
    "external": N_("模板引用了外部的文件或者模板（{what}）。请改为嵌入后再上传。"),
    "field": N_("模板里有打开时会取外部内容或者运行程序的域（{what}）。请删去后再上传。"),
    "entity": N_("模板的结构不合规范（{what}）。请用 Word 或者 WPS 另存为 docx 后再上传。"),
}


class TemplateRefused(DomainError):
    """A template that cannot be used, and what to change."""


async def fill_template(template: bytes, values: dict[str, Any], command: tuple[str, ...] = COMMAND) -> bytes:
    """A template with its fields filled in. Raises TemplateRefused."""
    if len(template) > LARGEST_TEMPLATE:
        raise TemplateRefused(N_("模板太大，最多 {most} MB。请压缩图片后再上传。"), most=LARGEST_TEMPLATE // 1024**2)
    order = json.dumps({"template": base64.b64encode(template).decode(), "values": values}).encode()
    process = await asyncio.create_subprocess_exec(
        *command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    try:
        filled, said = await asyncio.wait_for(process.communicate(order), LONGEST)
    except TimeoutError as late:
        raise TemplateRefused(N_("模板用的时间太长，已经停下。请检查模板里的循环。")) from late
    finally:
        if process.returncode is None:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()
    if process.returncode == REFUSED:
        code, what = json.loads(said)
        raise TemplateRefused(REASONS[code], what=what[:300])
    if process.returncode != 0:
        log.error("docx process ended with %s: %s", process.returncode, said.decode(errors="replace")[-400:])
        raise TemplateRefused(N_("模板不能用：文件损坏，或者要做的事太多。请用上一个模板重新修改。"))
    return filled
