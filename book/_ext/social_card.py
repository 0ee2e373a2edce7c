"""A Sphinx extension that says what a page is when somebody shares its address.

Title, address, one picture for the whole book, and as description the paragraph that a page opens
with: in a chapter its question, else its first paragraph that is more than a link.
"""

from html import escape
from urllib.parse import urljoin

from docutils import nodes
from sphinx.application import Sphinx

IMAGE = "_static/card.png"
WORDS = "Graph Pooling, an executable book: a graph of twelve nodes becomes one of three"
LONGEST = 200  # letters of a description


def description(doctree: nodes.document) -> str:
    """The first paragraph of running text, cut between two words."""
    texts = [" ".join(p.astext().split()) for p in doctree.findall(nodes.paragraph)
             if not isinstance(p.next_node(), nodes.reference)]
    text = next((text for text in texts if text), "")
    return text if len(text) <= LONGEST else text[:LONGEST].rpartition(" ")[0] + " …"


def add_tags(app: Sphinx, page: str, template: str, context: dict, doctree: object) -> None:
    """Tags of the Open Graph protocol, which Mastodon, Slack, X and others read."""
    if doctree is None:
        return
    base = app.config.html_baseurl
    said = {"og:type": "article", "og:site_name": app.config.html_title,
            "og:title": app.env.titles[page].astext(),
            "og:url": urljoin(base, app.builder.get_target_uri(page)),
            "og:description": description(doctree), "og:image": urljoin(base, IMAGE),
            "og:image:alt": WORDS, "og:image:width": "1200", "og:image:height": "630"}
    named = {"description": said["og:description"], "twitter:card": "summary_large_image"}
    context["metatags"] += "".join(
        f'<meta {kind}="{name}" content="{escape(text)}" />\n'
        for kind, tags in (("property", said), ("name", named)) for name, text in tags.items())


def setup(app: Sphinx) -> dict:
    """Called by Sphinx."""
    app.connect("html-page-context", add_tags)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
