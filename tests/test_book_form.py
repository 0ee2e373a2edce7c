"""Every committed notebook is executed, readable by itself in Colab, and clean."""

import ast
import re
from copy import deepcopy

import notebooks
import pytest
import yaml
from bs4 import BeautifulSoup
from IPython.core.inputtransformer2 import TransformerManager
from pybtex.database import parse_file

MACHINE_PATH = re.compile(r"(?<![\w.-])(?:/(?:home|root|tmp|work|Users)/|[A-Z]:\\+Users)")
CONFIG = yaml.safe_load((notebooks.ROOT / "_config.yml").read_text())
REPOSITORY = CONFIG["repository"]["url"]
CHAPTERS = [name for name in notebooks.names() if name.startswith("part")]
TEACHING = [name for name in notebooks.names() if name != "playground"]
KINDS = {"Recall", "By hand", "Code", "Explore"}
HIDDEN = {"hide-input", "hide-cell"}
PICTURES = {"image/png", "image/jpeg", "image/svg+xml"}


@pytest.fixture(params=notebooks.names())
def name(request):
    return request.param


@pytest.fixture
def notebook(name):
    return notebooks.read(name)


def syntax(source: str) -> ast.Module:
    """The syntax tree of a cell, IPython's magics included."""
    return ast.parse(TransformerManager().transform_cell(source))


def tagged(notebook, tag: str) -> list:
    return [c for c in notebooks.code_cells(notebook) if tag in notebooks.tags(c)]


def markdown(notebook) -> str:
    """The text of the page."""
    return "\n\n".join(c.source for c in notebook.cells if c.cell_type == "markdown")


def texts(cell) -> list[str]:
    """Everything in the outputs of a cell that is text, pictures in base64 left out."""
    data = [(kind, text) for o in cell.outputs for kind, text in o.get("data", {}).items()]
    shown = [str(text) for kind, text in data if kind not in {"image/png", "image/jpeg"}]
    return shown + [o.text for o in cell.outputs if o.output_type == "stream"]


def test_executed_in_order(notebook):
    counts = [c.execution_count for c in notebooks.code_cells(notebook)]
    assert counts == list(range(1, len(counts) + 1)), "run `make execute ONLY=...`"


def test_no_errors_no_warnings_no_paths(notebook):
    for cell in notebooks.code_cells(notebook):
        kinds = [o.get("name", o.output_type) for o in cell.outputs]
        assert "error" not in kinds and "stderr" not in kinds, cell.source
        assert not any(notebooks.WIDGET in o.get("data", {}) for o in cell.outputs), cell.source
        leaks = [t for t in [cell.source, *texts(cell)] if MACHINE_PATH.search(t)]
        assert not leaks, leaks


def test_one_cell_of_parameters_each_used(notebook):
    [cell] = tagged(notebook, "parameters")
    names = set()
    for node in syntax(cell.source).body:
        assert isinstance(node, ast.Assign | ast.AnnAssign), ast.unparse(node)
        ast.literal_eval(node.value)  # a plain value, nothing computed
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        names |= {target.id for target in targets}
    position = notebook.cells.index(cell)
    later = [n for c in notebook.cells[position + 1:] if c.cell_type == "code"
             for n in ast.walk(syntax(c.source))]
    read = {n.id for n in later if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}
    assert names and names <= read, f"never used: {names - read}"


def test_cells_are_short(notebook):
    long = [c.source for c in notebooks.code_cells(notebook)
            if len(c.source.splitlines()) > 12 and not HIDDEN & set(notebooks.tags(c))]
    assert not long, long


def test_hidden_cells_are_hidden_in_colab_too(notebook):
    for cell in notebooks.code_cells(notebook):
        titled = cell.source.startswith("#@title ")
        assert titled == bool(HIDDEN & set(notebooks.tags(cell))), cell.source


def test_pictures_have_alt_text(notebook):
    for cell in notebooks.code_cells(notebook):
        data = [o.get("data", {}) for o in cell.outputs]
        if any(PICTURES & set(d) for d in data):
            alt = cell.metadata.get("mystnb", {}).get("image", {}).get("alt", "")
            assert len(alt.split()) >= 3, f"no metadata mystnb.image.alt:\n{cell.source}"
        for html in (d["text/html"] for d in data if "text/html" in d):
            soup = BeautifulSoup(html, "html.parser")
            assert all(i.get("alt") for i in soup("img")), cell.source
            assert all(s.get("aria-label") or s.find("title") or s.get("aria-hidden")
                       for s in soup("svg")), cell.source


def test_markdown_reads_in_colab(notebook):
    text = markdown(notebook)
    for what, pattern in {
        "a MyST role": r"(?<!`)\{[\w:-]+\}`[^`\s]", "a MyST directive": r"^\s*(?:`{3,}|:{3,})\s*\{",
        "a TeX macro": r"\\(?:newcommand|renewcommand|def|DeclareMathOperator)\b",
        "a link that is not an address": r"(?<!!)\[[^\]]*\]\((?!https?://|mailto:)",
        "a picture that Colab or an offline page lacks": r"!\[[^\]]*\]\((?!attachment:)|<img\b",
    }.items():
        assert not re.search(pattern, text, re.MULTILINE), f"{what}: {pattern}"


def test_colab_is_named_once(name, notebook):
    """Link, set-up cell and the page's button (test_site.py) lead to the configured repository.

    A text link: an offline page must not load the picture of a badge.
    """
    first = notebook.cells[0].source
    assert notebook.cells[0].cell_type == "markdown" and first.startswith("# ")
    place = REPOSITORY.removeprefix("https://").replace("github.com", "github")
    assert (f"[Open this page in Colab](https://colab.research.google.com/{place}/blob/"
            f"{CONFIG['repository']['branch']}/book/{name}.ipynb)") in first
    [set_up] = [c for c in notebooks.code_cells(notebook) if "google.colab" in c.source]
    assert re.search(rf"gnnpool(\[[\w,]+\])? @ git\+{re.escape(REPOSITORY)}\"", set_up.source)
    assert CONFIG["launch_buttons"]["colab_url"] == "https://colab.research.google.com"


@pytest.mark.parametrize("name", TEACHING)
def test_says_what_is_needed_before(notebook):
    assert re.search(r"^\*\*Before this page:\*\* \S", notebook.cells[0].source, re.M)


@pytest.mark.parametrize("name", TEACHING)
def test_ends_in_three_lines(notebook):
    [summary] = re.findall(r"^## In three lines\n(.*?)(?=^#|\Z)", markdown(notebook), re.M | re.S)
    assert len(re.findall(r"^- ", summary, re.M)) == 3


@pytest.mark.parametrize("name", CHAPTERS)
def test_exercises_of_four_kinds(name, notebook):
    found = re.findall(r"^\*\*(\d+)\. ([\w ]+)\.\*\*", markdown(notebook), re.M)
    assert [int(number) for number, _ in found] == list(range(1, len(found) + 1))
    assert len(found) == len(tagged(notebook, "exercise")), "a skeleton for each"
    assert {kind for _, kind in found} == KINDS


def test_says_how_it_was_run(notebook):
    """`make execute` writes it; the book shows it below the title and on the status page."""
    made = notebook.metadata.run
    assert made.seconds > 0 and re.fullmatch(r"\d{4}-\d\d-\d\d", made.date)
    assert {"python", "torch", "torch_geometric"} == set(made.versions) and made.hardware


def test_colab_keeps_its_torch(notebook):
    for cell in notebooks.code_cells(notebook):
        if installs := re.findall(r"pip install.*", cell.source):
            assert "google.colab" in cell.source, "installs only in Colab"
            assert not re.search(r"(?<![\w-])torch(?![\w-])|--upgrade|\s-U\b", " ".join(installs))


def test_works_linked_are_in_the_references(notebook):
    entries = parse_file(notebooks.BOOK / "references.bib").entries.values()
    known = {e.fields["doi"].lower() for e in entries if "doi" in e.fields}
    known |= {f"10.48550/arxiv.{e.fields['eprint']}" for e in entries if "eprint" in e.fields}
    text = "\n".join(c.source for c in notebook.cells)
    linked = {d.lower().rstrip(".,;") for d in re.findall(r"doi\.org/([^\s)>\"'\]]+)", text)}
    linked |= {f"10.48550/arxiv.{i}"
               for i in re.findall(r"arxiv\.org/(?:abs|pdf)/(\d+\.\d+)", text)}
    assert linked <= known, f"not in references.bib: {sorted(linked - known)}"


def test_exercises_stand_in_order(notebook):
    kinds = {"exercise", "check", "solution"}
    order = [t for c in notebooks.code_cells(notebook) for t in notebooks.tags(c) if t in kinds]
    assert order and order == ["exercise", "check", "solution"] * (len(order) // 3)
    assert all(HIDDEN & set(notebooks.tags(c)) for c in tagged(notebook, "solution"))
    for cell in tagged(notebook, "check"):
        assert "✗ not yet: " in notebooks.printed(cell), "committed with the skeleton unsolved"


def test_make_execute_would_write_the_same_form(notebook):
    again = deepcopy(notebook)
    notebooks.tidy(again)
    assert again == notebook, "metadata or widgets that `make execute` would drop"


def test_file_is_plain(name, notebook):
    assert notebook.metadata.kernelspec.name == "python3"
    assert notebooks.path(name).stat().st_size < 4_000_000, "too heavy a page"
    extra = set(notebook.metadata) - {"kernelspec", "language_info", "run"}
    assert not extra, f"metadata of another tool: {extra}"
    assert not tagged(notebook, "injected-parameters"), "papermill's output, not the notebook"
    assert not notebooks.path(name).with_suffix(".md").exists(), "one page under two names"


def test_tags_are_known(notebook):
    known = {"parameters", "hide-output", "nbval-ignore-output", "full-width",
             "exercise", "check", "solution"} | HIDDEN
    used = {t for c in notebook.cells for t in notebooks.tags(c)}
    assert used <= known, f"a typing error? {used - known}"
