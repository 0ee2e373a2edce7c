"""The page for who has no time: short, and of one mind with the guide of chapter 3.5."""

import ast
import builtins
import re

from notebooks import code_cells, printed, read

LEAF = re.compile(r"^ *(\S[^\n]*):\n *→ (.+?)\s\(\d\.\d, ", re.MULTILINE | re.DOTALL)


def leaves(name: str) -> dict[str, str]:
    """Answer to operators, as the guide of a notebook was printed."""
    [cell] = [c for c in code_cells(read(name)) if "tell(guide)" in c.source]
    found = {answer: " ".join(words.split()) for answer, words in LEAF.findall(printed(cell))}
    return {answer: words.removeprefix("none; then ") for answer, words in found.items()}


def test_the_page_is_short():
    """At most 1,000 words, addresses of links left out."""
    cells = [c.source for c in read("ten-minutes").cells if c.cell_type == "markdown"]
    assert len(re.sub(r"\(https?://[^)]*\)", "", "\n".join(cells)).split()) <= 1000


def test_the_short_guide_says_what_the_long_one_says():
    short, long = leaves("ten-minutes"), leaves("part3/which-pooler")
    assert len(short) >= 4
    differ = {a: (w, long.get(a)) for a, w in short.items() if w != long.get(a)}
    assert not differ, f"{differ}: re-run the older of the two pages"


def test_what_is_pasted_needs_no_hidden_cell():
    """Three open cells at the top and those from *Paste this* to the end of *One word*."""
    cells = read("ten-minutes").cells
    first, after = (next(i for i, c in enumerate(cells)
                         if re.search(f"^## {title}$", c.source, re.MULTILINE))
                    for title in ("Paste this", "If it does not work"))
    code = [(i, c.source) for i, c in enumerate(cells) if c.cell_type == "code"]
    top = [text for i, text in code if i < first and not text.startswith("#@title")][:3]
    pasted = top + [text for i, text in code if first < i < after]
    made = {name for source in pasted for name in bound(ast.parse(source))}
    read_ = {n.id for source in pasted for n in ast.walk(ast.parse(source))
             if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}
    assert len(read_) > 10 and not read_ - made - set(dir(builtins))


def bound(tree: ast.Module) -> set[str]:
    """The names that a cell gives a value."""
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
        elif isinstance(node, ast.alias):
            names.add((node.asname or node.name).partition(".")[0])
        elif isinstance(node, ast.FunctionDef):
            names |= {node.name, *(a.arg for a in node.args.args)}
    return names
