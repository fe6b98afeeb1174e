"""Documents: charsets, kinds, columns, and everything that can be wrong with foreign bytes."""

from __future__ import annotations

import errno
import gzip
import io
import json
import os
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from citywatch.codebook import lexicon
from citywatch.documents import (
    Document,
    Read,
    Reader,
    ReadOptions,
    Reason,
    SetAside,
    Source,
    decode,
    expand,
    without_output,
)
from citywatch.documents.parquet import parquet_rows
from citywatch.errors import InputError
from citywatch.foreign import ForeignError, Limits, Worker
from citywatch.screening import Prefilter

CHINESE = "华为与内罗毕市警方签署平安城市合同，安装摄像头1800个，并建设指挥中心。"
TRADITIONAL = "中華電信與新北市警察局簽約，租用監視器六千支，並提供車牌辨識。"
RUSSIAN = "Компания подписала контракт на систему видеонаблюдения «Безопасный город» в Душанбе. "
ARABIC = "وقعت شركة هواوي عقدا لتركيب كاميرات المراقبة في مدينة بغداد مع وزارة الداخلية "
FRENCH = "La société a signé un marché de vidéosurveillance à Nîmes, où les caméras étaient à l’essai. "


def read(*paths: Path, options: ReadOptions | None = None) -> list[Read]:
    """Everything in some files."""
    reader = Reader(options)
    try:
        return [one for source in expand([str(path) for path in paths]) for one in reader.read(source)]
    finally:
        reader.close()


def document(one: Read) -> Document:
    assert isinstance(one, Document), one
    return one


def aside(one: Read) -> SetAside:
    assert isinstance(one, SetAside), one
    return one


def page(text: str, head: str = "") -> str:
    menu = "<nav><ul><li><a href=/>Cookies</a></li><li><a href=/>Subscribe now</a></li></ul></nav>"
    return f"<!doctype html><html><head>{head}<title>A title</title></head><body>{menu}<article><p>{text * 4}</p></article></body></html>"


@pytest.mark.parametrize("is_declared", [True, False])
@pytest.mark.parametrize(
    ("text", "charset"),
    [
        (CHINESE, "utf-8"),
        (CHINESE, "gb18030"),
        (TRADITIONAL, "big5"),
        (RUSSIAN, "cp1251"),
        (ARABIC, "cp1256"),
        (FRENCH, "cp1252"),
    ],
)
def test_charsets_declared_or_not(tmp_path: Path, text: str, charset: str, *, is_declared: bool) -> None:
    label = {"cp1251": "windows-1251", "cp1252": "windows-1252", "cp1256": "windows-1256"}.get(charset, charset)
    head = f'<meta http-equiv="Content-Type" content="text/html; charset={label}">' if is_declared else ""
    (tmp_path / "page.html").write_bytes(page(text, head).encode(charset))
    found = document(read(tmp_path)[0])
    assert text.strip() in found.text
    assert not found.flags
    assert "Cookies" not in found.text


def test_a_wrong_declaration_is_not_believed() -> None:
    assert decode(CHINESE.encode(), "windows-1252")[0] == CHINESE
    assert decode((CHINESE * 3).encode("gb18030"), "utf-8")[1] == "gb18030"


def test_numeric_character_references_are_resolved(tmp_path: Path) -> None:
    references = "".join(f"&#x{ord(letter):X};" for letter in CHINESE)
    (tmp_path / "page.html").write_text(page(references), encoding="ascii")
    (tmp_path / "text.txt").write_text(references, encoding="ascii")
    assert all(CHINESE in document(one).text for one in read(tmp_path))


def test_title_date_and_language(tmp_path: Path) -> None:
    head = '<meta property="article:published_time" content="2019-05-12T08:00:00Z">'
    (tmp_path / "page.html").write_text(page(FRENCH, head), encoding="utf-8")
    found = document(read(tmp_path)[0])
    assert (found.title, found.published, found.published_precision, found.language) == (
        "A title",
        "2019-05-12",
        "day",
        "fr",
    )
    assert found.text.startswith("A title\n\n")


@pytest.mark.parametrize("ending", [".jsonl", ".jsonl.gz", ".csv", ".parquet"])
def test_rows_become_documents(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"news{ending}"
    rows = [
        {"body": RUSSIAN, "link": "https://example.org/1", "when": "2020/3/4"},
        {"body": "", "link": "", "when": ""},
    ]
    if ending == ".parquet":
        import pandas as pd

        pd.DataFrame(rows).to_parquet(path)
    elif ending == ".csv":
        path.write_text(
            "body,link,when\n" + "".join(f'"{r["body"]}",{r["link"]},{r["when"]}\n' for r in rows) + ",x,\n"
        )
    else:
        data = "\n".join(json.dumps(row) for row in rows).encode()
        path.write_bytes(gzip.compress(data) if ending.endswith(".gz") else data)
    options = ReadOptions(columns={"text": "body", "address": "link", "published": "when"})
    first, *rest = read(path, options=options)
    found = document(first)
    assert (found.address, found.published, found.language) == ("https://example.org/1", "2020-03-04", "ru")
    assert [aside(one).reason for one in rest] == [Reason.NO_TEXT]


@pytest.mark.parametrize("ending", [".jsonl", ".json", ".csv", ".parquet"])
def test_of_guessed_columns_the_first_that_is_filled_is_read(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"news{ending}"
    row = {"text": None, "content": " ", "maintext": RUSSIAN, "url": "", "link": "http://a.example/1", "headline": "Hi"}
    if ending == ".parquet":
        pq.write_table(pa.Table.from_pylist([row]), path)
    elif ending == ".csv":
        path.write_text(",".join(row) + "\n" + ",".join(cell or "" for cell in row.values()), encoding="utf-8")
    else:
        path.write_text(json.dumps(row), encoding="utf-8")
    (found,) = read(path)
    assert (document(found).address, document(found).title) == ("http://a.example/1", "Hi")
    assert RUSSIAN in document(found).text
    assert aside(read(path, options=ReadOptions(columns={"text": "content"}))[0]).reason is Reason.NO_TEXT


def test_half_characters_in_a_row_are_replaced(tmp_path: Path) -> None:
    path = tmp_path / "half.jsonl"
    path.write_text(
        '{"title": "Hi \\ud800", "text": "The city has cameras.", "url": "http://a.example/\\ud800"}\n',
        encoding="utf-8",
    )
    (found,) = read(path)
    assert isinstance(found, Document)
    assert found.title == "Hi ?"
    assert found.address == "http://a.example/?"
    f"{found}".encode()


def test_bad_rows_are_named_and_the_rest_is_read(tmp_path: Path) -> None:
    path = tmp_path / "news.jsonl"
    nested = b"[" * 100_000
    good = json.dumps({"text": RUSSIAN}).encode()
    path.write_bytes(b"\n".join([b"{broken", good, b'"text"', nested, b'{"text": "\xff"}', good]))
    found = read(path)
    assert [type(one).__name__ for one in found] == [
        "SetAside",
        "Document",
        "SetAside",
        "SetAside",
        "SetAside",
        "Document",
    ]
    assert aside(found[0]).origin.record == "line 1"


def record_of(one: Read) -> str:
    return one.origin.record


def test_a_quote_that_is_not_closed_swallows_no_row(tmp_path: Path) -> None:
    path = tmp_path / "news.csv"
    rows = ["url,text", f'http://a.example/1,"{RUSSIAN}', f"http://a.example/2,{FRENCH.replace(',', '')}"]
    path.write_text("\n".join([*rows, f'http://a.example/3,"{RUSSIAN}\n{FRENCH}"', ""]), encoding="utf-8")
    found = read(path)
    assert [record_of(one) for one in found] == ["row 2", "row 3", "row 4"]
    assert aside(found[0]).reason is Reason.BAD_ROW
    assert [document(one).address for one in found[1:]] == ["http://a.example/2", "http://a.example/3"]
    path.write_text("\n".join(rows), encoding="utf-8")  # nothing closes it up to the end
    assert [type(one).__name__ for one in read(path)] == ["SetAside", "Document"]


def test_a_file_full_of_open_quotes_is_not_read_again_and_again(tmp_path: Path) -> None:
    path = tmp_path / "news.csv"
    path.write_text("text,b\n" + 'a","b\n' * 20_000 + f"{RUSSIAN},x\n", encoding="utf-8")
    found = read(path, options=ReadOptions(max_bytes=200_000))
    assert len(found) < 20
    assert "were not read" in " ".join(aside(one).detail for one in found)


def test_a_head_that_is_no_csv_is_named_and_nothing_is_guessed(tmp_path: Path) -> None:
    path = tmp_path / "news.csv"
    path.write_text(f'"url"x,text\nhttp://a.example/1,{FRENCH}\n', encoding="utf-8")
    (found,) = read(path)
    assert "column names" in aside(found).detail


def test_cells_without_a_name_are_told(tmp_path: Path) -> None:
    path = tmp_path / "news.csv"
    path.write_text(
        f"url,text\nhttp://a.example/1,{RUSSIAN},,\nhttp://a.example/2,a, {RUSSIAN}\n,b\n", encoding="utf-8"
    )
    first, long, last = read(path)
    assert (document(first).text, document(last).text) == (RUSSIAN, "b")
    assert (aside(long).reason, record_of(long)) == (Reason.BAD_ROW, "row 3")
    assert aside(long).detail == "3 cells under 2 names of columns"


@pytest.mark.parametrize("before", [0, 1_200_000])
@pytest.mark.parametrize("name", ["news.csv", "news.csv.gz"])
@pytest.mark.parametrize(
    ("text", "charset"),
    [(FRENCH, "cp1252"), (RUSSIAN, "cp1251"), (CHINESE, "gb18030"), (FRENCH, "utf-16"), (FRENCH, "utf-8-sig")],
)
def test_charsets_of_csv_are_told(tmp_path: Path, text: str, charset: str, name: str, before: int) -> None:
    path = tmp_path / name
    rows = "url,text\n" + f"http://a.example/{'0' * before},words\n" + f'http://a.example/1,"{text}"\n' * 9
    path.write_bytes(gzip.compress(rows.encode(charset), 1) if name.endswith(".gz") else rows.encode(charset))
    reader = Reader()
    found = [one for one in reader.read(Source(str(path))) if text in getattr(one, "text", "")]
    reader.close()
    assert len(found) == 9
    assert found[0].origin.charset == charset.removesuffix("-sig")
    assert not document(found[0]).flags


def test_a_csv_with_a_broken_row_stays_utf8_and_the_row_is_flagged(tmp_path: Path) -> None:
    path = tmp_path / "news.csv"
    path.write_bytes(b"text\n" + b'"k\xe1m\xe9ras"\n' + f'"{FRENCH}"\n"{CHINESE}"\n'.encode() * 3)
    first, *rest = map(document, read(path))
    assert [one.text for one in rest] == [FRENCH, CHINESE] * 3
    assert (first.flags, rest[0].flags) == ((Reason.UNDECODABLE_BYTES,), ())


@pytest.mark.parametrize("ending", [".jsonl", ".csv", ".parquet"])
def test_rows_over_the_limit_are_set_aside_by_name(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"news{ending}"
    texts = [RUSSIAN * 2, RUSSIAN * 100, RUSSIAN * 3]
    if ending == ".parquet":
        import pandas as pd

        pd.DataFrame({"text": texts}).to_parquet(path)
    elif ending == ".csv":
        path.write_text("id,text\n" + "".join(f'{at},"{text}"\n' for at, text in enumerate(texts)), encoding="utf-8")
    else:
        path.write_text("".join(json.dumps({"text": text}) + "\n" for text in texts), encoding="utf-8")
    found = read(path, options=ReadOptions(max_bytes=5_000))
    assert [type(one).__name__ for one in found] == ["Document", "SetAside", "Document"]
    assert aside(found[1]).reason is Reason.TOO_LARGE
    assert record_of(found[1]) == {".jsonl": "line 2", ".csv": "row 3", ".parquet": "row 2"}[ending]


def cells(kind: str, values: list[Any]) -> pa.Array:
    """Cells of a column; texts may hold any bytes, as no writer of Parquet checks them."""
    if kind != "text":
        return pa.array(values, kind)
    return pa.Array.from_buffers(pa.string(), len(values), pa.array(values, pa.binary()).buffers())


@pytest.mark.parametrize(
    ("kind", "good", "bad", "told"),
    [
        ("text", b"2020-03-04", b"\xff\xfe", "column 'published', UnicodeDecodeError"),
        ("timestamp[ms]", 1_583_280_000_000, 2**52, "column 'published', OverflowError"),
        ("date32", 18_325, 2**30, "column 'published', OverflowError"),
    ],
)
def test_a_bad_cell_of_parquet_costs_its_row_alone(
    tmp_path: Path, kind: str, good: bytes | int, bad: bytes | int, told: str
) -> None:
    path = tmp_path / "news.parquet"
    texts, dates = [f"{number} {RUSSIAN}".encode() for number in range(600)], [good] * 600
    texts[300], dates[1] = b"\xd0", bad
    pq.write_table(pa.table({"text": cells("text", texts), "published": cells(kind, dates)}), path)
    found = read(path)
    assert [record_of(one) for one in found] == [f"row {number}" for number in range(1, 601)]
    named = {record_of(one): one for one in found if isinstance(one, SetAside)}
    assert set(named) == {"row 2", "row 301"}
    assert {one.reason for one in named.values()} == {Reason.BAD_ROW}
    assert told in named["row 2"].detail
    assert "column 'text', UnicodeDecodeError" in named["row 301"].detail
    assert {document(one).published for one in found if record_of(one) not in named} == {"2020-03-04"}


def test_a_broken_row_group_of_parquet_costs_its_rows_alone(tmp_path: Path) -> None:
    path = tmp_path / "news.parquet"
    pq.write_table(pa.table({"text": [RUSSIAN, FRENCH] * 150}), path, row_group_size=100)
    column = pq.read_metadata(path).row_group(1).column(0)
    first, size, whole = column.dictionary_page_offset, column.total_compressed_size, path.read_bytes()
    path.write_bytes(whole[:first] + b"\xff" * size + whole[first + size :])
    found = read(path)
    rows = [*range(1, 101), *range(201, 301)]
    assert [record_of(one) for one in found if isinstance(one, Document)] == [f"row {number}" for number in rows]
    (named,) = [one for one in found if isinstance(one, SetAside)]
    assert (named.origin.record, named.reason) == ("rows 101 to 200", Reason.BROKEN)


def test_names_of_columns_that_are_no_text_are_told(tmp_path: Path) -> None:
    path = tmp_path / "news.parquet"
    pq.write_table(pa.table({"text": [RUSSIAN], "qqqq": [1]}), path, store_schema=False)
    path.write_bytes(path.read_bytes().replace(b"qqqq", b"\xff\xfeqq"))
    (found,) = read(path)
    assert aside(found).detail == "no sound Parquet (UnicodeDecodeError)"


@pytest.mark.parametrize("max_bytes", [1_000_000, 20_000_000])
@pytest.mark.parametrize("is_coded", [True, False])
def test_a_dictionary_of_parquet_does_not_unfold_in_memory(tmp_path: Path, max_bytes: int, *, is_coded: bool) -> None:
    path, seen = tmp_path / "bomb.parquet", []
    texts = pa.array(["words " * 1_700_000] * 30 + [FRENCH])
    pq.write_table(pa.table({"text": texts.dictionary_encode() if is_coded else texts}), path, compression="zstd")
    pa_bytes, choose = pa.total_allocated_bytes(), lambda _names: ["text"]
    with path.open("rb") as stream:
        for row in parquet_rows(stream, choose, max_bytes):
            seen.append(row.is_too_large)
            assert pa.total_allocated_bytes() - pa_bytes < 100_000_000
    assert seen == [max_bytes < 10_000_000] * 30 + [False]


def test_columns_of_parquet_are_named_where_none_is_text(tmp_path: Path) -> None:
    path = tmp_path / "news.parquet"
    pq.write_table(pa.table({"words": [RUSSIAN], "url": ["http://a.example/1"]}), path)
    (found,) = read(path)
    assert (aside(found).reason, aside(found).detail) == (Reason.NO_TEXT, "no text; columns are url, words")
    pq.write_table(pa.table({"words": [RUSSIAN], "other": [FRENCH]}), path)
    assert aside(read(path)[0]).detail == "no text; columns are other, words"


def test_text_that_parquet_keeps_as_bytes_is_read(tmp_path: Path) -> None:
    path = tmp_path / "news.parquet"
    pq.write_table(pa.table({"text": pa.array([RUSSIAN.encode(), b"\xff"], pa.binary())}), path)
    first, second = read(path)
    assert (document(first).text, document(first).language) == (RUSSIAN, "ru")
    assert "column 'text', UnicodeDecodeError" in aside(second).detail


def test_an_array_of_objects_is_read_as_rows(tmp_path: Path) -> None:
    path = tmp_path / "news.json"
    rows = [{"text": RUSSIAN, "url": "http://a.example/1"}, 5, {"text": FRENCH}]
    path.write_text("\ufeff" + json.dumps(rows, indent=1), encoding="utf-8")
    found = read(path)
    assert [record_of(one) for one in found] == ["item 1", "item 2", "item 3"]
    assert document(found[0]).address == "http://a.example/1"
    assert aside(found[1]).reason is Reason.BAD_ROW
    assert aside(read(path, options=ReadOptions(max_bytes=100))[0]).reason is Reason.TOO_LARGE
    path.write_text(json.dumps(rows)[:-20], encoding="utf-8")
    found = read(path)
    assert [type(one).__name__ for one in found] == ["Document", "SetAside", "SetAside"]
    assert (aside(found[2]).reason, record_of(found[2])) == (Reason.BROKEN, "item 3")
    packed = tmp_path / "packed.json.gz"
    packed.write_bytes(gzip.compress(json.dumps(rows).encode()))
    assert len(read(packed)) == 3
    packed.write_bytes(packed.read_bytes()[:-12])
    assert aside(read(packed)[-1]).reason is Reason.TRUNCATED
    path.write_text('[{"a": ' + "[" * 100_000, encoding="utf-8")
    assert aside(read(path)[0]).reason is Reason.BROKEN


def test_other_json_is_read_as_one_text(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(json.dumps({"words": FRENCH * 3}, ensure_ascii=False), encoding="utf-8")
    (tmp_path / "b.json").write_text(json.dumps([FRENCH * 3], ensure_ascii=False), encoding="utf-8")
    (tmp_path / "c.json").write_text("", encoding="utf-8")
    found = read(tmp_path)
    assert all("marché" in document(one).text for one in found[:2])
    assert aside(found[2]).reason is Reason.UNKNOWN_KIND


def test_escapes_of_json_are_read_whatever_the_file_holds(tmp_path: Path) -> None:
    path = tmp_path / "news.json"
    row = {"url": "http://a.example/1", "text": RUSSIAN}
    for content in (json.dumps(row), "\ufeff " + json.dumps(row, indent=1)):
        path.write_text(content, encoding="utf-8")
        (found,) = read(path)
        assert (document(found).text, document(found).address) == (RUSSIAN, "http://a.example/1")
    path.write_text("\ufeff" + f"{json.dumps(row)}\n\n{{broken}}\n{json.dumps({'text': FRENCH})}\n", encoding="utf-8")
    found, broken, last = read(path)
    assert (document(found).text, document(last).text) == (RUSSIAN, FRENCH)
    assert (aside(broken).reason, record_of(broken)) == (Reason.BAD_ROW, "line 3")
    for value in ({"status": "ok", "articles": [{"words": RUSSIAN}]}, [[RUSSIAN], FRENCH], RUSSIAN):
        path.write_text(json.dumps(value), encoding="utf-8")
        (found,) = read(path)
        assert RUSSIAN in document(found).text
    path.write_text('{"b": 1, "a": null}', encoding="utf-8")
    assert aside(read(path)[0]).reason is Reason.NO_TEXT
    assert "a, b" in aside(read(path)[0]).detail
    path.write_text('{"text": "' + RUSSIAN, encoding="utf-8")  # no JSON at all
    assert "контракт" in document(read(path)[0]).text
    packed = tmp_path / "packed.json.gz"
    packed.write_bytes(gzip.compress(json.dumps(row).encode())[:-4])
    found, cut = read(packed)
    assert (document(found).text, aside(cut).reason) == (RUSSIAN, Reason.TRUNCATED)


@pytest.mark.parametrize(
    ("name", "record", "others"), [("a.jsonl", "line 2", 2), ("a.json", "", 0), ("array.json", "item 2", 1)]
)
def test_json_that_needs_too_much_memory_is_set_aside(
    tmp_path: Path, name: str, record: str, others: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def tight(decoder: json.JSONDecoder, text: str, idx: int = 0) -> tuple[Any, int]:
        if "{}" in text[idx : idx + 4] or (name == "a.json" and "{}" in text):
            raise MemoryError
        return usual(decoder, text, idx)

    usual = json.JSONDecoder.raw_decode
    monkeypatch.setattr(json.JSONDecoder, "raw_decode", tight)
    path, good = tmp_path / name, json.dumps({"text": RUSSIAN})
    path.write_text(f"[{good}, {{}}, {good}]" if "array" in name else f"{good}\n{{}}\n{good}\n", encoding="utf-8")
    found = read(path)
    (named,) = [one for one in found if isinstance(one, SetAside)]
    assert (named.reason, named.origin.record) == (Reason.TOO_MUCH_MEMORY, record)
    assert len(found) == others + 1


@pytest.mark.parametrize("ending", [".jsonl.gz", ".txt.gz"])
def test_a_truncated_gzip_gives_what_it_holds(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"news{ending}"
    rows = "".join(json.dumps({"text": f"{RUSSIAN} {number * 7919}"}) + "\n" for number in range(3000))
    path.write_bytes(gzip.compress(rows.encode())[:-2000])
    found = read(path)
    if ending == ".txt.gz":
        assert Reason.TRUNCATED in document(found[0]).flags
    else:
        assert aside(found[-1]).reason is Reason.TRUNCATED
        assert len(found) > 1000


def test_a_gzip_bomb_never_unfolds(tmp_path: Path) -> None:
    path = tmp_path / "bomb.txt.gz"
    with gzip.open(path, "wb") as stream:
        for _ in range(80):
            stream.write(b"0" * 1_000_000)
    assert aside(read(path, options=ReadOptions(max_bytes=10_000_000))[0]).reason is Reason.TOO_LARGE


def test_deeply_nested_html_is_read_or_named(tmp_path: Path) -> None:
    (tmp_path / "deep.html").write_text("<html>" + "<div>" * 200_000 + RUSSIAN)
    (tmp_path / "good.html").write_text(page(RUSSIAN))
    deep, good = read(tmp_path, options=ReadOptions(limits=Limits(seconds=3)))
    assert isinstance(deep, SetAside) or "контракт" in deep.text
    assert isinstance(good, Document)


def test_pdfs_sound_encrypted_and_broken(tmp_path: Path) -> None:
    from pypdf import PdfWriter

    writer = PdfWriter()
    writer.add_blank_page(72, 72)
    writer.write(tmp_path / "blank.pdf")
    writer.encrypt("secret", algorithm="RC4-128")
    writer.write(tmp_path / "locked.pdf")
    (tmp_path / "torn.pdf").write_bytes(b"%PDF-1.4\n1 0 obj <<")
    reasons = {Path(aside(one).origin.path).stem: aside(one).reason for one in read(tmp_path)}
    assert reasons["blank"] is Reason.NO_TEXT
    assert reasons["locked"] is Reason.ENCRYPTED
    assert reasons["torn"] in {Reason.BROKEN, Reason.PARSER_FAILED}


def test_invalid_utf8_is_read_and_flagged(tmp_path: Path) -> None:
    (tmp_path / "text.txt").write_bytes((RUSSIAN.encode() + b"\xff\xfe\x81\x8d") * 9)
    assert Reason.UNDECODABLE_BYTES in document(read(tmp_path)[0]).flags


def warc(tmp_path: Path, pages: list[bytes], *, lie: int = 0, name: str = "a.warc.gz") -> Path:
    """A web archive; the second record lies about its length by some bytes."""
    out = io.BytesIO()
    for number, content in enumerate(pages):
        body = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n" + content
        length = len(body) + (lie if number == 1 else 0)
        head = (
            f"WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: https://example.org/{number}\r\n"
            f"WARC-Record-ID: <urn:uuid:{number}>\r\nContent-Type: application/http; msgtype=response\r\n"
            f"Content-Length: {length}\r\n\r\n"
        )
        record = head.encode() + body + b"\r\n\r\n"
        out.write(gzip.compress(record) if name.endswith(".gz") else record)
    path = tmp_path / name
    path.write_bytes(out.getvalue())
    return path


@pytest.mark.parametrize("name", ["a.warc.gz", "a.warc"])
def test_a_web_archive_is_read(tmp_path: Path, name: str) -> None:
    pages = [page(RUSSIAN).encode("cp1251"), page(CHINESE).encode("gb18030"), page(FRENCH).encode()]
    found = [document(one) for one in read(warc(tmp_path, pages, name=name))]
    assert [one.address for one in found] == [f"https://example.org/{number}" for number in range(3)]
    assert [one.language for one in found] == ["ru", "zh", "fr"]


def test_records_without_http_headers_are_read_by_their_own_type(tmp_path: Path) -> None:
    contents = {
        "text/html; charset=utf-8": page(RUSSIAN).encode(),
        "Text/Plain": FRENCH.encode(),
        "": page(CHINESE).encode(),
        "application/pdf": b"%PDF-1.4\n1 0 obj <<",
        "image/png": b"\x89PNG" + b"words " * 99,
    }
    path = tmp_path / "a.warc"
    path.write_bytes(
        b"".join(
            b"WARC/1.0\r\nWARC-Type: resource\r\nWARC-Target-URI: https://example.org/x\r\nWARC-Record-ID: <urn:uuid:1>\r\n"
            + (f"Content-Type: {kind}\r\n" if kind else "").encode()
            + f"Content-Length: {len(content)}\r\n\r\n".encode()
            + content
            + b"\r\n\r\n"
            for kind, content in contents.items()
        )
    )
    *found, torn = read(path)
    assert [document(one).language for one in found] == ["ru", "fr", "zh"]
    assert (aside(torn).origin.kind, aside(torn).reason) in {("pdf", Reason.BROKEN), ("pdf", Reason.PARSER_FAILED)}


@pytest.mark.parametrize("lie", [-40, 40, 5_000_000])
@pytest.mark.parametrize("name", ["a.warc.gz", "a.warc"])
def test_a_lying_length_loses_no_neighbour_silently(tmp_path: Path, lie: int, name: str) -> None:
    pages = [page(RUSSIAN).encode(), page(CHINESE).encode(), page(FRENCH).encode()]
    found = read(warc(tmp_path, pages, lie=lie, name=name))
    read_well = [one.address for one in found if isinstance(one, Document)]
    assert "https://example.org/0" in read_well
    is_named = any(isinstance(one, SetAside) or one.flags for one in found)
    assert "https://example.org/2" in read_well or is_named


def test_a_cut_archive_is_named(tmp_path: Path) -> None:
    path = warc(tmp_path, [page(RUSSIAN).encode()] * 3)
    path.write_bytes(path.read_bytes()[:-60])
    found = read(path)
    assert sum(isinstance(one, Document) for one in found) >= 2
    assert aside(found[-1]).reason is Reason.TRUNCATED


def test_a_giant_record_is_streamed_past(tmp_path: Path) -> None:
    path = warc(tmp_path, [page(RUSSIAN).encode(), b"<p>" + b"0" * 3_000_000, page(FRENCH).encode()])
    found = read(path, options=ReadOptions(max_bytes=2_000_000))
    assert [type(one).__name__ for one in found] == ["Document", "SetAside", "Document"]
    giant = aside(found[1])
    assert giant.reason is Reason.TOO_LARGE
    assert giant.sha256
    assert giant.origin.record.startswith("offset ")


def test_inputs_are_expanded(tmp_path: Path) -> None:
    for name in ("b.txt", "a.txt", ".hidden.txt"):
        (tmp_path / name).write_text("x")
    names = [Path(one.path).name for one in expand([str(tmp_path)])]
    assert names == ["a.txt", "b.txt"]
    assert expand([str(tmp_path / "*.txt"), str(tmp_path / "a.txt")]) == expand([str(tmp_path)])
    assert expand(["-"], [str(tmp_path / "a.txt"), ""]) == [Source(str(tmp_path / "a.txt"), 1)]
    remote = expand([f"file://{tmp_path}"])
    assert len(remote) == 3
    with pytest.raises(InputError, match="found nothing there"):
        expand([str(tmp_path / "none.txt")])


def test_remote_paths_are_read() -> None:
    import fsspec

    with fsspec.open("memory://pile/a.txt", "wb") as stream:
        stream.write(RUSSIAN.encode() * 3)
    reader = Reader()
    (found,) = (one for source in expand(["memory://pile"]) for one in reader.read(source))
    reader.close()
    assert "контракт" in document(found).text


def test_remote_files_without_an_ending_are_told_by_their_first_bytes(tmp_path: Path) -> None:
    import fsspec

    whole = warc(tmp_path, [page(RUSSIAN).encode()], name="a.warc").read_bytes()
    for name, content in {"page": page(RUSSIAN).encode(), "text": RUSSIAN.encode() * 99, "archive": whole}.items():
        with fsspec.open(f"memory://heap/{name}", "wb") as stream:
            stream.write(content)
        reader = Reader()
        (found,) = reader.read(Source(f"memory://heap/{name}"))
        reader.close()
        assert document(found).origin.kind == ("text" if name == "text" else "html")
        assert document(found).text.count("контракт") == (99 if name == "text" else 4)


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("s3://bucket/x", "pip install s3fs"),
        ("https://a.example/x", "pip install aiohttp requests"),
        ("bogus://x", "bogus:// is no kind of path"),
        ("sftp://host/x", "paramiko"),
        ("x" * 300, "name too long"),
        ("a/" * 3000, "name too long"),
        ("a\0b", "found nothing there"),
    ],
)
def test_paths_that_cannot_be_read_are_told_in_one_line(name: str, told: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(protocol: str) -> type:
        if protocol == "bogus":
            raise ValueError("Protocol not known: bogus")
        raise ImportError(f"Install what {protocol} needs")

    monkeypatch.setattr("fsspec.core.get_filesystem_class", missing)
    with pytest.raises(InputError, match=f"(?i){told}") as caught:
        expand([name])
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 400


def test_whatever_a_driver_raises_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_name: str) -> None:
        raise RuntimeError("no credentials\nat all")

    monkeypatch.setattr("fsspec.core.url_to_fs", broken)
    with pytest.raises(InputError, match="RuntimeError: no credentials at all"):
        expand(["memory://x"])


def test_the_output_is_no_input(tmp_path: Path) -> None:
    names = ["out/a.txt", "out/deep/b.txt", "out.shards-0123456789ab/c.txt", ".out.lock", "out.new-01234567/d.txt"]
    kept = [
        "a.txt",
        "out.txt",
        "outer/b.txt",
        "deep/out/c.txt",
        "out.shards/d.txt",
        "out.old-2023/e.txt",
        "out.shards-2019/f.txt",
    ]
    for name in names + kept:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x", encoding="utf-8")
    met = expand([str(tmp_path), str(tmp_path / ".out.lock"), f"file://{tmp_path}/out"])
    left = without_output(met, tmp_path / "deep" / ".." / "out")
    assert sorted(str(Path(one.path).relative_to(tmp_path)) for one in left) == sorted(kept)


def hang(_options: dict[str, object], payload: bytes) -> object:
    """A parser that misbehaves as its input says."""
    if payload == b"slow":
        while True:
            pass
    if payload == b"fat":
        return len(bytearray(4_000_000_000))
    if payload == b"long":
        return "x" * 3_000_000
    if payload == b"die":
        import os

        os._exit(3)
    return payload.decode()


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (b"slow", "too_slow"),
        (b"fat", "too_much_memory"),
        (b"long", "too_much_output"),
        (b"die", "parser_failed"),
        (b"\xff", "parser_failed"),
    ],
)
def test_a_worker_has_limits_and_comes_back(payload: bytes, reason: str) -> None:
    with Worker(
        "tests.unit.test_documents:hang", Limits(seconds=8 if payload != b"slow" else 2, output_bytes=2_000_000)
    ) as worker:
        with pytest.raises(ForeignError) as caught:
            worker.run({}, payload)
        assert caught.value.reason == reason
        assert worker.run({}, b"fine") == "fine"


def test_one_file_under_two_names_is_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.txt").write_text("x", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert len(expand(["a.txt", str(tmp_path / "a.txt"), "./a.txt"])) == 1


def test_pipes_are_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.jsonl")
    with pytest.raises(InputError, match="found a pipe"):
        expand([str(tmp_path / "pipe.jsonl")])


def test_a_folder_that_cannot_be_read_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "closed").mkdir()
    (tmp_path / "open.txt").write_text("x", encoding="utf-8")
    scandir = os.scandir

    def refusing(path: str) -> object:
        if str(path).endswith("closed"):
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr("os.scandir", refusing)
    with pytest.raises(InputError, match="closed: cannot be read"):
        expand([str(tmp_path)])


@pytest.mark.parametrize(("name", "kind"), [("a.json", "json"), ("a.txt", "json"), ("a", ""), ("a.json", "")])
def test_an_array_is_read_by_items_however_it_is_named(tmp_path: Path, name: str, kind: str) -> None:
    (tmp_path / name).write_text(json.dumps([{"text": FRENCH}, {"text": FRENCH + " 2"}]), encoding="utf-8")
    found = read(tmp_path, options=ReadOptions(kind=kind))
    assert [document(one).origin.record for one in found] == ["item 1", "item 2"]


@pytest.mark.parametrize("name", ["a.html", "a.txt", "a"])
@pytest.mark.parametrize("charset", ["utf-16-le", "utf-16-be"])
def test_utf_16_without_a_mark_is_told_by_its_zero_bytes(tmp_path: Path, name: str, charset: str) -> None:
    (tmp_path / name).write_bytes(f"<p>{FRENCH}</p>".encode(charset))
    (found,) = read(tmp_path / name, options=ReadOptions(kind="" if "." in name else "html"))
    assert "marché" in document(found).text
    assert Prefilter(lexicon().terms).keep("une vidéosurveillance à Nice".encode(charset))


@pytest.mark.parametrize("head", [b"PK\x03\x04", b"\x1f\x8b\x08", b"\xff\xd8\xff\xe0", b"\x89PNG\r\n"])
def test_archives_and_pictures_under_other_names_are_named(tmp_path: Path, head: bytes) -> None:
    (tmp_path / "a.html").write_bytes(head + FRENCH.encode())
    (found,) = read(tmp_path)
    assert aside(found).reason is Reason.UNKNOWN_KIND


def test_a_row_may_hold_as_much_text_as_a_page(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text(json.dumps({"text": FRENCH * 100}) + "\n" + json.dumps({"text": FRENCH}))
    found = read(tmp_path, options=ReadOptions(limits=Limits(20.0, 1_500_000_000, 1_000)))
    assert aside(found[0]).reason is Reason.TOO_MUCH_OUTPUT
    assert "marché" in document(found[1]).text
