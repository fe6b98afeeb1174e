"""Declarations of the indicator tables: columns, keys, licences and citations."""

from __future__ import annotations

from citywatch.tables import Column, Kind, Table

NOT_SEEN = "Publisher's terms not seen in the copy used; cite the publisher"
_CC_BY = "CC-BY-4.0"
_CC_BY_URL = "https://creativecommons.org/licenses/by/4.0/"
_OWN = "Citywatch (2026), compiled from the tables of this folder."
_OGHIST = "World Bank, Country Analytical History (OGHIST), edition of July 2025."
_COUNTRY = Column("country_iso3", Kind.COUNTRY, "Country, territory or former state.", required=True)
_NOTE = Column("note", Kind.TEXT, "What a reader must know about this row.", missing="nothing to add")


def _year(name: str, meaning: str, first: int, last: int, *, required: bool = True) -> Column:
    return Column(name, Kind.INTEGER, meaning, required=required, minimum=first, maximum=last)


def _number(name: str, meaning: str, low: float = 0, high: float | None = None, *, required: bool = False) -> Column:
    return Column(
        name, Kind.NUMBER, meaning, minimum=low, maximum=high, required=required, missing="no figure published"
    )


def _flag(name: str, meaning: str, *, required: bool = True, missing: str = "not recorded") -> Column:
    return Column(name, Kind.FLAG, meaning, required=required, missing=missing)


FREEDOM = Table(
    name="freedom",
    title="Freedom in the World: ratings and status, one row per country or territory and edition",
    columns=(
        _COUNTRY,
        Column("entity_type", Kind.TEXT, "How Freedom House lists it.", required=True, vocabulary="entity_type"),
        _year("edition_year", "Edition; edition Y covers year Y-1 from 1990 on.", 1973, 2100),
        _year("year_covered", "Year that the ratings describe.", 1972, 2099),
        _number("political_rights", "Political rights, 1 (best) to 7 (worst).", 1, 7),
        _number("civil_liberties", "Civil liberties, 1 (best) to 7 (worst).", 1, 7),
        Column("status", Kind.TEXT, "F Free, PF Partly Free, NF Not Free.", vocabulary="freedom_status"),
        _number(
            "total_score", "Aggregate score, 0 to 100, give or take 4 for additional questions; from 2003.", -4, 104
        ),
        _NOTE,
    ),
    key=("country_iso3", "edition_year"),
    licence=NOT_SEEN,
    citation="Freedom House, Freedom in the World, editions 1973-2025 (workbooks 1973-2024; 2025 as in democracyData).",
)

INCOME = Table(
    name="income",
    title="World Bank income group, one row per economy and fiscal year",
    columns=(
        _COUNTRY,
        _year("fiscal_year", "World Bank fiscal year; F is published in July of F-1.", 1989, 2100),
        _year("data_year", "Year of the income per head used: fiscal year minus 2.", 1987, 2098),
        Column("income_group", Kind.TEXT, "L, LM, UM or H.", required=True, vocabulary="income_group"),
        _NOTE,
    ),
    key=("country_iso3", "fiscal_year"),
    licence=_CC_BY,
    licence_url=_CC_BY_URL,
    citation=_OGHIST,
)

INCOME_THRESHOLDS = Table(
    name="income_thresholds",
    title="World Bank income thresholds (GNI per head, Atlas method), one row per fiscal year",
    columns=(
        _year("fiscal_year", "World Bank fiscal year.", 1989, 2100),
        _year("data_year", "Year of the income per head used.", 1987, 2098),
        _number("low_max_usd", "Highest income per head of a low-income economy.", required=True),
        _number("lower_middle_max_usd", "Highest income per head of a lower-middle-income economy.", required=True),
        _number("upper_middle_max_usd", "Highest income per head of an upper-middle-income economy.", required=True),
    ),
    key=("fiscal_year",),
    licence=_CC_BY,
    licence_url=_CC_BY_URL,
    citation=_OGHIST,
)

REGIONS = Table(
    name="regions",
    title="Regions of the United Nations (M49) and the World Bank, one row per country or territory",
    columns=(
        _COUNTRY,
        Column("m49", Kind.TEXT, "M49 code, three digits.", missing="M49 has no code for it"),
        Column("un_region", Kind.TEXT, "M49 region.", missing="M49 assigns none"),
        Column("un_subregion", Kind.TEXT, "M49 subregion.", missing="M49 assigns none"),
        Column("un_intermediate_region", Kind.TEXT, "M49 intermediate region.", missing="M49 assigns none"),
        Column("wb_region_fy2020", Kind.TEXT, "World Bank region in FY2020.", missing="not a World Bank economy"),
        Column("wb_region_fy2026", Kind.TEXT, "World Bank region in FY2026.", missing="not a World Bank economy"),
        _flag("is_independent", "Listed as independent.", required=False, missing="the source says nothing"),
        _flag("ldc", "Least developed country (United Nations)."),
        _flag("lldc", "Landlocked developing country (United Nations)."),
        _flag("sids", "Small island developing state (United Nations)."),
    ),
    key=("country_iso3",),
    licence=f"World Bank columns {_CC_BY}; M49 columns: {NOT_SEEN[0].lower()}{NOT_SEEN[1:]}",
    licence_url=_CC_BY_URL,
    citation="UNSD, Standard country or area codes (M49); World Bank, country classification FY2020 and FY2026.",
)

POPULATION = Table(
    name="population",
    title="Population, urban share and GDP per head, one row per economy and year",
    columns=(
        _COUNTRY,
        _year("year", "Calendar year; population at mid-year.", 2000, 2100),
        _number("population", "Residents.", required=True),
        _number("urban_share_pct", "Residents of urban areas as the country defines them, per cent.", 0, 100),
        _number("gdp_per_capita_usd", "GDP per head, current US dollars."),
        _number("gdp_per_capita_ppp", "GDP per head, current international dollars."),
        Column(
            "source",
            Kind.TEXT,
            "WDI, or UN WUP 2018 where WDI has no row.",
            required=True,
            vocabulary="population_source",
        ),
    ),
    key=("country_iso3", "year"),
    licence=f"{_CC_BY}; the rows of UN WUP 2018: {NOT_SEEN[0].lower()}{NOT_SEEN[1:]}",
    licence_url=_CC_BY_URL,
    citation="World Bank, World Development Indicators; Taiwan: UN DESA, World Urbanization Prospects 2018.",
)

URBAN = Table(
    name="urban",
    title="Urban and rural population 1950-2050, one row per country, region or income class and year",
    columns=(
        Column("entity", Kind.TEXT, "Name as the publisher gives it.", required=True),
        Column("country_iso3", Kind.COUNTRY, "Country or territory.", missing="a group of countries"),
        _year("year", "Year; after 2018 a projection.", 1950, 2050),
        _number("urban_population", "Urban residents.", required=True),
        _number("rural_population", "Rural residents.", required=True),
        _number("urban_share_pct", "Urban residents, per cent.", 0, 100, required=True),
    ),
    key=("entity", "year"),
    licence=NOT_SEEN,
    citation="United Nations, DESA, Population Division, World Urbanization Prospects: The 2018 Revision.",
)

DEMOCRACY = Table(
    name="democracy",
    title="Electoral and liberal democracy with credible bounds, one row per country and year",
    columns=(
        _COUNTRY,
        _year("year", "State at the end of the year.", 1990, 2100),
        _number("electoral_democracy", "Electoral democracy index (v2x_polyarchy), 0 to 1.", 0, 1),
        _number("electoral_democracy_low", "Lower credible bound (about 68 %).", 0, 1),
        _number("electoral_democracy_high", "Upper credible bound (about 68 %).", 0, 1),
        _number("liberal_democracy", "Liberal democracy index (v2x_libdem), 0 to 1.", 0, 1),
        _number("liberal_democracy_low", "Lower credible bound (about 68 %).", 0, 1),
        _number("liberal_democracy_high", "Upper credible bound (about 68 %).", 0, 1),
    ),
    key=("country_iso3", "year"),
    licence=NOT_SEEN,
    citation="Coppedge et al. (2025), V-Dem Country-Year Dataset v15, Varieties of Democracy Project.",
)

BELT_AND_ROAD = Table(
    name="belt_and_road",
    title="Belt and Road memoranda of understanding, one row per listed country",
    columns=(
        _COUNTRY,
        Column("signed", Kind.PARTIAL_DATE, "When the memorandum was signed.", missing="no confirmed memorandum"),
        Column("exited", Kind.PARTIAL_DATE, "When the country left.", missing="not recorded as left"),
        _NOTE,
    ),
    key=("country_iso3",),
    licence=NOT_SEEN,
    citation="Green Finance & Development Center (2025), Countries of the Belt and Road Initiative.",
)

AIGS = Table(
    name="aigs",
    title="AI Global Surveillance Index, one row per country and edition; country flags, not contracts",
    columns=(
        _COUNTRY,
        _year("edition", "Edition of the index.", 2020, 2022),
        _flag("safe_city", "Smart or safe city platforms in use."),
        _flag("facial_recognition", "Facial recognition in use."),
        _flag("smart_policing", "Smart policing in use."),
        _flag("social_media_surveillance", "Social media surveillance in use."),
        _flag("china_tech", "Chinese technology present."),
        _flag("us_tech", "Technology of the United States present."),
        Column("companies", Kind.LIST, "Companies named for the country, spelt as in the index.", missing="none named"),
    ),
    key=("country_iso3", "edition"),
    licence=_CC_BY,
    licence_url=_CC_BY_URL,
    citation="Feldstein, S., AI and Big Data Global Surveillance Index, 2020 (v1) and 2022 update (v4).",
)

AIGS_UNIVERSE = Table(
    name="aigs_universe",
    title="Countries that the AI Global Surveillance Index looked at in 2021, one row per country",
    columns=(_COUNTRY, _flag("in_aigs", "Has a row in the 2022 edition.")),
    key=("country_iso3",),
    licence=_CC_BY,
    licence_url=_CC_BY_URL,
    citation=AIGS.citation,
)

ELIGIBLE = Table(
    name="eligible",
    title="Countries of a base rate, one row per set and candidate",
    columns=(
        Column("set_id", Kind.ID, "The set.", required=True),
        _COUNTRY,
        _flag("is_eligible", "Counts in the base rate."),
        Column("reason", Kind.TEXT, "Why.", required=True),
    ),
    key=("set_id", "country_iso3"),
    licence=_CC_BY,
    licence_url=_CC_BY_URL,
    citation=_OWN,
)

GAPS = Table(
    name="gaps",
    title="Why an indicator has no value, one row per country, indicator and span of years",
    columns=(
        Column("country_iso3", Kind.COUNTRY, "The country.", missing="every country without a row of its own"),
        Column("indicator", Kind.ID, "Column of the panel.", required=True),
        _year("first_year", "First year of the span.", 1972, 2100),
        _year("last_year", "Last year of the span.", 1972, 2100),
        Column("reason", Kind.TEXT, "Why there is no value.", required=True),
    ),
    key=("country_iso3", "indicator", "first_year"),
    licence=_CC_BY,
    licence_url=_CC_BY_URL,
    citation=_OWN,
)

SET_ASIDE = Table(
    name="indicators_set_aside",
    title="Rows of the publishers' copies that are not carried, one row per table, entity and reason",
    columns=(
        Column("table", Kind.ID, "The table they would belong to.", required=True),
        Column("entity", Kind.TEXT, "What the rows describe.", required=True),
        Column("reason", Kind.TEXT, "Why they are not carried.", required=True),
        Column("count", Kind.INTEGER, "Rows.", required=True, minimum=1),
    ),
    key=("table", "entity", "reason"),
    licence=_CC_BY,
    licence_url=_CC_BY_URL,
    citation=_OWN,
)

TABLES = (
    FREEDOM,
    INCOME,
    INCOME_THRESHOLDS,
    REGIONS,
    POPULATION,
    URBAN,
    DEMOCRACY,
    BELT_AND_ROAD,
    AIGS,
    AIGS_UNIVERSE,
    ELIGIBLE,
    GAPS,
    SET_ASIDE,
)
"""Every indicator table; the order is that of the data package."""

VOCABULARIES = {
    "entity_type": frozenset({"country", "territory"}),
    "freedom_status": frozenset({"F", "PF", "NF"}),
    "income_group": frozenset({"L", "LM", "UM", "H"}),
    "population_source": frozenset({"WDI", "UN WUP 2018"}),
}
"""Codes as the publishers write them. The country codes are those of ``citywatch.places``."""
