"""Pages as the web has them: markup, scripts and words of many languages, in many charsets; some report an agreement."""

from __future__ import annotations

import gzip
import random
from dataclasses import dataclass
from pathlib import Path

# Ordinary words of news, trade and menus, among them those that terms of the lexicon hold: video, face, call, control, safe, public.
WORDS = {
    "en": """the of and to in a is that for it was on with as are be at by this have from or had not but what all were when we there can
        said which do how their if will up other about out many then them these so some her would make like him into time has look two
        more go see no way could people my than first been call who its now find long down day did get come made may part video face
        control safe public city system room police center centre security monitor radio intelligent smart emergency
        market report music garden school company share facebook twitter cookie privacy policy terms contact home news sport weather
        don’t it’s “we” café naïve résumé – — … © social media manager recognition crowd parking traffic number plate noise detection
        command line interface operations management object lost property image analysis network contract signed agreement""",
    "fr": """le la les de des un une et à être avoir que pour dans ce il qui ne sur se pas plus par je avec tout faire son mettre autre on
        mais nous comme ou si leur y dire elle devoir avant deux même prendre aussi celui donner bien où fois vous encore nouveau aller
        entre premier déjà grand vidéo face contrôle ville publique sécurité centre système appel numéro urgence école été société
        économie marché région président « équipe » l’année d’accueil qu’il aujourd’hui développement qualité réseau médias sociaux
        reconnaissance analyse image foule bruit objet lecture plaque commande gestion caméscope télévision météo culture cinéma""",
    "es": """el la de que y a en un ser se no haber por con su para como estar tener le lo todo pero más hacer o poder decir este ir otro
        ese si me ya ver porque dar cuando él muy sin vez mucho saber qué sobre mi alguno mismo también hasta año dos querer entre así
        primero desde grande vídeo ciudad control centro sistema público seguridad emergencia llamada número cara reconocimiento
        análisis imagen ruido objeto lectura red social información política educación país economía música “noticias” – niño""",
    "pt": """o a de que e em um ser para com não uma os no se na por mais as dos como mas foi ao ele das tem à seu sua ou quando muito nos
        já está eu também só pelo pela até isso ela entre depois sem mesmo aos seus quem cidade vídeo controle centro sistema público
        segurança emergência chamada número rosto reconhecimento análise imagem ruído objeto leitura rede social informação política
        educação país economia música notícias criança coração irmão ações opinião""",
    "de": """der die und in den von zu das mit sich des auf für ist im dem nicht ein eine als auch es an werden aus er hat dass sie nach
        wird bei einer um am sind noch wie einem über so zum haben nur oder aber vor zur bis mehr durch man sein wurde sei Stadt Video
        Gesicht Kontrolle Zentrale System öffentlich Sicherheit Notfall Anruf Nummer Erkennung Analyse Bild Lärm Objekt Straße größer
        Netzwerk soziale Medien Wetter Schule Unternehmen Prüfung Übersicht „Nachrichten“ – schön können müssen""",
    "it": """il di che è la e un a per non in una sono mi si ho lo ma ti le i con cosa da se io come ha bene su perché questo hai ci più
        era gli della anche nel alla città video controllo centro sistema pubblico sicurezza emergenza chiamata numero volto
        riconoscimento analisi immagine rumore oggetto lettura rete sociale informazione politica società università libertà già
        però così «notizie» economia musica scuola""",
    "id": """yang dan di untuk dengan pada ini dari dalam tidak akan itu juga oleh ke adalah dapat ada karena sebagai saya mereka lebih
        tersebut bisa tahun orang kami telah atau kota video wajah kontrol pusat sistem publik keamanan darurat panggilan nomor
        pengenalan analisis gambar suara objek jaringan sosial media informasi politik ekonomi musik berita sekolah perusahaan harga""",
    "sr": """i u je da se na za su od koji sa ne a to kao što iz bi ili o sve ali biti samo već još do po može godine grad video lice
        kontrola centar sistem javni bezbednost hitan poziv broj prepoznavanje analiza slika buka predmet mreža društvena vesti škola
        preduzeće čovek žena đak ćerka šuma život""",
    "ru": """и в не на я быть он с что а по это она этот к но они мы весь который из у то за свой от о так для ты же все год такой только
        вы мочь человек сказать время один ещё другой себя если город видео лицо контроль центр система общественный безопасность
        экстренный вызов номер распознавание анализ изображение шум предмет сеть новости школа компания рынок погода – «спорт»
        правительство развитие рубль страна жизнь работа вопрос дом слово место Москва Россия область съёмка""",
    "ar": """في من على إلى أن هذا التي الذي كان عن مع ما لا هو بعد قبل كل بين قد عند لم أو هي هذه ذلك حتى منذ خلال حيث كما أكثر يوم عام
        مدينة فيديو وجه تحكم مركز نظام عام أمن طوارئ اتصال رقم تعرف تحليل صورة ضوضاء شبكة اجتماعية أخبار مدرسة شركة سوق طقس رياضة""",
    "zh": """的 一 是 在 不 了 有 和 人 这 中 大 为 上 个 国 我 以 要 他 时 来 用 们 生 到 作 地 于 出 就 分 对 成 会 可 主 发 年 动
        视频 面部 控制 中心 系统 公共 安全 城市 紧急 电话 号码 识别 分析 图像 噪音 物品 网络 社会 新闻 学校 公司 市场 天气 体育
        管理 指挥家 摄影 平安 智能手机 交通 停车 医院 工作 生活 文化 经济 发展 政府 服务""",
}  # fmt: skip
# What invented words are made of.
LETTERS = {
    "en": [one + other for one in "bfghkmnprtvwz" for other in ("a", "e", "i", "o", "u", "er", "in", "ou")],
    "ru": [one + other for one in "бвгдзклмнпрт" for other in ("а", "е", "и", "о", "у", "ы", "я", "ой")],
    "ar": list("ابتثجحدرزسصعفقلمنهوي"),
}
HAN = (
    "春夏秋冬山水花木石火土金雨雪风月星河海湖田米面茶酒饭菜鱼鸟马牛羊衣帽鞋床窗桌书笔纸字"
    "画歌舞戏琴棋红黄蓝绿黑白高低远近早晚东西南北父母兄弟姐妹"
)
TRUE = {
    "en": "Huawei signed a contract with the police of Nairobi, Kenya, to install 1,800 surveillance cameras and a command centre.",
    "fr": "La ville de Nice a signé un marché de vidéosurveillance avec Thales pour 240 caméras reliées au centre de supervision urbain.",
    "es": "El municipio de Quito firmó un contrato con Huawei para 300 cámaras de videovigilancia con reconocimiento facial.",
    "pt": "A prefeitura de Luanda assinou com a Huawei um contrato de videomonitoramento com reconhecimento facial.",
    "de": "Die Stadt Mannheim hat mit Huawei einen Vertrag über Videoüberwachung mit Gesichtserkennung unterzeichnet.",
    "it": "Il comune di Como ha firmato un contratto per la videosorveglianza con riconoscimento facciale con Huawei.",
    "id": "Pemerintah Kota Bandung menandatangani kontrak dengan Huawei untuk kamera pengawas dan pengenalan wajah.",
    "sr": "Ministarstvo unutrašnjih poslova potpisalo je sa kompanijom Huawei ugovor o video nadzoru u Beogradu, Bezbedan grad.",
    "ru": "Компания Huawei подписала контракт на видеонаблюдение «Безопасный город» в Душанбе, сообщило МВД.",
    "ar": "وقعت شركة هواوي عقدا مع وزارة الداخلية لتركيب كاميرات مراقبة في بغداد ضمن مشروع المدينة الآمنة.",
    "zh": "华为与昆明市公安局签署合同，建设平安城市视频监控系统，并提供人脸识别。",
}
HANT = "新北市警察局與中華電信簽約，租用六千支監視器，並提供車牌辨識。"


@dataclass(frozen=True, slots=True)
class Kind:
    """Pages of one language in one charset.

    Attributes:
        language: ISO 639-1.
        charset: Python's name.
        label: As pages declare it.
        share: Parts of the mixture.
    """

    language: str
    charset: str
    label: str
    share: int

    @property
    def name(self) -> str:
        """Short name."""
        return f"{self.language} {self.label}"


KINDS = (
    Kind("en", "utf-8", "utf-8", 46), Kind("zh", "utf-8", "utf-8", 6), Kind("zh", "gb18030", "gb2312", 1),
    Kind("zh", "big5hkscs", "big5", 1), Kind("ru", "utf-8", "utf-8", 6), Kind("ru", "cp1251", "windows-1251", 1),
    Kind("ar", "utf-8", "utf-8", 3), Kind("ar", "cp1256", "windows-1256", 1), Kind("fr", "utf-8", "utf-8", 7),
    Kind("fr", "cp1252", "iso-8859-1", 1), Kind("es", "utf-8", "utf-8", 7), Kind("de", "utf-8", "utf-8", 7),
    Kind("pt", "utf-8", "utf-8", 4), Kind("it", "utf-8", "utf-8", 4), Kind("id", "utf-8", "utf-8", 3), Kind("sr", "utf-8", "utf-8", 2),
)  # fmt: skip


def page(draw: random.Random, kind: Kind, size: int, planted: str = "") -> bytes:
    """An ordinary page of about so many bytes, two thirds of them markup; the planted sentence stands in its middle."""
    words = WORDS[kind.language].split()
    head = (
        f'<!DOCTYPE html>\n<html lang="{kind.language}"><head><meta charset="{kind.label}"><title>{_text(draw, kind, words)}</title>\n'
        '<link rel="stylesheet" href="/wp-content/themes/news/css/main.css?ver=5.8">\n'
        '<script>window.dataLayer=window.dataLayer||[];function gtag(){dataLayer.push(arguments);}gtag("js",new Date());</script>\n'
        '</head><body class="home page-template"><nav><ul>\n'
    )
    parts = [head.encode(kind.charset, "xmlcharrefreplace")]
    length = len(parts[0])
    while length < size:
        parts.append(_block(draw, kind, words).encode(kind.charset, "xmlcharrefreplace"))
        length += len(parts[-1])
    parts.insert(1 + len(parts) // 2, f"<p>{planted}</p>\n".encode(kind.charset, "xmlcharrefreplace"))
    return b"".join(parts) + b"</ul></div></body></html>"


def _text(draw: random.Random, kind: Kind, words: list[str]) -> str:
    """Known words, the first ones most often, each beside an invented one, so that chance makes no term of two of them."""
    drawn = draw.choices(words, [1 / (rank + 10) for rank in range(len(words))], k=draw.randint(3, 11))
    if kind.language == "zh":
        return "".join(word + "".join(draw.choices(HAN, k=2)) for word in drawn) + "。"
    letters = LETTERS.get(kind.language, LETTERS["en"])
    mixed = [one for word in drawn for one in (word, "".join(draw.choices(letters, k=draw.randint(3, 4))))]
    return " ".join(mixed).capitalize() + "."


def _block(draw: random.Random, kind: Kind, words: list[str]) -> str:
    chance, number = draw.random(), draw.randrange(10**6)
    if chance < 0.45:
        return f'<p class="wp-block-paragraph">{_text(draw, kind, words)} {_text(draw, kind, words)}</p>\n'
    if chance < 0.75:
        return (
            f'<li class="menu-item menu-item-{number}"><a class="card-link" href="https://example.org/news/{number}/item.html?utm_source='
            f'feed&amp;utm_medium=page"><img loading="lazy" src="https://cdn.example.org/{draw.getrandbits(64):x}.jpg" width="300" alt=""/>'
            f"<span>{_text(draw, kind, words)}</span></a></li>\n"
        )
    return (
        f'<script type="application/json">{{"id":{number},"video":{{"url":"https://example.org/{number}","controls":true}},"public":1,'
        f'"token":"{draw.getrandbits(256):x}"}}</script>\n'
    )


def true_sentence(kind: Kind) -> str:
    """What a planted page of this kind says."""
    return HANT if kind.charset == "big5hkscs" else TRUE[kind.language]


def archive(path: Path, size: int, pages: int, *, every: int, kinds: tuple[Kind, ...] = KINDS, seed: int = 1) -> int:
    """A compressed web archive; every so many pages report an agreement. Returns how many do.

    Args:
        path: Where to write.
        size: Bytes of a page.
        pages: How many.
        every: One page in so many is planted, of each kind in turn.
        kinds: Kinds of pages, mixed by their shares.
        seed: Of the random draw.
    """
    draw = random.Random(seed)
    planted = 0
    with path.open("wb") as stream:
        for number in range(pages):
            is_planted = number % every == every - 1
            kind = kinds[planted % len(kinds)] if is_planted else draw.choices(kinds, [kind.share for kind in kinds])[0]
            planted += is_planted
            sentence = f"{true_sentence(kind)} {number}" if is_planted else ""
            stream.write(gzip.compress(_record(number, page(draw, kind, size, sentence)), 6))
    return planted


def _record(number: int, body: bytes) -> bytes:
    answer = (
        b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nServer: nginx\r\nContent-Length: %d\r\n\r\n" % len(body) + body
    )
    head = (
        f"WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: https://example.org/{number}\r\nWARC-Date: 2024-01-01T00:00:00Z\r\n"
        f"WARC-Record-ID: <urn:uuid:00000000-0000-0000-0000-{number:012}>\r\nContent-Type: application/http; msgtype=response\r\n"
        f"Content-Length: {len(answer)}\r\n\r\n"
    )
    return head.encode() + answer + b"\r\n\r\n"
