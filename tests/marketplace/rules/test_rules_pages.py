from marketplace.kernel.rulebook import all_rules
from marketplace.rules.document import DOCUMENT, render
from marketplace.rules.wording import CHAPTERS, matching
from tests.pages import words


def test_the_document_is_in_step_with_the_rulebook():
    assert DOCUMENT.read_text(encoding="utf-8") == render()


def test_every_rule_has_a_chapter():
    assert {rule.prefix for rule in all_rules()} <= set(CHAPTERS)


def test_a_search_finds_by_number_word_and_clause():
    assert [rule.id for rule in matching(all_rules(), "r-time-04")] == ["R-TIME-04"]
    assert "R-TIME-17" in [rule.id for rule in matching(all_rules(), "签订 第四十六条")]
    assert matching(all_rules(), "没有这样的词") == []


async def test_anyone_reads_all_rules_in_both_languages(client):
    chinese, english = await client.get("/rules"), await client.get("/en/rules")
    assert chinese.status_code == english.status_code == 200
    for rule in all_rules():
        assert f'href="/rules/{rule.id}"' in chinese.text and f'href="/en/rules/{rule.id}"' in english.text
    assert "不少于 20 个自然日" in words(chinese.text) and "at least 20 calendar days" in words(english.text)


async def test_the_list_is_searched_and_filtered(client):
    found = words((await client.get("/rules", params={"q": "社工补贴"})).text)
    assert "R-SOCW-01" in found and "R-TIME-04" not in found
    assert "没有符合条件的规则" in words((await client.get("/rules", params={"q": "没有这样的词"})).text)
    unconfirmed = words((await client.get("/rules", params={"unconfirmed": "yes", "chapter": "时限"})).text)
    assert "R-TIME-09" in unconfirmed and "R-TIME-04" not in unconfirmed


async def test_every_rule_has_its_page(client):
    for rule in all_rules():
        for prefix in ("", "/en"):
            page = await client.get(f"{prefix}/rules/{rule.id}")
            assert page.status_code == 200 and rule.id in page.text, rule.id


async def test_a_part_opens_the_rule_and_says_what_is_not_confirmed(client):
    page = words((await client.get("/rules/R-METH-04/limit")).text)
    assert "四川数额标准" in page and "未确认" in page and "¥500,000.00" in page
    assert "Not confirmed" in words((await client.get("/en/rules/R-EVAL-05")).text)


async def test_an_unknown_rule_is_not_found(client):
    assert (await client.get("/rules/R-NONE-99")).status_code == 404
