"""The codebook: closed word lists, the inclusion rule, vendors and their groups, as data."""

from citywatch.codebook.company_words import company_words
from citywatch.codebook.edition import edition
from citywatch.codebook.folding import HAN, Folded, fold, fold_text
from citywatch.codebook.inclusion import (
    VERDICTS,
    InclusionRule,
    VerdictRow,
    admitting_limb,
    inclusion_rule,
    limb_word,
    read_rule,
)
from citywatch.codebook.lexicon import Lexicon, Term, lexicon, make_term
from citywatch.codebook.quantities import Money, money
from citywatch.codebook.vendors import Vendor, VendorGroup, vendor_group, vendor_groups, vendors
from citywatch.codebook.vocabularies import Word, label, vocabularies, vocabulary, word_sets

__all__ = [
    "HAN",
    "VERDICTS",
    "Folded",
    "InclusionRule",
    "Lexicon",
    "Money",
    "Term",
    "Vendor",
    "VendorGroup",
    "VerdictRow",
    "Word",
    "admitting_limb",
    "company_words",
    "edition",
    "fold",
    "fold_text",
    "inclusion_rule",
    "label",
    "lexicon",
    "limb_word",
    "make_term",
    "money",
    "read_rule",
    "vendor_group",
    "vendor_groups",
    "vendors",
    "vocabularies",
    "vocabulary",
    "word_sets",
]
