import io
import zipfile

import pytest

from marketplace.gateways.file_types import LARGEST, FileRefused, check_file, check_size

PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"
PNG = (
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89"
    b"\x00\x00\x00\nIDATx\x9cc\x00\x01\x00\x00\x05\x00\x01\r\n-\xb4\x00\x00\x00\x00IEND\xaeB`\x82"
)
JPG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00" + b"\x00" * 60 + b"\xff\xd9"
CSV = "姓名,小时\n王敏,7.5\n"


def a_package(*names: str, content: bytes = b"<x/>") -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as package:
        for name in names:
            package.writestr(name, content)
    return file.getvalue()


DOCX = a_package("[Content_Types].xml", "_rels/.rels", "word/document.xml")
XLSX = a_package("[Content_Types].xml", "_rels/.rels", "xl/workbook.xml")
OFD = a_package("OFD.xml", "Doc_0/Document.xml")


def refused(name: str, content: bytes, language: str = "zh") -> str:
    with pytest.raises(FileRefused) as refusal:
        check_file(name, content)
    return refusal.value.sentence.text(language)


@pytest.mark.parametrize(
    "name, content, extension",
    [
        ("合同.pdf", PDF, "pdf"),
        ("合同.PDF", PDF, "pdf"),
        ("方案.docx", DOCX, "docx"),
        ("清单.xlsx", XLSX, "xlsx"),
        ("发票.ofd", OFD, "ofd"),
        ("照片.png", PNG, "png"),
        ("照片.jpeg", JPG, "jpg"),
        ("说明.txt", "说明".encode(), "txt"),
        ("工时.csv", CSV.encode("utf-8-sig"), "csv"),
        ("工时.csv", CSV.encode("gb18030"), "csv"),
    ],
)
def test_the_listed_types_are_taken(name, content, extension):
    found = check_file(name, content)
    assert found.extension == extension
    assert found.mime_type


@pytest.mark.parametrize(
    "name, content",
    [
        ("合同.pdf", b"MZ\x90\x00" + b"\x00" * 200),
        ("合同.pdf", b"<!doctype html><script>alert(1)</script>"),
        ("合同.pdf", b"GIF89a" + PDF),
        ("合同.pdf", DOCX),
        ("合同.docx", PDF),
        ("合同.docx", XLSX),
        ("合同.docx", OFD),
        ("发票.ofd", DOCX),
        ("照片.png", JPG),
        ("照片.jpg", PNG),
        ("照片.png", b"<svg onload='alert(1)'/>"),
        ("说明.txt", b"<html><script>"),
        ("说明.txt", b"MZ\x00\x00"),
        ("工时.csv", PDF),
    ],
)
def test_a_file_whose_content_is_not_its_extension_is_refused(name, content):
    assert "和扩展名不一致" in refused(name, content)


def test_sixty_megabytes_are_too_many_and_the_sentence_says_what_to_do():
    with pytest.raises(FileRefused) as refusal:
        check_size(60 * 1024 * 1024)
    assert refusal.value.sentence.text("zh") == "文件太大（60 MB）。每个文件最多 50 MB，请压缩或拆分后再上传。"
    assert "(60 MB)" in refusal.value.sentence.text("en")


def test_exactly_fifty_megabytes_are_taken_and_one_byte_more_is_not():
    check_size(LARGEST)
    with pytest.raises(FileRefused):
        check_size(LARGEST + 1)


@pytest.mark.parametrize(
    "name, content, word",
    [
        ("空.pdf", b"", "空的"),
        ("旧.doc", b"\xd0\xcf\x11\xe0", "另存为 docx"),
        ("包.zip", DOCX, "解压"),
        ("程序.exe", b"MZ", "可以上传"),
        ("没有扩展名", PDF, "可以上传"),
        ("图.svg", b"<svg/>", "可以上传"),
        ("加密.docx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600, "去掉密码"),
        ("宏.docx", a_package("[Content_Types].xml", "word/document.xml", "word/vbaProject.bin"), "宏"),
        ("坏.docx", DOCX[: len(DOCX) // 2], "损坏"),
        ("炸弹.docx", a_package("[Content_Types].xml", "word/document.xml", content=b"0" * 30_000_000), "太多"),
        ("路径.docx", a_package("[Content_Types].xml", "word/document.xml", "../x"), "损坏"),
    ],
)
def test_other_files_are_refused_with_a_way_out(name, content, word):
    assert word in refused(name, content)
    assert not any("\u4e00" <= letter <= "\u9fff" for letter in refused(name, content, "en"))


def test_a_package_with_a_password_is_refused():
    sealed = bytearray(DOCX)
    sealed[sealed.rindex(b"PK\x01\x02") + 8] |= 1
    assert "密码" in refused("密.docx", bytes(sealed))


def test_an_open_file_is_checked_and_left_at_its_beginning():
    file = io.BytesIO(PDF)
    check_file("合同.pdf", file)
    assert file.tell() == 0
