"""A Sphinx extension that leaves Thebe's scripts out of the pages.

Jupyter Book always adds them. They name an address on the network, and added twice, as they are,
they raise an error in the browser's console. The book's pages run in Colab, not in place.
"""

from sphinx.application import Sphinx


def drop_scripts(app: Sphinx, page: str, template: str, context: dict, doctree: object) -> None:
    """Keep the scripts whose name and text do not speak of Thebe."""
    context["script_files"] = [
        script for script in context.get("script_files", [])
        if "thebe" not in f"{script.filename} {script.attributes.get('body', '')}".lower()]


def setup(app: Sphinx) -> dict:
    """Called by Sphinx; late, so that every script is known."""
    app.connect("html-page-context", drop_scripts, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
