"""Publishing: the site and the brief, from a release and nothing earlier."""

from citywatch.errors import MissingExtraError
from citywatch.publish.brief import brief_numbers, build_brief

try:
    from citywatch.publish.site import PAGES, SiteReport, build_site
except ModuleNotFoundError as error:
    if (error.name or "").partition(".")[0] in {"jinja2", "markupsafe", "markdown_it", "mdit_py_plugins"}:
        raise MissingExtraError("publish", "building the site") from error
    raise

__all__ = ["PAGES", "SiteReport", "brief_numbers", "build_brief", "build_site"]
