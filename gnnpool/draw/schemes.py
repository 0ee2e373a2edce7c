"""Schemes of architectures: from left to right, and down and up again."""

from collections.abc import Sequence
from dataclasses import replace

from matplotlib.axes import Axes

from gnnpool.checks import refuse
from gnnpool.draw.blocks import Block
from gnnpool.draw.arrows import Arrow, arrange, draw_line, flow


def scheme(blocks: Sequence[Block], *, gradient: bool = False, ax: Axes | None = None) -> Axes:
    """Draw an architecture from left to right, each block's loss below it.

    Args:
        blocks: in order.
        gradient: also draws, above, which of the blocks the losses train.

    Raises:
        ValueError: no blocks, or a gradient without a loss.

    Example:
        >>> ax = scheme([Block(kind="graph", size=9), Block("MP"), Block("Pool", "pool"),
        ...              Block(kind="graph", size=3), Block("Readout", "readout"),
        ...              Block("$y$", "text")])
    """
    top = 1 if gradient else 0
    placed = {str(i): (block, top, i) for i, block in enumerate(blocks)}
    arrows = [Arrow(str(i), str(i + 1)) for i in range(len(blocks) - 1)]
    losses = [i for i, block in enumerate(blocks) if block.loss]
    for i in losses:
        placed[f"loss {i}"] = (Block(blocks[i].loss, "loss"), top + 1, i)
        arrows.append(Arrow(str(i), f"loss {i}", "loss"))
    if not gradient:
        return flow(placed, arrows, ax=ax)
    if not losses:
        refuse("gradient", "blocks without a loss", "a loss to take the gradient of")
    return _with_gradient(blocks, placed, arrows, losses[-1], ax)


def _with_gradient(blocks: Sequence[Block], placed: dict, arrows: list[Arrow], last: int,
                   ax: Axes | None) -> Axes:
    """A rail from the last loss around the right end, above all blocks, down to the trained ones.
    """
    placed["rail"] = (Block("gradient", "text"), 0, len(blocks))
    ax = flow(placed, arrows, ax=ax)
    places, _ = arrange(placed)
    loss, rail = places[f"loss {last}"], places["rail"]
    trained = [places[str(i)] for i, block in enumerate(blocks) if block.trained]
    draw_line(ax, (loss.x + loss.width / 2, loss.y), (rail.x, rail.y - rail.height / 2),
              "gradient", "angle,angleA=0,angleB=90,rad=4", head=False)
    first = min((p.x for p in trained), default=rail.x)
    draw_line(ax, (rail.x - rail.width / 2, rail.y), (first, rail.y), "gradient", head=False)
    for place in trained:
        draw_line(ax, (place.x, rail.y), (place.x, place.y + place.height / 2), "gradient")
    return ax


def u_scheme(blocks: Sequence[Block], *, skips: bool = True, ax: Axes | None = None) -> Axes:
    """Draw an architecture that goes a level down at each "pool" and up at each "lift".

    Args:
        blocks: in order; a pool's loss stands beside it, any other loss is a block of its own.
        skips: joins the last block before a pool to the first after its lift.

    Raises:
        ValueError: no blocks, a lift without a pool before it, or a loss of a block that is no
            pool.

    Example:
        >>> ax = u_scheme([Block("MP"), Block("Pool", "pool"), Block("MP"), Block("Lift", "lift"),
        ...                Block("MP")])
    """
    placed, arrows, before_pool = {}, [], []
    row = column = 0
    kinds = ["", *(block.kind for block in blocks)]
    for i, (before, block) in enumerate(zip(kinds, blocks, strict=False)):
        row += (block.kind == "pool") + (before == "pool")
        row -= (block.kind == "lift") + (before == "lift")
        column += i > 0 and block.kind != "pool" and before != "lift"
        _check_u(i, block, len(before_pool))
        placed[str(i)] = (_narrow_down(block), row, column)
        if i:
            arrows.append(Arrow(str(i - 1), str(i), bend="down" if before == "pool" else "across"))
        if block.kind == "pool":
            before_pool.append(i - 1)
        if block.loss:
            placed[f"loss {i}"] = (Block(block.loss, "loss"), row, column + 1)
            arrows.append(Arrow(str(i), f"loss {i}", "loss"))
        if before == "lift":
            partner = before_pool.pop()
            if skips and partner >= 0:
                arrows.append(Arrow(str(partner), str(i), "skip"))
    return flow(placed, arrows, ax=ax)


def _check_u(i: int, block: Block, depth: int) -> None:
    if block.kind == "lift" and not depth:
        refuse("blocks", f"a lift at place {i} without a pool", "a pool before each lift")
    if block.loss and block.kind != "pool":
        refuse("blocks", f"a loss of the {block.kind!r} at place {i}",
               "losses of pools; any other as a block of kind 'loss'")


def _narrow_down(block: Block) -> Block:
    """The block as it stands in an arm of the U, where pools and lifts are narrow below."""
    arm = block.kind in ("pool", "lift") and not block.narrow
    return replace(block, narrow="bottom") if arm else block
