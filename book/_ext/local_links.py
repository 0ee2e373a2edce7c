"""A Sphinx extension that points links between the book's pages at the pages beside them.

Notebooks name each other by their address on the network, since Colab opens them alone. In the
built book such a link would leave an offline reader nowhere.
"""

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.osutil import relative_uri


def make_relative(app: Sphinx, doctree: nodes.document, page: str) -> None:
    """Replace the address of this book by the way from this page."""
    base = app.config.html_baseurl
    for link in doctree.findall(nodes.reference):
        target = link.get("refuri", "")
        name, _, anchor = target.removeprefix(base).partition("#")
        if target.startswith(base) and name.removesuffix(".html") in app.env.found_docs:
            here = app.builder.get_target_uri(page)
            link["refuri"] = relative_uri(here, name) + (f"#{anchor}" if anchor else "")


def setup(app: Sphinx) -> dict:
    """Called by Sphinx."""
    app.connect("doctree-resolved", make_relative)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
