"""The DOCX template that comes with the marketplace: the look of an official document, made once from code.

An officer downloads it, changes it in a word processor and hands it in again. It names the same fields for every paper.
"""

from __future__ import annotations

import io
import subprocess
import sys
from functools import cache

from marketplace.gateways.docx_process import with_fixed_times


@cache
def shipped_template() -> bytes:
    """The template's bytes; made in a process of its own, because python-docx is large and is needed once."""
    made = subprocess.run([sys.executable, "-P", "-m", __name__], capture_output=True, check=True)
    return made.stdout


def build() -> bytes:
    """Write the template with python-docx."""
    import docx  # only where the template is made
    from docx.enum.text import WD_ALIGN_PARAGRAPH as ALIGN  # likewise
    from docx.oxml import OxmlElement  # likewise
    from docx.oxml.ns import qn  # likewise
    from docx.shared import Mm, Pt  # likewise

    document = docx.Document()
    page = document.sections[0]
    page.page_width, page.page_height = Mm(210), Mm(297)
    page.top_margin, page.bottom_margin, page.left_margin, page.right_margin = Mm(37), Mm(35), Mm(28), Mm(26)

    def face(style: object, name: str, size: float, bold: bool = False) -> None:
        style.font.name, style.font.size, style.font.bold = "Times New Roman", Pt(size), bold  # type: ignore[attr-defined]
        style.font.color.rgb = docx.shared.RGBColor(0, 0, 0)  # type: ignore[attr-defined]
        fonts = style.element.get_or_add_rPr().get_or_add_rFonts()  # type: ignore[attr-defined]
        fonts.set(qn("w:eastAsia"), name)
        for theme in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
            fonts.attrib.pop(qn(f"w:{theme}"), None)

    face(document.styles["Normal"], "仿宋_GB2312", 14)
    face(document.styles["Title"], "方正小标宋简体", 22)
    face(document.styles["Heading 1"], "黑体", 16)
    face(document.styles["Heading 2"], "黑体", 14)
    document.styles["Normal"].paragraph_format.space_after = Pt(0)
    document.styles["Normal"].paragraph_format.line_spacing = Pt(26)

    def line(text: str, style: str = "Normal", indent: bool = True, align: object = None) -> None:
        paragraph = document.add_paragraph(text, style=style)
        if indent and style == "Normal" and not text.startswith("{%"):
            paragraph.paragraph_format.first_line_indent = Pt(28)
        if align is not None:
            paragraph.alignment = align

    def lines(*texts: str) -> None:
        for text in texts:
            line(text)

    line("{{ title }}", "Title", align=ALIGN.CENTER)
    line("{{ number }}", indent=False, align=ALIGN.CENTER)
    lines("{%p for line in preface %}", "{{ line }}", "{%p endfor %}", "{%p for section in sections %}")
    lines("{%p if section.level == 1 %}")
    line("{{ section.heading }}", "Heading 1", align=ALIGN.CENTER)
    lines("{%p else %}")
    line("{{ section.heading }}", "Heading 2")
    lines("{%p endif %}", "{%p for block in section.blocks %}")
    lines("{%p if block.shape == 'text' %}", "{%p for line in block.lines %}", "{{ line }}", "{%p endfor %}")
    lines("{%p elif block.shape == 'facts' %}", "{%p for row in block.rows %}")
    lines("{{ row[0] }}：{% if row[1] is none %}________________{% else %}{{ row[1] }}{% endif %}", "{%p endfor %}")
    lines("{%p elif block.shape == 'grid' %}")
    table = document.add_table(rows=4, cols=3, style="Table Grid")
    cells = (
        ("{%tc for column in block.columns %}", "{{ column }}", "{%tc endfor %}"),
        ("{%tr for row in block.rows %}", "", ""),
        ("{%tc for cell in row %}", "{{ cell }}", "{%tc endfor %}"),
        ("{%tr endfor %}", "", ""),
    )
    for number, row in enumerate(cells):
        for position, text in enumerate(row):
            cell = table.cell(number, position).paragraphs[0]
            cell.paragraph_format.line_spacing = Pt(18)
            run = cell.add_run(text)
            run.font.size = Pt(10.5)
    heading = table.rows[0]._tr.get_or_add_trPr()
    heading.append(OxmlElement("w:tblHeader"))
    lines("{%p else %}", "{%p for party in block.parties %}")
    lines(
        "{{ party }}：________________　日期：____________",
        "{%p endfor %}",
        "{%p endif %}",
        "{%p endfor %}",
        "{%p endfor %}",
    )
    line("{{ issuer }}", indent=False, align=ALIGN.RIGHT)
    line("{{ issued_on }}", indent=False, align=ALIGN.RIGHT)
    lines("{%p if address %}")
    line("{{ code }}", indent=False)
    document.paragraphs[-1].paragraph_format.line_spacing = 1.0
    line("{{ address }}", indent=False)
    document.paragraphs[-1].runs[0].font.size = Pt(10.5)
    lines("{%p endif %}")
    _number_pages(page.footer.paragraphs[0], OxmlElement, qn)
    page.footer.paragraphs[0].alignment = ALIGN.CENTER
    out = io.BytesIO()
    document.save(out)
    return with_fixed_times(out.getvalue())


def _number_pages(paragraph: object, element: object, qn: object) -> None:
    run = paragraph.add_run("— ")  # type: ignore[attr-defined]
    field = element("w:fldSimple")  # type: ignore[operator]
    field.set(qn("w:instr"), "PAGE")  # type: ignore[operator]
    paragraph._p.append(field)  # type: ignore[attr-defined]
    paragraph.add_run(" —")  # type: ignore[attr-defined]
    run.font.size = run.font.size


if __name__ == "__main__":
    sys.stdout.buffer.write(build())
