"""The tables of the registry, each declared once.

The declaration gives the CSV types, the checks, the SQL, the descriptor and the data dictionary.
"""

from __future__ import annotations

from citywatch.tables import Column, Kind, Table

SCHEMA_VERSION = "1"
OURS = "CC-BY-4.0"
OURS_URL = "https://creativecommons.org/licenses/by/4.0/"
CITATION = "Citywatch: registry of Safe City agreements"

ABSENT = "not stated in the pages read"


def _ours(
    name: str,
    title: str,
    key: tuple[str, ...],
    columns: tuple[Column, ...],
    *,
    may_be_empty: bool = False,
    sort: tuple[str, ...] = (),
) -> Table:
    return Table(
        name, title, columns, key, OURS, f"{CITATION}, table {name}", OURS_URL, may_be_empty=may_be_empty, sort=sort
    )


AGREEMENTS = _ours(
    "agreements",
    "One agreement as found in open sources",
    ("agreement_id",),
    (
        Column("agreement_id", Kind.ID, "Permanent identifier.", required=True),
        Column("country_iso3", Kind.COUNTRY, "Country where the system stands or is planned.", required=True),
        Column("place", Kind.LIST, "Places as the sources name them; national for a whole country.", required=True),
        Column(
            "place_ids", Kind.LIST, "The same places in the table places.", required=True, references="places.place_id"
        ),
        Column("scope", Kind.TEXT, "How much of the country it covers.", required=True, vocabulary="scope"),
        Column(
            "vendors",
            Kind.LIST,
            "Vendors named by a source.",
            references="vendors.vendor_id",
            missing="no vendor named",
        ),
        Column("partners", Kind.LIST, "Other firms and bodies named as taking part.", missing=ABSENT),
        Column("buyer", Kind.TEXT, "Buying office or organisation.", missing=ABSENT),
        Column("kind", Kind.TEXT, "Legal form as far as it was seen.", required=True, vocabulary="agreement_kind"),
        Column("announced", Kind.PARTIAL_DATE, "When it was first made public or signed.", missing="undated"),
        Column(
            "status", Kind.TEXT, "Latest reported state; dated in the table events.", required=True, vocabulary="status"
        ),
        Column("products", Kind.LIST, "What is supplied.", required=True, vocabulary="product"),
        Column(
            "value_usd",
            Kind.NUMBER,
            "Amount in US dollars of the time; sometimes a loan or a total, see the note.",
            minimum=0,
            missing=ABSENT,
        ),
        Column("financing", Kind.TEXT, "Who pays and how.", missing=ABSENT),
        Column("cameras", Kind.INTEGER, "Cameras planned or installed.", minimum=0, missing=ABSENT),
        Column("in_brief_window", Kind.FLAG, "A source dated up to September 2019 supports it.", required=True),
        Column(
            "admitted_by",
            Kind.TEXT,
            "Part of the inclusion rule that admits it; derived from the record by rule, not read by a coder.",
            vocabulary="admitted_by",
            missing="neither part of the rule shows in the record",
        ),
        Column(
            "project_id",
            Kind.ID,
            "First record of the same project: signing, delivery and phases share it.",
            required=True,
            references="agreements.agreement_id",
        ),
        Column(
            "project_reason",
            Kind.TEXT,
            "Why it shares the project of an earlier record.",
            missing="it is a project of its own",
        ),
        Column(
            "is_circular", Kind.FLAG, "Rests only on texts that quote the 2019 brief; never counted.", required=True
        ),
        Column("confidence", Kind.TEXT, "How well sourced.", required=True, vocabulary="confidence"),
        Column("note", Kind.TEXT, "In our own words.", missing="no note"),
    ),
)

SOURCES = _ours(
    "sources",
    "One page or document",
    ("source_id",),
    (
        Column("source_id", Kind.ID, "Permanent identifier, made from the address.", required=True),
        Column("url", Kind.URL, "Address as read.", required=True),
        Column("publisher", Kind.TEXT, "Who published it.", missing="publisher not recorded"),
        Column("title", Kind.TEXT, "Title, where it was recorded.", missing="title not recorded"),
        Column("published", Kind.PARTIAL_DATE, "Date of publication.", missing="undated"),
        Column("date_inferred", Kind.FLAG, "The date was inferred, for example from the address."),
        Column("language", Kind.TEXT, "ISO 639-1 code.", missing="language not recorded"),
        Column("kind", Kind.TEXT, "Class of source.", vocabulary="source_kind", missing="class not recorded"),
        Column("archived_url", Kind.URL, "Archived copy.", missing="no archived copy"),
        Column("sha256", Kind.TEXT, "Digest of the captured bytes.", missing="no capture"),
    ),
)

EVIDENCE = _ours(
    "evidence",
    "One source that was recorded as carrying one value of one agreement",
    ("agreement_id", "field", "source_id", "value"),
    (
        Column("agreement_id", Kind.ID, "The agreement.", required=True, references="agreements.agreement_id"),
        Column("field", Kind.TEXT, "Column of agreements.", required=True, vocabulary="agreement_field"),
        Column(
            "value",
            Kind.TEXT,
            "The value that the source was recorded as carrying.",
            missing="the source was recorded as carrying the field; the record holds no value",
        ),
        Column("source_id", Kind.ID, "The source.", required=True, references="sources.source_id"),
        Column(
            "relation", Kind.TEXT, "How the value stands to that of the record.", required=True, vocabulary="relation"
        ),
        Column("is_chosen", Kind.FLAG, "The record rests on it: the same value, or a part of it.", required=True),
        Column(
            "choice_reason",
            Kind.TEXT,
            "Why the other value was chosen, or why this one replaced it.",
            missing="no choice had to be made",
        ),
        Column("locator", Kind.TEXT, "Page or paragraph.", missing="not recorded"),
        Column("said", Kind.TEXT, "What the source says, in our own words.", missing="not recorded"),
        Column("read_as", Kind.TEXT, "How much of the page was read.", required=True, vocabulary="read_as"),
        Column("checked_on", Kind.DATE, "Day it was read again.", missing="not read again"),
        Column("origin", Kind.TEXT, "When the line came into the record.", required=True, vocabulary="evidence_origin"),
    ),
)

EVENTS = _ours(
    "events",
    "One dated or undated step in the life of an agreement",
    ("agreement_id", "kind", "date", "source_id"),
    (
        Column("agreement_id", Kind.ID, "The agreement.", required=True, references="agreements.agreement_id"),
        Column("kind", Kind.TEXT, "What happened.", required=True, vocabulary="event_kind"),
        Column(
            "date",
            Kind.PARTIAL_DATE,
            "When it happened, or the date of the report that shows it.",
            missing="date not recorded",
        ),
        Column(
            "source_id",
            Kind.ID,
            "The source.",
            references="sources.source_id",
            missing="no source recorded for this step",
        ),
        Column("note", Kind.TEXT, "In our own words.", missing="no note"),
    ),
)

SEARCHES = _ours(
    "searches",
    "One search that was run",
    ("search_id",),
    (
        Column("search_id", Kind.ID, "Identifier.", required=True),
        Column("searched_on", Kind.DATE, "Day of the search.", required=True),
        Column("region", Kind.TEXT, "Part of the world it was meant for.", required=True),
        Column("query", Kind.TEXT, "Words as typed.", required=True),
        Column(
            "countries",
            Kind.LIST,
            "ISO codes of the countries that the query names or implies.",
            references="",
            missing="no single country",
        ),
        Column("pages_read", Kind.INTEGER, "Pages read.", required=True, minimum=0),
        Column("pages_agreement", Kind.INTEGER, "Pages that evidenced an agreement.", required=True, minimum=0),
        Column("page_languages", Kind.LIST, "Languages of the pages read, with counts (en:8).", missing="not recorded"),
        Column("language", Kind.TEXT, "Language of the query, ISO 639-1.", missing="not recorded"),
        Column(
            "source_class", Kind.TEXT, "Class of sources it was meant for.", vocabulary="search_class", missing="any"
        ),
        Column("outcome", Kind.TEXT, "What came of it.", required=True, vocabulary="search_outcome"),
        Column("note", Kind.TEXT, "What was looked for, or why the outcome is ambiguous.", missing="no note"),
    ),
)

PLACES = _ours(
    "places",
    "One place named by an agreement",
    ("place_id",),
    (
        Column("place_id", Kind.ID, "Identifier.", required=True),
        Column("country_iso3", Kind.COUNTRY, "Country.", required=True),
        Column("name", Kind.TEXT, "Name.", required=True),
        Column("latitude", Kind.NUMBER, "Degrees north, WGS 84.", minimum=-90, maximum=90, missing="not located"),
        Column("longitude", Kind.NUMBER, "Degrees east, WGS 84.", minimum=-180, maximum=180, missing="not located"),
        Column("precision", Kind.TEXT, "What the point stands for.", required=True, vocabulary="place_precision"),
        Column("geonames_id", Kind.INTEGER, "GeoNames identifier.", minimum=1, missing="not from GeoNames"),
        Column("method", Kind.TEXT, "Where the point comes from.", missing="not located"),
        Column("note", Kind.TEXT, "Doubts.", missing="no note"),
    ),
)

VENDORS = _ours(
    "vendors",
    "One vendor; written from the codebook",
    ("vendor_id",),
    (
        Column("vendor_id", Kind.ID, "Identifier.", required=True),
        Column("name", Kind.TEXT, "Name as the vendor writes it.", required=True),
        Column(
            "vendor_group",
            Kind.TEXT,
            "Group used in charts; computed from the home country.",
            required=True,
            vocabulary="vendor_group",
        ),
        Column("home_iso3", Kind.COUNTRY, "Country of headquarters or ultimate parent.", missing="home not known"),
        Column(
            "home_basis",
            Kind.TEXT,
            "source, or general knowledge where no page was recorded.",
            missing="home not known",
        ),
        Column("home_source", Kind.URL, "Page that shows the home.", missing="no source recorded"),
        Column("owner", Kind.TEXT, "Parent or state owner.", missing="not recorded"),
        Column("kind", Kind.TEXT, "Kind of seller.", vocabulary="vendor_kind", missing="not recorded"),
        Column("aliases", Kind.LIST, "Other names and scripts.", missing="none recorded"),
        Column("note", Kind.TEXT, "In our own words.", missing="no note"),
    ),
)

VERIFICATIONS = _ours(
    "verifications",
    "One value looked up again by a second reader",
    ("agreement_id", "field"),
    (
        Column("agreement_id", Kind.ID, "The agreement.", required=True, references="agreements.agreement_id"),
        Column("field", Kind.TEXT, "Column of agreements, or country.", required=True, vocabulary="agreement_field"),
        Column("value_then", Kind.TEXT, "The value that was looked up.", missing="the record held no value"),
        Column("verdict", Kind.TEXT, "What the second reader found.", required=True, vocabulary="verdict"),
        Column("source_id", Kind.ID, "Page read.", references="sources.source_id", missing="page not recorded"),
        Column("comment", Kind.TEXT, "In our own words.", missing="no comment"),
        Column("is_corrected", Kind.FLAG, "The record was changed afterwards.", required=True),
    ),
)

CLAIMS = _ours(
    "claims",
    "One statement by one speaker about a benefit or a harm of a system",
    ("claim_id",),
    (
        Column("claim_id", Kind.ID, "Permanent identifier.", required=True),
        Column(
            "thread_id", Kind.ID, "Shared by versions of one promise; its own id where it stands alone.", required=True
        ),
        Column("kind", Kind.TEXT, "A benefit or a harm.", required=True, vocabulary="claim_kind"),
        Column("claimant", Kind.TEXT, "Office or organisation that makes the claim; never a person.", required=True),
        Column("claimant_kind", Kind.TEXT, "Class of claimant.", required=True, vocabulary="claimant_kind"),
        Column("system_place", Kind.TEXT, "Place or system it is about.", required=True),
        Column("country_iso3", Kind.COUNTRY, "Country.", missing="not stated by the claimant"),
        Column(
            "vendors",
            Kind.LIST,
            "Vendors of the system: ids of the table vendors, or a name in plain words.",
            missing="none named",
        ),
        Column(
            "agreement_id",
            Kind.ID,
            "Agreement it speaks of.",
            references="agreements.agreement_id",
            missing="no agreement on record matches",
        ),
        Column("metric", Kind.TEXT, "What is said to change, or what harm.", required=True, vocabulary="claim_metric"),
        Column("definition", Kind.TEXT, "What exactly is counted, in our own words.", missing="not stated"),
        Column("direction", Kind.TEXT, "Which way.", vocabulary="direction", missing="no change is claimed"),
        Column("unit", Kind.TEXT, "Unit of the figures.", vocabulary="claim_unit", missing="no figure"),
        Column("value_before", Kind.NUMBER, "Figure before.", missing="not stated"),
        Column("value_after", Kind.NUMBER, "Figure after, or the only figure.", missing="not stated"),
        Column("change_pct", Kind.NUMBER, "Claimed change in percent.", missing="not stated"),
        Column("bound", Kind.TEXT, "How the figure is worded.", vocabulary="bound", missing="wording not recorded"),
        Column("period_before", Kind.TEXT, "Period before: YYYY, YYYY-MM or FROM/TO.", missing="not stated"),
        Column("period_after", Kind.TEXT, "Period after: YYYY, YYYY-MM or FROM/TO.", missing="not stated"),
        Column("area", Kind.TEXT, "Area the figure is about, as the speaker says.", missing="not stated"),
        Column("is_area_stated", Kind.FLAG, "The claim says where.", required=True),
        Column("is_period_stated", Kind.FLAG, "The claim says when.", required=True),
        Column("is_source_stated", Kind.FLAG, "The claim names its data.", required=True),
        Column("denominator", Kind.TEXT, "Of what: population, calls, cameras.", missing="not stated"),
        Column("stated_on", Kind.PARTIAL_DATE, "When it was stated.", missing="not recorded"),
        Column("source_id", Kind.ID, "Where it was read.", required=True, references="sources.source_id"),
        Column("locator", Kind.TEXT, "Page or paragraph.", missing="not recorded"),
        Column("said", Kind.TEXT, "What the source says, in our own words.", missing="not recorded"),
        Column("read_as", Kind.TEXT, "How much of the page was read.", vocabulary="read_as", missing="not recorded"),
        Column("checked_on", Kind.DATE, "Day it was read.", missing="not recorded"),
        Column("note", Kind.TEXT, "In our own words.", missing="no note"),
    ),
)

SERIES = _ours(
    "series",
    "One official or press-reported series of figures",
    ("series_id",),
    (
        Column("series_id", Kind.ID, "Permanent identifier.", required=True),
        Column("country_iso3", Kind.COUNTRY, "Country.", required=True),
        Column("place", Kind.TEXT, "Place.", required=True),
        Column("place_level", Kind.TEXT, "Level of the place.", required=True, vocabulary="place_level"),
        Column("metric", Kind.TEXT, "What is counted.", required=True),
        Column("definition", Kind.TEXT, "What exactly is counted, in our own words.", missing="not stated"),
        Column("unit", Kind.TEXT, "Unit.", required=True, vocabulary="series_unit"),
        Column(
            "measure",
            Kind.TEXT,
            "Whether the figures are levels, changes on the year before, directions or shares.",
            vocabulary="series_measure",
            missing="levels; a metric in percent of cases is a change",
        ),
        Column("recording", Kind.TEXT, "How the figures came about.", vocabulary="recording", missing="not recorded"),
        Column(
            "months",
            Kind.TEXT,
            "Months of the year: 12 for all, 1-5 for January to May, 10 for October alone, part where not stated.",
            missing="a year, without more",
        ),
        Column("publisher", Kind.TEXT, "Who produced the figures.", missing="not recorded"),
        Column("note", Kind.TEXT, "In our own words.", missing="no note"),
    ),
)

OBSERVATIONS = _ours(
    "observations",
    "One figure of a series",
    ("series_id", "year"),
    (
        Column("series_id", Kind.ID, "The series.", required=True, references="series.series_id"),
        Column("year", Kind.INTEGER, "Calendar year.", required=True, minimum=1900, maximum=2100),
        Column("value", Kind.NUMBER, "Figure in the unit of the series.", missing="bounds or a direction only"),
        Column("low", Kind.NUMBER, "Lower bound as printed.", missing="no bound printed"),
        Column("high", Kind.NUMBER, "Upper bound as printed.", missing="no bound printed"),
        Column(
            "direction",
            Kind.TEXT,
            "Against the year before, where the source gives no figure.",
            vocabulary="observed_direction",
            missing="a figure is given",
        ),
        Column("source_id", Kind.ID, "Where it was read.", required=True, references="sources.source_id"),
        Column("locator", Kind.TEXT, "Page or paragraph.", missing="not recorded"),
        Column("note", Kind.TEXT, "In our own words.", missing="no note"),
        Column("read_as", Kind.TEXT, "How much of the page was read.", vocabulary="read_as", missing="not recorded"),
        Column("checked_on", Kind.DATE, "Day it was read.", missing="not recorded"),
    ),
)

OVERRULES = _ours(
    "overrules",
    "One answer or verdict about a claim that a person replaced on the record",
    ("claim_id", "what", "on"),
    (
        Column("claim_id", Kind.ID, "The claim.", required=True, references="claims.claim_id"),
        Column("what", Kind.TEXT, "What is replaced.", required=True, vocabulary="overruled"),
        Column("old", Kind.TEXT, "The word that the rules gave.", required=True),
        Column("new", Kind.TEXT, "The word that takes its place.", required=True),
        Column("reason", Kind.TEXT, "Why, in our own words.", required=True),
        Column("by", Kind.ID, "Pseudonym of the person.", required=True),
        Column("on", Kind.DATE, "Day of the decision.", required=True),
    ),
    may_be_empty=True,
)

EVALUATIONS = _ours(
    "evaluations",
    "One effect reported by a study or meta-analysis of camera or sensor systems",
    ("effect_id",),
    (
        Column("effect_id", Kind.ID, "Permanent identifier.", required=True),
        Column("study", Kind.TEXT, "Short reference: authors as printed and year.", required=True),
        Column("year", Kind.INTEGER, "Year of publication.", minimum=1900, maximum=2100, missing="not recorded"),
        Column("place", Kind.TEXT, "Where.", missing="not recorded"),
        Column("country_iso3", Kind.COUNTRY, "Country.", missing="several countries"),
        Column("setting", Kind.TEXT, "Kind of place.", missing="not recorded"),
        Column("design", Kind.TEXT, "Design.", required=True, vocabulary="design"),
        Column("outcome", Kind.TEXT, "What was measured.", required=True),
        Column("effect_measure", Kind.TEXT, "Scale of the effect.", required=True, vocabulary="effect_measure"),
        Column("effect", Kind.NUMBER, "Effect on that scale.", missing="no figure seen; not a zero"),
        Column(
            "effect_low", Kind.NUMBER, "Lower bound; for a range of effects no confidence bound.", missing="not seen"
        ),
        Column(
            "effect_high", Kind.NUMBER, "Upper bound; for a range of effects no confidence bound.", missing="not seen"
        ),
        Column("studies", Kind.INTEGER, "Studies summarised.", minimum=0, missing="not recorded"),
        Column(
            "study_id",
            Kind.ID,
            "Cluster of effects that rest on the same places and data; clusters are independent of each other.",
            required=True,
        ),
        Column(
            "level",
            Kind.TEXT,
            "Whether the effect is one at camera sites, of an area or of a whole city.",
            vocabulary="effect_level",
            missing="not recorded, or a summary over levels",
        ),
        Column(
            "outcome_class",
            Kind.TEXT,
            "Class of the outcome; effects are pooled within a class.",
            vocabulary="outcome_class",
            missing="none of the classes",
        ),
        Column(
            "log_rate_ratio",
            Kind.NUMBER,
            "Natural logarithm of the rate with the system over the rate without; negative is a fall, for clearance a loss.",
            missing="not derivable from what was seen; not a zero",
        ),
        Column("standard_error", Kind.NUMBER, "Its standard error.", minimum=0, missing="not derivable"),
        Column(
            "error_basis",
            Kind.TEXT,
            "What the standard error rests on.",
            vocabulary="error_basis",
            missing="no standard error",
        ),
        Column("derivation", Kind.TEXT, "How both were computed from the printed figures.", missing="nothing derived"),
        Column(
            "covered_share",
            Kind.NUMBER,
            "Share of the city's incidents of this kind that happened where the system works, 0..1.",
            minimum=0,
            maximum=1,
            missing="not known: an effect at camera sites cannot be carried over to the city",
        ),
        Column(
            "is_primary",
            Kind.FLAG,
            "Whether the figures were seen in the study itself: its table, abstract or report.",
            missing="not checked",
        ),
        Column("source_id", Kind.ID, "Where it was read.", required=True, references="sources.source_id"),
        Column("locator", Kind.TEXT, "Table, page or part of the abstract.", missing="not recorded"),
        Column("read_as", Kind.TEXT, "How much of the page was read.", vocabulary="read_as", missing="not recorded"),
        Column("checked_on", Kind.DATE, "Day it was read.", missing="not read again"),
        Column("note", Kind.TEXT, "In our own words; says what must be confirmed.", missing="no note"),
    ),
)

JUDGEMENTS = _ours(
    "judgements",
    "One answer of one coder about one field of one agreement; the lines form a chain of digests",
    ("sequence",),
    (
        Column("sequence", Kind.INTEGER, "Number of the line, from 1.", required=True, minimum=1),
        Column("sheet_id", Kind.ID, "Sheet it was made on; names sample and coder.", required=True),
        Column("agreement_id", Kind.ID, "The agreement.", required=True, references="agreements.agreement_id"),
        Column("field", Kind.TEXT, "Column of agreements.", required=True, vocabulary="agreement_field"),
        Column("value", Kind.TEXT, "The answer in the form of the registry.", missing="not stated, or unsure"),
        Column("answer", Kind.TEXT, "Kind of answer.", required=True, vocabulary="answer"),
        Column("coder", Kind.ID, "Permanent pseudonym.", required=True),
        Column("coder_kind", Kind.TEXT, "Who codes under the pseudonym.", required=True, vocabulary="coder_kind"),
        Column("role", Kind.TEXT, "Coder or adjudicator.", required=True, vocabulary="coder_role"),
        Column("rule_version", Kind.TEXT, "Version of the inclusion rule.", required=True),
        Column("codebook", Kind.TEXT, "First twelve hex digits of the codebook's digest.", required=True),
        Column("judged_on", Kind.DATE, "Day.", required=True),
        Column("note", Kind.TEXT, "In the coder's words.", missing="no note"),
        Column("previous_digest", Kind.TEXT, "Digest of the line before; zeros for the first.", required=True),
        Column("digest", Kind.TEXT, "SHA-256 over the previous digest and the cells of this line.", required=True),
    ),
    may_be_empty=True,
)

SAMPLE_RECORDS = _ours(
    "sample_records",
    "What the record held when the first sheet of a sample came in; later corrections do not change it",
    ("sample_id", "agreement_id", "field"),
    (
        Column("sample_id", Kind.ID, "The sample.", required=True),
        Column("agreement_id", Kind.ID, "The agreement.", required=True, references="agreements.agreement_id"),
        Column("field", Kind.TEXT, "Column of agreements.", required=True, vocabulary="agreement_field"),
        Column("value", Kind.TEXT, "The value, in the form of the registry.", missing="the record held none"),
    ),
    may_be_empty=True,
)

RELIABILITY = _ours(
    "reliability",
    "Agreement of the coders on one field of one sample; computed from judgements and sample_records",
    ("sample_id", "field"),
    (
        Column("sample_id", Kind.ID, "The sample.", required=True),
        Column("field", Kind.TEXT, "The field.", required=True),
        Column("level", Kind.TEXT, "nominal, ordinal or set; all for the fields together.", required=True),
        Column("units", Kind.INTEGER, "Agreements that at least two coders answered.", required=True, minimum=0),
        Column("coders", Kind.INTEGER, "Coders.", required=True, minimum=0),
        Column(
            "not_comparable",
            Kind.INTEGER,
            "Agreements that fewer than two coders could answer: not stated or unsure.",
            required=True,
            minimum=0,
        ),
        Column(
            "agreement_pct",
            Kind.NUMBER,
            "Percent of equal pairs of answers.",
            minimum=0,
            maximum=100,
            missing="no unit has two answers",
        ),
        Column("agreement_low", Kind.NUMBER, "Lower end, 95 %, bootstrap over agreements.", missing="undefined"),
        Column("agreement_high", Kind.NUMBER, "Upper end.", missing="undefined"),
        Column(
            "alpha", Kind.NUMBER, "Krippendorff's alpha with the distance of the level.", missing="undefined, see note"
        ),
        Column("alpha_low", Kind.NUMBER, "Lower end.", missing="undefined"),
        Column("alpha_high", Kind.NUMBER, "Upper end.", missing="undefined"),
        Column("ac1", Kind.NUMBER, "Gwet's AC1 on equal answers.", missing="undefined"),
        Column("ac1_low", Kind.NUMBER, "Lower end.", missing="undefined"),
        Column("ac1_high", Kind.NUMBER, "Upper end.", missing="undefined"),
        Column(
            "checked",
            Kind.INTEGER,
            "Values of the record on which all coders agree on a value.",
            required=True,
            minimum=0,
        ),
        Column(
            "differ",
            Kind.INTEGER,
            "Of these, how many differ in any way, more precise ones too.",
            required=True,
            minimum=0,
        ),
        Column(
            "contradicted",
            Kind.INTEGER,
            "Of these, how many cannot both be right: no part of it, no coarser date.",
            required=True,
            minimum=0,
        ),
        Column("contradicted_pct", Kind.NUMBER, "Share contradicted, percent.", missing="nothing checked"),
        Column("contradicted_low", Kind.NUMBER, "Lower end, Wilson, 95 %.", missing="nothing checked"),
        Column("contradicted_high", Kind.NUMBER, "Upper end.", missing="nothing checked"),
        Column("coder_kinds", Kind.LIST, "Kinds of the coders.", required=True, vocabulary="coder_kind"),
        Column("note", Kind.TEXT, "What to beware of.", missing="nothing to beware of"),
    ),
    may_be_empty=True,
)

INSTITUTIONS = _ours(
    "institutions",
    "One fact about the law, the bodies and the procedure around surveillance systems in a country",
    ("country_iso3", "topic", "name", "source_id", "agreement_id"),
    (
        Column("country_iso3", Kind.COUNTRY, "Country.", required=True),
        Column("topic", Kind.TEXT, "What it is about.", required=True, vocabulary="institution_topic"),
        Column("name", Kind.TEXT, "Name of the law, body, route or act.", required=True),
        Column(
            "year",
            Kind.INTEGER,
            "Year of adoption, founding or act.",
            minimum=1900,
            maximum=2100,
            missing="not shown by the source",
        ),
        Column(
            "agreement_id",
            Kind.ID,
            "The system it is about.",
            references="agreements.agreement_id",
            missing="about the country",
        ),
        Column("said", Kind.TEXT, "What the source says, in our own words.", required=True),
        Column("source_id", Kind.ID, "The source.", required=True, references="sources.source_id"),
        Column("read_as", Kind.TEXT, "How much of the page was read.", required=True, vocabulary="read_as"),
        Column("checked_on", Kind.DATE, "Day it was read.", required=True),
    ),
    may_be_empty=True,
)

INSTITUTION_GAPS = _ours(
    "institution_gaps",
    "One topic of a country on which nothing is on record; not found is told apart from not looked for",
    ("country_iso3", "topic"),
    (
        Column("country_iso3", Kind.COUNTRY, "Country.", required=True),
        Column("topic", Kind.TEXT, "Topic.", required=True, vocabulary="institution_topic"),
        Column("outcome", Kind.TEXT, "not_found or not_searched.", required=True, vocabulary="gap_outcome"),
    ),
    may_be_empty=True,
)

CODED_PAGES = _ours(
    "coded_pages",
    "One page that was read and coded outside the agreements, deals inside China among them; never counted in shares",
    ("source_id",),
    (
        Column("source_id", Kind.ID, "The page.", required=True, references="sources.source_id"),
        Column("label", Kind.TEXT, "What the page is.", required=True, vocabulary="page_label"),
        Column("country_iso3", Kind.COUNTRY, "Country it is about.", missing="no single country"),
        Column("place", Kind.TEXT, "Place it is about.", missing="not named"),
        Column("vendors", Kind.TEXT, "Vendors it names, as written by the reader.", missing="none named"),
        Column("products", Kind.LIST, "Products it names.", vocabulary="product", missing="none named"),
        Column("is_in_china", Kind.FLAG, "About a deal inside China.", required=True),
        Column("said", Kind.TEXT, "What it says, in our own words.", missing="not recorded"),
        Column("query", Kind.TEXT, "Search that found it.", missing="not recorded"),
        Column("checked_on", Kind.DATE, "Day it was read.", required=True),
    ),
    may_be_empty=True,
)

CORRECTIONS = _ours(
    "corrections",
    "One value of a record that was replaced",
    ("agreement_id", "field", "old", "new"),
    (
        Column("agreement_id", Kind.ID, "The agreement.", required=True, references="agreements.agreement_id"),
        Column("field", Kind.TEXT, "Column of agreements.", required=True, vocabulary="agreement_field"),
        Column("old", Kind.TEXT, "The value before.", missing="the record held no value"),
        Column("new", Kind.TEXT, "The value after.", missing="the value was withdrawn"),
        Column("source_id", Kind.ID, "The source of the change.", required=True, references="sources.source_id"),
        Column("reason", Kind.TEXT, "Why, in our own words.", required=True),
        Column("corrected_on", Kind.DATE, "Day of the change.", missing="before the first release"),
    ),
    may_be_empty=True,
)

TOMBSTONES = _ours(
    "tombstones",
    "One identifier that is no longer in use",
    ("old_id",),
    (
        Column("old_id", Kind.ID, "The withdrawn or merged identifier.", required=True),
        Column("successor_id", Kind.ID, "What took its place.", missing="withdrawn without successor"),
        Column("reason", Kind.TEXT, "Why.", required=True),
        Column("ended_on", Kind.DATE, "When.", required=True),
    ),
    may_be_empty=True,
)

SET_ASIDE = _ours(
    "set_aside",
    "One thing that was not brought into a table, with the reason",
    ("table", "item", "reason"),
    (
        Column("table", Kind.TEXT, "Table it was meant for.", required=True),
        Column("item", Kind.TEXT, "What it is.", required=True),
        Column("reason", Kind.TEXT, "Why it was set aside.", required=True),
        Column("count", Kind.INTEGER, "How many.", required=True, minimum=1),
    ),
    may_be_empty=True,
)

TABLES: tuple[Table, ...] = (
    AGREEMENTS,
    SOURCES,
    EVIDENCE,
    EVENTS,
    SEARCHES,
    PLACES,
    VENDORS,
    VERIFICATIONS,
    CORRECTIONS,
    CLAIMS,
    SERIES,
    OBSERVATIONS,
    OVERRULES,
    EVALUATIONS,
    JUDGEMENTS,
    SAMPLE_RECORDS,
    RELIABILITY,
    INSTITUTIONS,
    INSTITUTION_GAPS,
    CODED_PAGES,
    TOMBSTONES,
    SET_ASIDE,
)
