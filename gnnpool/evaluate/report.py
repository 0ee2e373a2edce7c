"""The scorecard as one HTML page that holds all it needs."""

import io
from collections import Counter
from collections.abc import Iterator
from html import escape

import matplotlib.pyplot as plt
from matplotlib.figure import Figure

from gnnpool.draw import COLOURS, GREY, dots, explorer
from gnnpool.evaluate.comparison import BASELINES
from gnnpool.evaluate.summary import Column, Scorecard
from gnnpool.evaluate.tables import some_of

_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Scorecard of poolers</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><style>
body {{ font: 1rem/1.5 system-ui, sans-serif; color: #222; background: #fff; margin: 2rem auto;
  max-width: 70rem; padding: 0 1rem; }}
.wide {{ overflow-x: auto; }}
table {{ border-collapse: collapse; font-size: .9rem; }}
th, td {{ padding: .3rem .6rem; border-bottom: 1px solid #ddd; text-align: right;
  white-space: nowrap; }}
.name {{ text-align: left; position: sticky; left: 0; background: #fff; }}
th {{ white-space: normal; vertical-align: bottom; min-width: 5rem; }}
th[colspan] {{ text-align: center; }}
.failed {{ color: #a33b00; }}
figure {{ display: inline-block; margin: 1rem 1rem 1rem 0; max-width: 100%; }}
figure svg {{ max-width: 100%; height: auto; }}
figcaption {{ font-weight: 600; }}
dd {{ overflow-wrap: anywhere; }}
@media (max-width: 40rem) {{
  body {{ margin: 1rem auto; }}
  th, td {{ padding: .3rem .4rem; }}
  figure {{ margin: 1rem 0; }}
}}
</style></head><body>
<h1>Scorecard of poolers</h1>
{sections}
<h2>How it was measured</h2>
<dl>{facts}</dl>
</body></html>
"""
_QUESTIONS = {
    "downstream": "How well does a classifier do its task with this pooler, and at what cost? Two "
    "poolers in the same model, on the same splits. Above all: is it better than no pooling, than "
    "random nodes, than a bag of nodes without edges?",
    "node information": "Can the positions of all nodes be told from the pooled graph? 0 is "
    "everything, 1 is no more than their mean.",
    "topology": "Do signals vary as much over the pooled graph? The mean distance of Rayleigh "
    "quotients of positions and of the lowest eigenvectors of L, before and after; 0 is the same.",
    "expressiveness": "Are graphs that message passing tells apart still apart? The conditions are "
    "sufficient, not necessary; a merged pair proves that the pooler is not expressive. Accuracy "
    "says something only after enough epochs: the quick size has 10, where an expressive pooler "
    "may still be guessing."}


def page(card: Scorecard) -> str:
    """The whole page; figures are inline SVG, nothing is fetched."""
    return _PAGE.format(sections="\n".join(_sections(card)), facts=_facts(card))


def _sections(card: Scorecard) -> Iterator[str]:
    columns = card.columns()
    for examination, question in _QUESTIONS.items():
        own = [column for column in columns if column.examination == examination]
        if not own:
            continue
        yield f"<h2>{examination.capitalize()}</h2>\n<p>{question}{_note(card, examination)}</p>"
        yield _table(card, own)
        yield from _figures(card, own)
        if examination == "downstream":
            yield _scatter(card, own)
    if failures := card.failures():
        items = "".join(f"<li>{escape(pooler)}, {escape(where)}: {escape(error)}</li>"
                        for pooler, where, error in failures)
        yield f'<h2 id="failed">What failed</h2>\n<ul>{items}</ul>'


def _note(card: Scorecard, examination: str) -> str:
    """How many runs shared the machine while time was measured."""
    jobs = sorted({str(row["jobs"]) for row in card.rows if row.get("jobs")})
    if examination != "downstream" or jobs in ([], ["1"]):
        return ""
    return (f" Times were measured with {' or '.join(jobs)} runs at a time: compare those of "
            "one call only.")


def _table(card: Scorecard, columns: list[Column]) -> str:
    data = Counter(column.data for column in columns)
    groups = "".join(f'<th colspan="{n}">{escape(name)}</th>' for name, n in data.items())
    head = "".join(f"<th>{escape(column.title.removeprefix(f'{column.data}: '))}</th>"
                   for column in columns)
    body = ""
    for name in card.poolers:
        cells = "".join(_cell(card, name, column) for column in columns)
        body += f'<tr><td class="name">{escape(name)}</td>{cells}</tr>\n'
    return ('<div class="wide"><table><thead><tr><th class="name" rowspan="2">pooler</th>'
            f"{groups}</tr>\n<tr>{head}</tr></thead>\n<tbody>{body}</tbody></table></div>")


def _cell(card: Scorecard, name: str, column: Column) -> str:
    """With a link to what failed, where something did."""
    text = escape(card.cell(name, column)) or "–"
    if text == "failed" or card.mark(name, column):
        return f'<td><a class="failed" href="#failed">{text}</a></td>'
    return f"<td>{text}</td>"


def _figures(card: Scorecard, columns: list[Column]) -> Iterator[str]:
    """One for each column of numbers."""
    for column in columns:
        runs = {name + card.mark(name, column): [column.scale * value for value
                                                 in card.values(name, column)]
                for name in card.poolers}
        runs = {name: values for name, values in runs.items()
                if values and not isinstance(values[0], (str, bool))}
        if runs and column.name in ("accuracy", "mse_over_variance", "rayleigh"):
            ax = dots(runs, xlabel=column.title, decimals=column.places)
            ax.locator_params(axis="x", nbins=5)
            yield _figure(ax.figure, column.title)


def _scatter(card: Scorecard, columns: list[Column]) -> str:
    """Accuracy against time, a data set at a time."""
    points = [{"pooler": row["pooler"] + some_of(row["runs"], row["due"]), "data set": data,
               "accuracy": 100 * row["accuracy"], "milliseconds": 1000 * row["seconds"], "kind":
               "baseline" if row["pooler"] in BASELINES else "pooler"}
              for data in dict.fromkeys(c.data for c in columns)
              for row in card.downstream(data).table() if "accuracy" in row]
    if not points:
        return ""
    return explorer(
        points, x="milliseconds", y="accuracy", colour="kind", filters=["data set", "kind"],
        single=["data set"], label="pooler", xlabel="milliseconds an epoch", log_x=True,
        palette={"baseline": GREY, "pooler": COLOURS["blue"]},
        ylabel="test accuracy, %", alt="Test accuracy against the time of an epoch, a point a "
        "pooler; the table above has the numbers.").html


def _figure(figure: Figure, title: str) -> str:
    file = io.StringIO()
    with plt.rc_context({"svg.hashsalt": title}):  # ids of several figures in one page
        figure.savefig(file, format="svg", metadata={"Date": None})
    plt.close(figure)
    svg = file.getvalue()
    svg = svg[svg.index("<svg") + 4:]
    return (f"<figure><figcaption>{escape(title)}</figcaption>"
            f'<svg role="img" aria-label="{escape(title)}"{svg}</figure>')


def _facts(card: Scorecard) -> str:
    names = ("command", "date", "hardware", "threads", "versions")
    return "".join(f"<dt>{name}</dt><dd>{escape(str(card.results[name]))}</dd>" for name in names)
