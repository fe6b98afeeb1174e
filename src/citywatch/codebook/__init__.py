"""The codebook: closed word lists, the inclusion rule, vendors and their groups, as data."""

from citywatch.codebook.inclusion import InclusionRule, admitting_limb, inclusion_rule
from citywatch.codebook.vendors import Vendor, VendorGroup, vendor_group, vendor_groups, vendors
from citywatch.codebook.vocabularies import Word, label, vocabularies, vocabulary, word_sets

__all__ = [
    "InclusionRule",
    "Vendor",
    "VendorGroup",
    "Word",
    "admitting_limb",
    "inclusion_rule",
    "label",
    "vendor_group",
    "vendor_groups",
    "vendors",
    "vocabularies",
    "vocabulary",
    "word_sets",
]
