import io
import zipfile

import pytest

from marketplace.gateways.file_types import LARGEST, LARGEST_DIRECTORY, FileRefused, check_file, check_size

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
OFD_ROOT = b'<?xml version="1.0"?><ofd:OFD xmlns:ofd="http://www.ofdspec.org/2016"/>'
OFD = a_package("OFD.xml", "Doc_0/Document.xml", content=OFD_ROOT)


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


def test_more_than_a_hundred_megabytes_are_too_many_and_the_sentence_says_what_to_do():
    with pytest.raises(FileRefused) as refusal:
        check_size(105 * 1024 * 1024)
    assert refusal.value.sentence.text("zh") == "文件太大（105 MB）。每个文件最多 100 MB，请压缩或拆分后再上传。"
    assert "(105 MB)" in refusal.value.sentence.text("en")


def test_exactly_a_hundred_megabytes_are_taken_and_one_byte_more_is_not():
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


def a_docx(**parts: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in {"[Content_Types].xml": b"<Types/>", "word/document.xml": b"<w/>", **parts}.items():
            package.writestr(name, content)
    return file.getvalue()


@pytest.mark.parametrize(
    "name, content",
    [
        ("改名.docx", a_docx(**{"word/harmless.bin": b"x", "[Content_Types].xml": b"vnd.ms-office.vbaProject"})),
        ("带宏.docx", a_docx(**{"[Content_Types].xml": b"application/vnd.ms-word.document.macroEnabled.main+xml"})),
        ("里面.docx", a_docx(**{"word/embeddings/Sheet1.xlsm": b"x"})),
        ("程序.docx", a_docx(**{"word/media/setup.EXE": b"MZ"})),
    ],
)  # fmt: skip
def test_code_under_another_name_is_refused_too(name, content):
    assert "宏" in refused(name, content)


def test_a_member_that_unpacks_to_more_than_it_claims_is_refused():
    honest = a_docx(**{"word/big.xml": b"0" * 600_000})
    lying = honest.replace((600_000).to_bytes(4, "little"), (1000).to_bytes(4, "little"))
    assert lying != honest
    assert "损坏" in refused("谎.docx", lying)


def test_members_that_share_their_bytes_are_refused():
    content = bytearray(
        a_docx(**{f"word/{n}.xml": b"".join(i.to_bytes(2, "big") for i in range(30_000)) for n in range(3)})
    )
    directory = content.index(b"PK\x01\x02")
    first = content[directory:].split(b"PK\x01\x02")[3]
    big = first[16:20]  # compressed size of the first large member
    claims = bytearray(content)
    for at in [i for i in range(directory, len(claims)) if claims[i : i + 4] == b"PK\x01\x02"][2:]:
        claims[at + 20 : at + 24] = (int.from_bytes(big, "little") + len(content)).to_bytes(4, "little")
    assert "太多" in refused("叠.docx", bytes(claims))


def test_a_directory_of_hundreds_of_thousands_of_members_is_never_read():
    many = bytearray(DOCX)
    end = many.rindex(b"PK\x05\x06")
    directory, size = many.index(b"PK\x01\x02"), LARGEST_DIRECTORY + 1000
    entries = (bytes(many[directory:end]) * (size // (end - directory) + 1))[:size]
    swollen = bytes(many[:directory]) + entries + bytes(many[end : end + 12]) + size.to_bytes(4, "little")
    assert "太多" in refused("多.docx", swollen + directory.to_bytes(4, "little") + b"\x00\x00")


def test_a_package_that_only_calls_itself_ofd_is_refused():
    assert "和扩展名不一致" in refused("假.ofd", a_package("OFD.xml", "Doc_0/Document.xml"))


def test_text_is_read_in_pieces_and_a_letter_across_two_pieces_counts_once():
    assert check_file("长.txt", ("a" + "服" * 400_000).encode()).extension == "txt"
    assert check_file("长.txt", ("a" + "服" * 400_000).encode("gb18030")).extension == "txt"
    assert "不一致" in refused("坏.txt", b"a" * 300_000 + b"\x00")


def test_an_open_file_is_checked_and_left_at_its_beginning():
    file = io.BytesIO(PDF)
    check_file("合同.pdf", file)
    assert file.tell() == 0
