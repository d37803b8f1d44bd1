"""The page's markup: Jinja2 templates, each beside the module that fills it in. What is filled in is escaped.

Not Gradio's own templates: gr.HTML fills in Handlebars first and then evaluates the result as a JavaScript
template literal, so that a value with `${...}` in it would be run.
"""

from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

_ENVIRONMENT = Environment(
    loader=FileSystemLoader(Path(__file__).parent),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def render(template: str, **values: Any) -> str:
    """Fill in a template, named by its path below this folder, such as "training/form.html"."""
    return _ENVIRONMENT.get_template(template).render(values)
