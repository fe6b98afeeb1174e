"""The catalogue: every question that is asked of every scenario, in the order of display."""

from __future__ import annotations

from citywatch.findings.by_freedom import FREEDOM
from citywatch.findings.by_income import INCOME
from citywatch.findings.by_kind import KIND
from citywatch.findings.by_limb import LIMB
from citywatch.findings.by_product import PRODUCT
from citywatch.findings.by_region import REGION
from citywatch.findings.by_vendor import VENDOR
from citywatch.findings.by_vendor_group import VENDOR_GROUP
from citywatch.findings.by_year import YEAR

FINDINGS = (FREEDOM, REGION, INCOME, VENDOR_GROUP, VENDOR, KIND, PRODUCT, YEAR, LIMB)
