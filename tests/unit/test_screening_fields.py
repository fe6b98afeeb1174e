"""Fields of a candidate and the names of places they rest on, on invented sentences."""

from __future__ import annotations

import hashlib
import time

import pytest

from citywatch.documents import Document, Origin, detect_language
from citywatch.places import Gazetteer
from citywatch.screening import Fields, Reader, screen_document
from citywatch.screening.dates import date_in_address, find_dates


@pytest.fixture(scope="module")
def reader() -> Reader:
    return Reader()


@pytest.fixture(scope="module")
def gazetteer(reader: Reader) -> Gazetteer:
    return reader.gazetteer


def named(gazetteer: Gazetteer, text: str) -> list[tuple[str, str]]:
    return [(one.places[0].name, one.places[0].country_iso3) for one in gazetteer.find(text)]


def fields(reader: Reader, text: str, address: str = "", title: str = "", published: str = "") -> Fields:
    digest = hashlib.sha256(text.encode()).hexdigest()
    document = Document(digest, address, title, detect_language(text), published, text, Origin("text"))
    found = screen_document(reader, document)
    assert found is not None
    return found.fields


@pytest.mark.parametrize(
    "text",
    [
        "To install cameras takes time, and to watch them takes more, in Ghana.",
        "Selon le maire, le Sénégal installe des caméras. Pour cela il faut du temps.",
        "Palacio dijo que el palacio tendrá cámaras. El Centro también, en Honduras.",
        "Dans le centre du Cameroun. To est là. Pa aussi.",
        "Škole u Srbiji dobijaju kamere; Centar je povezan, a škole su bezbedne.",
        "Как сообщают в Казахстане, Более двухсот камер; План готов.",
        "وكان ذلك في العراق",
        "The Bank of the river in Kenya, near the bank.",
    ],
)
def test_common_words_are_no_places(gazetteer: Gazetteer, text: str) -> None:
    assert len(named(gazetteer, text)) == 1  # the country


@pytest.mark.parametrize(
    ("text", "place", "country"),
    [
        ("El gobierno de Jalisco compró cámaras.", "Jalisco", "MEX"),
        ("Камеры установят в Московской области.", "Moscow Oblast", "RUS"),
        ("В Краснодарском крае выбрали подрядчика.", "Krasnodar Krai", "RUS"),
        ("В Республике Татарстан и не только.", "Tatarstan", "RUS"),
        ("Lagos State bought cameras.", "Lagos State", "NGA"),
        ("La gobernación de Antioquia firmó.", "Antioquia department", "COL"),
        ("La wilaya d'Alger est équipée.", "Algiers", "DZA"),
    ],
)
def test_divisions_of_states_are_known(gazetteer: Gazetteer, text: str, place: str, country: str) -> None:
    assert named(gazetteer, text)[0] == (place, country)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("Kamere su postavljene u Beogradu i Nišu.", "Belgrade"),
        ("Камеры работают в Нижнем Новгороде.", "Nizhniy Novgorod"),
        ("Делегация Китая прибыла.", "China"),
        ("Belgrade's cameras", "Belgrade"),
        ("Serbiens Hauptstadt", "Serbia"),
        ("İstanbul'da kameralar kuruldu.", "Istanbul"),
        ("Toshkentda kameralar o'rnatildi.", "Tashkent"),
        ("شرطة بغداد بالإسكندرية", "Baghdad"),
        ("nell'area di Torino", "Turin"),
    ],
)
def test_names_are_met_in_their_cases(gazetteer: Gazetteer, text: str, place: str) -> None:
    assert named(gazetteer, text)[0][0] == place


@pytest.mark.parametrize(
    ("text", "country"),
    [
        ("die serbische Polizei", "SRB"),
        ("la policía ecuatoriana", "ECU"),
        ("la police sénégalaise", "SEN"),
        ("a polícia moçambicana", "MOZ"),
        ("власти казахстанской столицы", "KAZ"),
        ("الشرطة العراقية", "IRQ"),
        ("a ruse of the financial police وزارة المالية", ""),
    ],
)
def test_adjectives_name_countries(gazetteer: Gazetteer, text: str, country: str) -> None:
    assert [code for _, code in named(gazetteer, text)] == ([country] if country else [])


def test_small_towns_need_another_place_of_their_country(gazetteer: Gazetteer) -> None:
    assert named(gazetteer, "Cameras for Kyaikto.") in ([], [("Kyaikto", "MMR")])
    assert ("Espargos", "CPV") in named(gazetteer, "Espargos and Praia in Cape Verde get cameras.")
    assert ("Bar", "MNE") in named(gazetteer, "Cameras are put up in Bar, Montenegro.")
    assert "Bar" not in dict(named(gazetteer, "The Bar was full, says Montenegro."))


def test_names_of_one_country_inside_another(gazetteer: Gazetteer) -> None:
    assert named(gazetteer, "La Guinée équatoriale achète.") == [("Equatorial Guinea", "GNQ")]
    assert named(gazetteer, "Guinea Ecuatorial compra.") == [("Equatorial Guinea", "GNQ")]
    assert named(gazetteer, "Police in Islamabad, Pakistan.")[0] == ("Islamabad", "PAK")
    assert named(gazetteer, "It costs US$5 million.") == []


@pytest.mark.parametrize(
    ("text", "country"),
    [
        ("A Chinese company installed surveillance cameras for the police of Lusaka.", "ZMB"),
        ("Una empresa china instaló cámaras de vigilancia para la policía de Quito.", "ECU"),
        ("China Construction Bank pays for the surveillance cameras that the police of Douala installed.", "CMR"),
        ("An Emirati company supplied surveillance cameras to the police of Aden in Yemen.", "YEM"),
        ("Eine chinesische Firma installierte Überwachungskameras für die Polizei in Belgrad.", "SRB"),
    ],
)
def test_the_sellers_country_is_not_the_buyers(reader: Reader, text: str, country: str) -> None:
    assert fields(reader, text).country_iso3 == country


@pytest.mark.parametrize(
    ("text", "address", "country"),
    [
        # bodies that one country has, and its money
        ("A prefeitura instalou câmeras de vigilância nas praças.", "", "BRA"),
        ("Carabineros instaló cámaras de vigilancia en la comuna.", "", "CHL"),
        ("La Questura avrà le telecamere di videosorveglianza installate in piazza.", "", "ITA"),
        ("公安局安装了视频监控摄像头。", "", "CHN"),
        ("Foram instaladas câmeras de vigilância por R$ 12 milhões.", "", "BRA"),
        # the ending of an address that is sold to anybody, in a language of its country
        (
            "Policija je postavila nadzorne kamere u gradu, a naći će se i na trgu.",
            "https://vijesti.example.me/1",
            "MNE",
        ),
        ("The police installed surveillance cameras in the old town.", "https://news.example.me/1", ""),
        # a name shared by a country and a city elsewhere, told by the region beside it
        ("A polícia da Bahia usa reconhecimento facial em Salvador.", "", "BRA"),
        # "firm" begins "firmó"
        ("Quito firmó un contrato de cámaras de vigilancia. Llueve. Nadie habló de Lima.", "", "ECU"),
        # a vendor at home
        ("«Ситроникс» установил камеры видеонаблюдения в Москве.", "https://news.example.kz/1", "RUS"),
        # towns that are words of other languages
        ("Sicurezza Urbana: installate telecamere di videosorveglianza.", "", "ITA"),
        ("Глава Приднестровья открыл «Безопасный город».", "https://news.example.ru/1", "MDA"),
        ("Камеры видеонаблюдения установлены, чтобы следить за россиянами.", "", "RUS"),
    ],
)
def test_other_things_than_names_tell_of_a_country(reader: Reader, text: str, address: str, country: str) -> None:
    assert fields(reader, text, address).country_iso3 == country


@pytest.mark.parametrize(
    ("text", "named"),
    [
        # names that are words too, beside a word for a company
        ("A polícia instalou câmeras de vigilância com a operadora Oi.", ("oi",)),
        ("A polícia instalou câmeras de vigilância; oi, disse o prefeito.", ()),
        ("Il Comune ha installato telecamere di videosorveglianza con TIM.", ("tim",)),
        ("La société Orange a installé des caméras de vidéosurveillance.", ("orange",)),
        ("Polisi memasang kamera pengawas bersama tim gabungan.", ()),
        # other scripts and spellings
        ("نصبت الشرطة كاميرات المراقبة من شركة هاواوي.", ("huawei",)),
        ("Policija je postavila nadzorne kamere kompanije Huavej.", ("huawei",)),
        (
            "Police installed surveillance cameras from the China National Electronics Import and Export Corp.",
            ("ceiec",),
        ),
        ("نصبت الشرطة كاميرات المراقبة ومعدات اتصالات.", ()),
        # what a browser says is no vendor
        ("Use Microsoft Edge. Police installed surveillance cameras.", ()),
        # bids that were turned down
        (
            "Thales a installé des caméras de vidéosurveillance. Les caméras de vidéosurveillance de Huawei ont été écartées.",
            ("thales",),
        ),
        # sentences further down that tell of an act
        (
            "Police installed Hikvision surveillance cameras. It rains. It snows. A firm, Dahua, supplied more.",
            ("hikvision", "dahua"),
        ),
    ],
)
def test_vendors_are_named_in_many_ways(reader: Reader, text: str, named: tuple[str, ...]) -> None:
    assert fields(reader, text).vendors == named


def test_places_are_taken_from_title_and_lead(reader: Reader) -> None:
    text = (
        "Thiès se dote de caméras\n\nLa mairie en parle depuis longtemps. Le conseil s'est réuni. Rien n'a filtré.\n\n"
        "Le maire a rappelé le budget de la commune. Les habitants attendent.\n\n"
        "Cent caméras de vidéosurveillance ont été installées pour la police."
    )
    found = fields(reader, text, title="Thiès se dote de caméras")
    assert (found.country_iso3, found.places) == ("SEN", ("Thiès",))


def test_the_address_tells_the_country_where_nothing_else_does(reader: Reader) -> None:
    text = "The police installed 40 surveillance cameras with facial recognition in the old town."
    assert fields(reader, text, "https://news.example.ke/1").country_iso3 == "KEN"
    assert fields(reader, text, "https://news.example.com/1").country_iso3 == ""


@pytest.mark.parametrize(
    ("text", "address", "date", "basis"),
    [
        ("16 September 2015\n\nThe police installed surveillance cameras.", "", "2015-09-16", "published"),
        ("Samstag, 27.07.2024\n\nDie Polizei hat Überwachungskameras installiert.", "", "2024-07-27", "published"),
        ("The police installed surveillance cameras.", "https://a.org/2017/07/10/x", "2017-07-10", "published"),
        (
            "3 May 2021\n\nThe contract for the surveillance cameras was signed in March 2013 by the police.",
            "",
            "2013-03",
            "text",
        ),
        ("The police signed a contract for surveillance cameras; the loan is repaid by 2034.", "", "", ""),
        ("Полиция установила камеры видеонаблюдения в феврале 2016г. в городе.", "", "2016-02", "text"),
        ("Im Jänner 2019 wurden Überwachungskameras von der Polizei installiert.", "", "2019-01", "text"),
        ("نشرت الشرطة كاميرات المراقبة في شباط 2016م", "", "2016-02", "text"),
    ],
)
def test_dates_of_the_act_come_before_those_of_the_page(
    reader: Reader, text: str, address: str, date: str, basis: str
) -> None:
    found = fields(reader, text, address)
    assert (found.announced, found.announced_from) == (date, basis)


def test_a_given_date_of_publication_comes_first(reader: Reader) -> None:
    text = "1 June 2019\n\nThe police installed surveillance cameras."
    found = fields(reader, text, "https://a.org/2018/01/01/", published="2019-06")
    assert (found.announced, found.announced_from) == ("2019-06", "published")


@pytest.mark.parametrize(
    ("address", "date"),
    [
        ("https://a.org/2017/07/10/title", "2017-07-10"),
        ("https://a.org/2012/02/title.html", "2012-02"),
        ("https://a.org/news/20191126/title-42.html", "2019-11-26"),
        ("https://a.org/x?u=b%2F2016%2F07%2F", "2016-07"),
        ("https://a.org/article/1059221", ""),
        ("https://a.org/201905", ""),
    ],
)
def test_dates_in_addresses(address: str, date: str) -> None:
    assert date_in_address(address) == date


def test_round_numbers_are_no_years() -> None:
    assert find_dates("2000 cameras", 0, 12) == []
    assert [one.text for one in find_dates("in May 2000", 0, 11)] == ["2000-05"]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("The police of Lusaka have 40 surveillance cameras in use.", "deployment"),
        ("A supplier from abroad handed over surveillance cameras, which the police installed.", "deployment"),
        ("The police signed a contract for surveillance cameras and installed them.", "contract"),
        ("The police signed an agreement on surveillance cameras with Huawei.", "contract"),
        ("La policía firmó un acuerdo marco con Huawei para cámaras de vigilancia.", "framework"),
        ("Les données des caméras de vidéosurveillance installées sont gardées.", "deployment"),
        ("La Chine a fait don de caméras de vidéosurveillance installées à la police.", "donation"),
        ("An export credit pays for the surveillance cameras that the police operate.", "loan"),
        ("The contract for surveillance cameras is paid from a loan.", "contract"),
        ("Полиция подписала меморандум о камерах видеонаблюдения.", "mou"),
        ("公安局与华为签署框架协议，安装视频监控摄像头。", "framework"),
        ("公安局安装了视频监控摄像头，华为中标。", "contract"),
        # a project that calls itself a pilot, however far down
        ("Die Polizei hat Überwachungskameras installiert. Es regnet. Das Pilotprojekt läuft fünf Jahre.", "pilot"),
        ("A prefeitura instalou câmeras de vigilância. Chove. O projeto-piloto vai até maio.", "pilot"),
        ("Police installed surveillance cameras in the mall. It rains. The Living Lab goes on.", "pilot"),
        ("Полиция установила камеры видеонаблюдения. Идет дождь. Пилоты запущены в трех городах.", "pilot"),
        ("Le projet, piloté par la police, a installé des caméras de vidéosurveillance.", "deployment"),
        ("The police signed a contract for surveillance cameras. It rains. It began as a pilot project.", "contract"),
        # a price and a vendor
        ("The police installed surveillance cameras from Huawei that cost $12 million.", "contract"),
        ("The police installed surveillance cameras that cost $12 million.", "deployment"),
        ("Камеры видеонаблюдения установлены по госконтракту в городе.", "contract"),
        ("Il Comune installa telecamere di videosorveglianza, opera affidata con un ribasso del 9%.", "contract"),
        ("O governo assina a ordem de serviço das câmeras de vigilância instaladas.", "contract"),
        # "dar" is a preposition in Tajik
        ("Дар шаҳри Хуҷанд камераҳои видеонаблюдения дар кӯчаҳо установлены.", "deployment"),
    ],
)
def test_the_kind_is_what_the_words_tell(reader: Reader, text: str, kind: str) -> None:
    assert fields(reader, text).kind == kind


@pytest.mark.parametrize(
    ("text", "companies"),
    [
        # legal forms, before and behind
        (
            "Police signed a contract with Brightwater Systems Pvt Ltd for surveillance cameras.",
            ("Brightwater Systems Pvt Ltd",),
        ),
        (
            "El municipio contrató a Faro Azul Seguridad, S.A. de C.V. para cámaras de vigilancia.",
            ("Faro Azul Seguridad, S.A. de C.V.",),
        ),
        ("Instaló las cámaras de vigilancia Molino y Sopena SH para la policía.", ("Molino y Sopena SH",)),
        (
            "A prefeitura instalou câmeras de vigilância da Vento Norte Comércio e Serviços Ltda.",
            ("Vento Norte Comércio e Serviços Ltda",),
        ),
        ("Il Comune ha installato telecamere di videosorveglianza della Lampo Blu srl.", ("Lampo Blu srl",)),
        ("Die Polizei hat Überwachungskameras der Nordblick Technik GmbH installiert.", ("Nordblick Technik GmbH",)),
        (
            "Полиция установила камеры видеонаблюдения, контракт выполнило ООО «Северный глаз».",
            ("ООО «Северный глаз»",),
        ),
        ("Polisi memasang kamera pengawas CCTV buatan PT Mata Elang Perkasa di kota.", ("PT Mata Elang Perkasa",)),
        ("Policija je postavila kamere za video nadzor firme Plavo Oko d.o.o. u gradu.", ("Plavo Oko d.o.o.",)),
        ("公安局与深圳市晨星视讯科技有限公司签署合同,安装视频监控摄像头。", ("深圳市晨星视讯科技有限公司",)),
        ("公安局安装视频监控摄像头,由晨星视讯集团承建。", ("晨星视讯集团",)),
        # words for a company
        ("The police hired the company “Brightwater” to install surveillance cameras.", ("Brightwater",)),
        ("La policía instaló cámaras de vigilancia de la empresa Faro Azul en la ciudad.", ("Faro Azul",)),
        ("La police a installé des caméras de vidéosurveillance de la société Phare Bleu.", ("Phare Bleu",)),
        (
            "La policía contrató al consorcio Faroazul, Brisal y Cumbrex para las cámaras de vigilancia.",
            ("Faroazul", "Brisal", "Cumbrex"),
        ),
        ("قامت الشرطة بتركيب كاميرات المراقبة مع شركة «نور الأفق» في المدينة.", ("نور الأفق",)),
        # winners
        ("The tender for surveillance cameras of the police was awarded to Brightwater.", ("Brightwater",)),
        ("Faroazul ganó la licitación de las cámaras de vigilancia de la policía.", ("Faroazul",)),
        ("Le marché des caméras de vidéosurveillance de la police a été attribué à Pharebleu.", ("Pharebleu",)),
        ("公安局采购视频监控摄像头,中标单位:晨星视讯。", ("晨星视讯",)),
        # folded together: the first place, the longer way to write it
        (
            "The firm Brightwater installed surveillance cameras. Brightwater Ltd runs the cameras.",
            ("Brightwater Ltd",),
        ),
    ],
)
def test_firms_are_named_by_their_form(reader: Reader, text: str, companies: tuple[str, ...]) -> None:
    assert fields(reader, text).companies == companies


@pytest.mark.parametrize(
    "text",
    [
        # persons
        "Police chief Peter Stone and Mary Brook installed surveillance cameras.",
        "The contract for surveillance cameras was awarded to Mr Peter Stone of the police.",
        "La empresa, dijo Pedro Piedra, instaló cámaras de vigilancia para la policía.",
        "Полиция установила камеры видеонаблюдения, сказал Иван Камнев.",
        # buyers and places
        "The contract for surveillance cameras was signed with Ministry of Interior.",
        "The surveillance cameras were supplied by Police Department.",
        "Una empresa china instaló cámaras de vigilancia para la Policía Nacional de Quito.",
        "A company from Nairobi installed surveillance cameras. The Kenyan company was paid by the police.",
        "该公司为公安局安装了视频监控摄像头,一家科技公司承建。",
        "قامت شركة صينية بتركيب كاميرات المراقبة للشرطة.",
        # vendors of the codebook are fields of their own
        "The police bought surveillance cameras from Huawei Technologies Co. Ltd.",
        "公安局与华为技术有限公司签署合同,安装视频监控摄像头。",
        "La police a installé des caméras de vidéosurveillance de la société Thales.",
    ],
)
def test_persons_buyers_and_known_vendors_are_no_further_firms(reader: Reader, text: str) -> None:
    assert fields(reader, text).companies == ()


def test_every_firm_has_its_passage_and_they_are_few(reader: Reader) -> None:
    firms = "; ".join(f"{letter}ortal Ltd" for letter in "BCDFGHKLMNP")
    found = fields(reader, f"Police installed surveillance cameras of Aortal Ltd, Zortal Ltd, {firms}.")
    passages = [one.value for one in found.passages if one.question == "field:company"]
    assert passages == list(found.companies)
    assert 2 <= len(passages) <= 8


@pytest.mark.parametrize(
    "piece",
    ["Ltd ", "A ", "company A ", "S.A. de ", "« ", "有限公司", "由集团", "consorcio A, B y ", "Ab-", "شركة ا ", '"A '],
    ids=repr,
)
def test_long_hostile_sentences_cost_no_more_than_their_length(reader: Reader, piece: str) -> None:
    text = "Police installed surveillance cameras " + piece * (60_000 // len(piece))
    started = time.process_time()
    assert len(fields(reader, text).companies) <= 8
    assert time.process_time() - started < 10


@pytest.mark.parametrize(
    "text",
    [
        "Nairobi police signed a contract with John Smith for 300 CCTV cameras.",
        "The 300 CCTV cameras were installed by Peter Otieno in Nairobi under a contract signed with police.",
        "According to supplier John Smith the city of Denver, CO signed a contract for CCTV cameras.",
        "The Texas AG signed a contract for CCTV cameras in Reno, NV.",
        "The contract for CCTV cameras in Nairobi was awarded to United Nations and Interpol in Nairobi.",
        "Contract for CCTV cameras to World Bank Group, Kenya Defence Forces and Nairobi police.",
        "Nairobi signed a contract for CCTV cameras with the contractor\n\nLAHORE and others.",
        "A prefeitura de Luanda assinou contrato de videomonitoramento, disse PT João Silva.",
        "El municipio de Quito firmó un contrato de videovigilancia con el contratista Juan Pérez.",
        "Подрядчик Иван Петров подписал контракт на видеонаблюдение в Душанбе.",
        "Победителем признан ИП Иванов, контракт на видеонаблюдение в Душанбе.",
        "فازت شركة إماراتية في عقد كاميرات المراقبة في بغداد.",
    ],
)
def test_persons_states_and_public_bodies_are_no_firms(reader: Reader, text: str) -> None:
    assert fields(reader, text).companies == ()


@pytest.mark.parametrize(
    ("text", "companies"),
    [
        ("A contract for 300 CCTV cameras was awarded to Kivox in Nairobi.", ("Kivox",)),
        ("Nairobi signed a contract for CCTV with Hydrovex Ltd and supplier Kivox.", ("Hydrovex Ltd", "Kivox")),
        ("Contrato de videomonitoramento foi adjudicado à Soltráfego em Lisboa.", ("Soltráfego",)),
    ],
)
def test_the_place_of_a_firm_is_no_part_of_its_name(reader: Reader, text: str, companies: tuple[str, ...]) -> None:
    assert fields(reader, text).companies == companies


def test_many_firms_take_no_longer_than_their_number(reader: Reader) -> None:
    def seconds(count: int) -> float:
        text = " ".join(f"Zex{number:06x} Ltd signed a contract for CCTV cameras." for number in range(count))
        begun = time.process_time()
        assert len(fields(reader, text).companies) == 8
        return time.process_time() - begun

    seconds(100)
    assert seconds(6_000) < 12 * seconds(1_000)
