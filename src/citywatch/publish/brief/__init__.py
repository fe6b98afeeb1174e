"""The brief: a few pages set by typst from a release."""

from citywatch.publish.brief.setting import Content, brief_content, brief_numbers, build_brief, typeset

__all__ = ["Content", "brief_content", "brief_numbers", "build_brief", "typeset"]
