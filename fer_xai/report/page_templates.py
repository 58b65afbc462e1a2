"""Templates of pages."""

from jinja2 import Environment, PackageLoader, StrictUndefined


def page_templates() -> Environment:
    """The pages' templates: whatever comes from data is escaped, and a fact that is missing is an error."""
    return Environment(
        loader=PackageLoader("fer_xai.report"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
