"""Screening: matching, evidence, rule, fields, runs."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pyarrow.parquet as pq
import pytest
import yaml

from citywatch.cli import main
from citywatch.codebook import fold, inclusion_rule, lexicon, read_rule, vendors
from citywatch.codebook.lexicon import declined
from citywatch.documents import Document, Origin, detect_language
from citywatch.errors import InputError, MissingExtraError, VocabularyError
from citywatch.screening import (
    Candidate,
    Job,
    LocalEngine,
    Matcher,
    Reader,
    ShardStore,
    collect,
    find_slowly,
    judge,
    plan,
    read_results,
    rejudge,
    screen,
    screen_document,
)
from citywatch.screening.sentences import split_sentences

AGREEMENT = {
    "en": (
        "Huawei signed a contract worth $174 million with the Kenyan police in May 2014 "
        "to install 1,800 surveillance cameras in Nairobi."
    ),
    "zh": "新北市警察局2014年與中華電信簽約，租用六千支監視器，並提供車牌辨識，耗資新台幣3.5億元。",
    "fr": (
        "La ville de Valenciennes a signé en 2017 une convention avec Huawei pour "
        "installer 240 caméras de vidéosurveillance."
    ),
    "es": (
        "El gobierno de Jujuy firmó el 5 de marzo de 2019 un contrato con ZTE para "
        "instalar 600 cámaras de videovigilancia por 30 millones de dólares."
    ),
    "pt": (
        "O governo de Angola inaugurou em Luanda, em dezembro de 2019, um centro com 700 "
        "câmaras de videovigilância fornecidas pela CEIEC."
    ),
    "ru": (
        "В Душанбе по контракту с Huawei установлено 800 камер видеонаблюдения в рамках "
        "проекта «Безопасный город», сообщило МВД Таджикистана."
    ),
    "ar": (
        "وقعت وزارة الداخلية العراقية عقدا مع شركة هواوي لتركيب كاميرات المراقبة في "
        "بغداد بقيمة 50 مليون دولار عام 2019."
    ),
    "id": (
        "Pemerintah Kota Bandung menandatangani kontrak dengan Huawei untuk memasang "
        "1.000 kamera pengawas dan command center pada 2015."
    ),
    "de": (
        "Die Stadt Duisburg unterzeichnete 2018 eine Vereinbarung mit Huawei; am Bahnhof "
        "wurden Überwachungskameras installiert."
    ),
    "it": (
        "Il Comune di Como ha firmato un contratto per l'installazione di telecamere con "
        "riconoscimento facciale fornite da Huawei."
    ),
    "sr": (
        "MUP Srbije i Huawei potpisali su ugovor o video nadzoru u Beogradu; postavljeno "
        "je 1.000 kamera za prepoznavanje lica."
    ),
}
CYRILLIC = (
    "МУП Србије и Huawei потписали су уговор о видео надзору у Београду; постављене су камере за препознавање лица."
)
OTHER = (
    "Thales of Miletus taught in Miletus. He could connect the necessary dots.",
    "Huawei and the city of Riyadh signed a memorandum on parking, street lighting, waste management and e-government.",
    "中国公安部向老挝公安部援助的一批执法车辆在万象交接，大使出席了仪式。",
    "The new phone has a triple camera with 48 megapixel and goes on sale in Berlin; the police were not involved.",
    "La Cámara de Comercio de Mendoza firmó un convenio de turismo con la provincia.",
)


def document(text: str, address: str = "") -> Document:
    digest = hashlib.sha256(text.encode()).hexdigest()
    return Document(digest, address, "", detect_language(text), "", text, Origin("text"))


@pytest.fixture(scope="module")
def reader() -> Reader:
    return Reader()


def candidate(reader: Reader, text: str) -> Candidate:
    found = screen_document(reader, document(text))
    assert found is not None
    return found


def kept(found: Candidate | None) -> bool:
    return found is not None and found.judgement.verdict == "include"


@pytest.mark.parametrize("language", sorted(AGREEMENT))
def test_an_agreement_is_found_in_every_language(reader: Reader, language: str) -> None:
    found = candidate(reader, AGREEMENT[language])
    assert found.document.language == language
    assert found.judgement.verdict == "include"
    assert found.judgement.admitted_by in {"product", "both"}
    for passage in found.passages:
        assert passage.start <= passage.found_start < passage.found_end <= passage.end


def test_serbian_is_read_in_both_scripts(reader: Reader) -> None:
    assert kept(screen_document(reader, document(CYRILLIC)))


@pytest.mark.parametrize("text", OTHER)
def test_other_pages_are_no_agreements(reader: Reader, text: str) -> None:
    assert not kept(screen_document(reader, document(text)))


def test_fields_are_filled_as_stated(reader: Reader) -> None:
    fields = candidate(reader, AGREEMENT["en"]).fields
    assert (fields.vendors, fields.country_iso3, fields.places) == (("huawei",), "KEN", ("Nairobi",))
    assert (fields.kind, fields.announced, fields.cameras) == ("contract", "2014-05", 1800)
    assert (fields.amount_value, fields.amount_currency, fields.amounts) == (174e6, "USD", ("$174 million",))
    assert fields.place is not None
    assert abs(fields.place.latitude + 1.28) < 0.1


@pytest.mark.parametrize(
    ("language", "vendor", "country", "date", "cameras"),
    [
        ("zh", "chunghwa-telecom", "TWN", "2014", 6000),
        ("fr", "huawei", "FRA", "2017", 240),
        ("es", "zte", "ARG", "2019-03-05", 600),
        ("pt", "ceiec", "AGO", "2019-12", 700),
        ("ru", "huawei", "TJK", "", 800),
        ("ar", "huawei", "IRQ", "2019", 0),
        ("id", "huawei", "IDN", "2015", 1000),
    ],
)
def test_fields_in_other_languages(
    reader: Reader, language: str, vendor: str, country: str, date: str, cameras: int
) -> None:
    fields = candidate(reader, AGREEMENT[language]).fields
    assert vendor in fields.vendors
    assert (fields.country_iso3, fields.announced, fields.cameras) == (country, date, cameras)


@pytest.mark.parametrize("text", [*AGREEMENT.values(), CYRILLIC, *OTHER[:2]])
@pytest.mark.parametrize("engine", ["hyperscan", "ahocorasick"])
def test_the_matcher_equals_the_slow_one(text: str, engine: str) -> None:
    terms = lexicon().terms[::23]
    folded = fold(text)
    assert Matcher(terms, engine).find(folded, text) == find_slowly(terms, folded, text)


def test_both_engines_agree_on_everything() -> None:
    text = "\n".join([*AGREEMENT.values(), CYRILLIC, *OTHER])
    folded = fold(text)
    terms = lexicon().terms
    assert Matcher(terms, "hyperscan").find(folded, text) == Matcher(terms, "ahocorasick").find(folded, text)


def test_no_engine_is_told_with_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "hyperscan", None)
    monkeypatch.setitem(sys.modules, "ahocorasick_rs", None)
    with pytest.raises(MissingExtraError, match=r"citywatch\[screen\]"):
        Matcher(lexicon().terms)


def test_a_line_break_ends_a_sentence_but_not_inside_a_chinese_word() -> None:
    def pieces(text: str) -> list[str]:
        found = split_sentences(text, 600)
        return [text[start:end] for start, end in zip(found.starts, found.ends, strict=True)]

    assert pieces("Huawei opens an office\nPolice sign a contract  \nA third line") == [
        "Huawei opens an office",
        "Police sign a contract",
        "A third line",
    ]
    assert pieces("平安\n城市") == ["平安\n城市"]
    assert pieces("1,1 тыс. камер. Полиция") == ["1,1 тыс. камер.", "Полиция"]


def test_long_runs_of_spaces_are_cut_in_a_moment() -> None:
    started = time.process_time()
    assert len(split_sentences("a" + " " * 200_000 + "b\n" + "\t" * 100_000 + "c", 600)) > 1
    assert time.process_time() - started < 5


def test_names_of_vendors_are_found_in_their_cases(reader: Reader) -> None:
    told = "Власти Казани установили 500 камер видеонаблюдения по контракту с «Ростелекомом», сообщила полиция."
    assert candidate(reader, told).fields.vendors == ("rostelecom",)
    assert declined("Хуавей") == ("Хуавея", "Хуавею", "Хуавеем", "Хуавее")
    assert declined("Huawei") == ()


def test_a_short_product_word_counts_in_its_own_language_only(reader: Reader) -> None:
    told = "La ville de Nice a signé un marché et équipe la police municipale de LAPI."
    assert candidate(reader, told).fields.products == ("licence_plate_recognition",)
    elsewhere = "Bandung: LAPI ITB menandatangani kontrak dengan pemerintah kota untuk kajian jalan dan pasar."
    assert screen_document(reader, document(elsewhere)) is None


def test_general_talk_lowers_a_verdict_but_excludes_only_pages_without_a_party(reader: Reader) -> None:
    talk = "At the conference the market report spoke of market share, and the white paper and the keynote did so too. "
    report = candidate(reader, talk + AGREEMENT["en"])
    assert (report.evidence.answers.talk, report.judgement.verdict) == ("much", "include")
    vague = candidate(reader, talk + "The police of Nairobi installed surveillance cameras.")
    assert vague.judgement.verdict == "unsure"
    nobody = candidate(reader, talk + "Somebody installed surveillance cameras.")
    assert nobody.judgement.verdict == "exclude"


def test_an_act_beside_a_product_with_a_party_is_unsure(reader: Reader) -> None:
    found = candidate(reader, "Nairobi has bought a system. The police want surveillance cameras on its squares.")
    assert found.evidence.answers.act == "apart"
    assert found.judgement.verdict == "unsure"


@pytest.mark.parametrize(
    "vendor", [vendor for vendor in vendors() if vendor.positives or vendor.lookalikes], ids=lambda v: v.id
)
def test_vendors_are_told_from_their_lookalikes(reader: Reader, vendor: object) -> None:
    assert isinstance(vendor, type(vendors()[0]))
    for text in vendor.positives:
        assert vendor.id in {hit.term.value for hit in reader.find(document(text)) if hit.term.role == "vendor"}, text
    for text in vendor.lookalikes:
        sentence = f"The report names {text} once."
        assert vendor.id not in {
            hit.term.value for hit in reader.find(document(sentence)) if hit.term.role == "vendor"
        }, text


def test_pinyin_line_breaks_and_references_do_not_hide_terms(reader: Reader) -> None:
    hidden = "新北市警(jǐng)察局與中華電信簽(qiān)約，租用六千支監(jiān)\n視器，並提供車牌辨識。"
    assert kept(screen_document(reader, document(hidden)))


def test_denial_and_plans_lower_the_verdict(reader: Reader) -> None:
    denied = candidate(reader, "The mayor of Lyon says no contract was signed with Huawei for surveillance cameras.")
    planned = candidate(reader, "The city of Lyon plans to sign a contract with Huawei for surveillance cameras.")
    assert denied.judgement.verdict == "exclude"
    assert planned.judgement.verdict == "unsure"


@pytest.mark.parametrize(
    "text",
    [
        "Huawei denied that it had signed any Safe City contract with Nakuru, Kenya.",
        "The city of Lyon denies having bought surveillance cameras from Huawei under a contract.",
        "华为否认与肯尼亚内罗毕市政府签署平安城市合同。",
        "La mairie de Lyon dément avoir signé un contrat avec Huawei pour des caméras de vidéosurveillance.",
        "El municipio de Quito desmiente que haya firmado un contrato con Huawei para cámaras de videovigilancia.",
    ],
)
def test_what_is_denied_is_left_out(reader: Reader, text: str) -> None:
    assert candidate(reader, text).judgement.verdict == "exclude"


def test_the_rule_is_data(reader: Reader, tmp_path: Path) -> None:
    raw = yaml.safe_load((Path("src/citywatch/data/codebook/inclusion.yml")).read_text(encoding="utf-8"))
    raw |= {"version": "strict", "products": ["facial_recognition"]}
    path = tmp_path / "strict.yml"
    path.write_text(yaml.safe_dump(raw, allow_unicode=True), encoding="utf-8")
    answers = candidate(reader, AGREEMENT["en"]).evidence.answers
    assert judge(answers).verdict == "include"
    assert judge(answers, read_rule(path)).verdict == "exclude"
    raw["verdicts"][0]["when"] = {"limb": ["perhaps"]}
    path.write_text(yaml.safe_dump(raw, allow_unicode=True), encoding="utf-8")
    with pytest.raises(InputError, match="not among the questions"):
        read_rule(path)
    with pytest.raises(VocabularyError, match="expected one of"):
        inclusion_rule().verdict({})


@pytest.mark.parametrize(
    "text",
    [
        "The city of Lyon shall install surveillance cameras next year.",
        "The council of Lyon recommends that owners have to install CCTV cameras.",
        "Notice inviting e-tender: CCTV cameras to be supplied and installed in different streets of Lyon.",
        "Die Stadt Köln wartet auf das Startsignal für den Ausbau der Videoüberwachung am Markt.",
        "Urge instalar cámaras de videovigilancia en las calles de Quito.",
        "Licitación pública para poner cámaras de videovigilancia en las calles de Quito.",
        "Mais câmeras de vigilância chegarão às ruas de Recife e ficarão ligadas à polícia.",
        "Pour la ville de Dakar, il faut installer des caméras de vidéosurveillance.",
        "Il Comune di Como ha chiesto di installare telecamere di videosorveglianza.",
        "На улицах Казани появятся камеры видеонаблюдения, их запуск в следующем году.",
        "U Beogradu će biti postavljene kamere za video nadzor.",
        "Pemerintah Kota Bandung harus memasang kamera CCTV.",
        "المزمع تركيب كاميرات مراقبة في شوارع بغداد.",
        "香港明年将增设闭路电视，覆盖全港街道。",
    ],
)
def test_what_is_only_planned_is_left_out(reader: Reader, text: str) -> None:
    found = candidate(reader, text)
    assert found.evidence.answers.act == "planned"
    assert found.judgement.because == "only planned, without vendor or figures"


@pytest.mark.parametrize(
    "text",
    [
        "Lyon will soon have new cameras against crime: the city signed a contract with a firm for video surveillance.",
        "New surveillance cameras are going to be put up in Lyon. The contract was signed on Monday.",
        "В Казани намечен монтаж камер видеонаблюдения. Договор с подрядчиком подписан.",
        "Des caméras de vidéosurveillance vont être installées à Dakar. La ville a signé un contrat.",
    ],
)
def test_a_pact_made_is_no_plan_though_its_cameras_are_still_to_come(reader: Reader, text: str) -> None:
    assert candidate(reader, text).evidence.answers.act == "done"


def test_a_pact_that_is_itself_planned_stays_a_plan(reader: Reader) -> None:
    text = "The city of Lyon hopes that it may soon have signed a contract for surveillance cameras."
    assert candidate(reader, text).evidence.answers.act == "planned"


@pytest.mark.parametrize(
    "text",
    [
        "Grad Prijedor je poništio tender za video nadzor, nije stigla niti jedna ponuda.",
        "The tender was cancelled: Lyon will have no contract for CCTV cameras.",
        "La ville de Dakar a annulé l'appel d'offres pour la vidéosurveillance.",
        "La gara per la videosorveglianza di Como è stata annullata: gara annullata, nessuna offerta.",
    ],
)
def test_a_tender_annulled_is_no_agreement(reader: Reader, text: str) -> None:
    assert candidate(reader, text).judgement.verdict == "exclude"


@pytest.mark.parametrize(
    "text",
    [
        "The thief was caught on CCTV in Lyon, police said after they had installed a checkpoint.",
        "Los asaltantes fueron captados por las cámaras de videovigilancia en Quito; la policía usó un auto.",
        "Pencuri terekam kamera CCTV di Bandung, polisi menggunakan mobil.",
    ],
)
def test_cameras_that_merely_filmed_a_crime_are_no_product(reader: Reader, text: str) -> None:
    assert not kept(screen_document(reader, document(text)))


@pytest.mark.parametrize(
    "text",
    [
        "The county commissioners of Washington approved a contract with Motorola for a new emergency radio system.",
        "The sheriff's office of Nolan County bought mobile radio systems.",
        "Le Nigéria va passer un contrat pour surveiller par vidéo ses frontières.",
    ],
)
def test_radio_and_filmed_borders_are_products(reader: Reader, text: str) -> None:
    assert candidate(reader, text).evidence.answers.products


@pytest.fixture
def pile(tmp_path: Path) -> Path:
    """A folder with agreements, other pages and something broken."""
    folder = tmp_path / "pile"
    folder.mkdir()
    for name, text in AGREEMENT.items():
        (folder / f"{name}.txt").write_text(text, encoding="utf-8")
    (folder / "copy.txt").write_text(AGREEMENT["en"], encoding="utf-8")
    (folder / "broken.pdf").write_bytes(b"%PDF-1.4")
    rows = [json.dumps({"text": text, "url": f"https://example.org/{number}"}) for number, text in enumerate(OTHER)]
    (folder / "news.jsonl").write_text("\n".join(rows), encoding="utf-8")
    return folder


def test_a_run_from_the_command_line(pile: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out"
    assert main(["screen", str(pile), "--out", str(out), "--workers", "1"]) == 0
    assert "citywatch explain" in capsys.readouterr().out
    results = read_results(out)
    rows = results.candidates.to_pylist()
    included = [row for row in rows if row["verdict"] == "include"]
    assert len(included) == len(AGREEMENT)
    assert [row["rank"] for row in rows] == list(range(1, len(rows) + 1))
    assert next(row for row in rows if row["path"].endswith("copy.txt"))["copies"] == 2
    assert [row["reason"] for row in results.set_aside.to_pylist()] == ["broken"]
    assert pq.read_schema(out / "candidates.parquet").field("vendors").metadata[b"description"]
    assert not list(tmp_path.glob("out.shards-*"))
    facts = json.loads((out / "run.json").read_text(encoding="utf-8"))
    assert facts["counts"]["records"] == len(AGREEMENT) + 2 + len(OTHER)
    assert main(["explain", "1", "--in", str(out)]) == 0
    assert "verdict: include" in capsys.readouterr().out
    assert main(["explain", "no-such", "--in", str(out)]) == 1
    assert main(["rejudge", "--in", str(out), "--csv", str(tmp_path / "verdicts.csv")]) == 0
    assert "+0" in capsys.readouterr().out
    assert len((tmp_path / "verdicts.csv").read_text().splitlines()) == len(rows) + 1


def test_the_same_pile_gives_the_same_bytes_with_any_number_of_workers(pile: Path, tmp_path: Path) -> None:
    for number, shards in enumerate(([1], [2, 3])):
        for part in shards:
            (pile / f"more{number}{part}.jsonl").write_text(
                json.dumps({"text": AGREEMENT["fr"] + str(part)}), encoding="utf-8"
            )
    for workers in ("1", "2"):
        assert main(["screen", str(pile), "--out", str(tmp_path / workers), "--workers", workers, "--quiet"]) == 0
    for name in ("candidates", "passages", "set_aside"):
        one, two = ((tmp_path / workers / f"{name}.parquet").read_bytes() for workers in ("1", "2"))
        assert one == two


def test_a_run_goes_on_from_what_was_finished(pile: Path, tmp_path: Path) -> None:
    from citywatch.documents import expand

    shards = plan(expand([str(pile)]))
    store = ShardStore(tmp_path / "out", "0123456789abcdef")
    assert store.open(shards, is_resumed=False) == {}
    for result in LocalEngine(1).run(Job(), shards[:1]):
        store.save(shards[0], result)
    (store.folder / "000001.candidates.arrow.tmp").write_bytes(b"half")
    told: list[int] = []
    screen(LocalEngine(1), Job(), shards, store, is_resumed=True, done=lambda result: told.append(result.number))
    assert sorted(told) == [shard.number for shard in shards]
    (tmp_path / "whole").mkdir()
    collect(store, shards, tmp_path / "whole")
    assert main(["screen", str(pile), "--out", str(tmp_path / "fresh"), "--quiet", "--workers", "1"]) == 0
    assert (tmp_path / "whole" / "candidates.parquet").read_bytes() == (
        tmp_path / "fresh" / "candidates.parquet"
    ).read_bytes()


def test_a_killed_run_is_resumed_without_loss(tmp_path: Path) -> None:
    pile = tmp_path / "pile"
    pile.mkdir()
    for number in range(60):
        rows = [json.dumps({"text": f"{text} Notice {number}."}) for text in AGREEMENT.values()]
        (pile / f"{number:02}.jsonl").write_text("\n".join(rows), encoding="utf-8")
    out = tmp_path / "out"
    command = [
        sys.executable,
        "-m",
        "citywatch.cli",
        "screen",
        str(pile),
        "--out",
        str(out),
        "--workers",
        "1",
        "--quiet",
    ]
    run = subprocess.Popen(command, start_new_session=True)
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline and not list(tmp_path.glob("out.shards-*/*.json")):
        time.sleep(0.05)
    os.killpg(run.pid, signal.SIGKILL)
    run.wait()
    assert not out.exists()
    assert subprocess.run([*command, "--resume"], check=False).returncode == 0
    ids = read_results(out).candidates["candidate_id"].to_pylist()
    assert len(ids) == len(set(ids)) == 60 * len(AGREEMENT)


def test_rejudging_counts_what_moves(pile: Path, tmp_path: Path) -> None:
    assert main(["screen", str(pile), "--out", str(tmp_path / "out"), "--quiet", "--workers", "1"]) == 0
    raw = yaml.safe_load((Path("src/citywatch/data/codebook/inclusion.yml")).read_text(encoding="utf-8"))
    raw |= {"version": "none", "verdicts": [{"verdict": "exclude", "because": "a rule that takes nothing", "when": {}}]}
    path = tmp_path / "none.yml"
    path.write_text(yaml.safe_dump(raw), encoding="utf-8")
    change = rejudge(read_results(tmp_path / "out"), read_rule(path))
    assert change.moved["include", "exclude"] == len(AGREEMENT)
    assert change.after["include"] == 0


def test_wrong_options_are_told(pile: Path, tmp_path: Path) -> None:
    assert main(["screen", str(pile), "--out", str(tmp_path / "x"), "--column", "text"]) == 1
    assert main(["screen", str(tmp_path / "nothing"), "--out", str(tmp_path / "x")]) == 1
    assert main(["explain", "1", "--in", str(tmp_path)]) == 1
