"""Nothing is left behind on the processor: operators and chapters on a device that is not there."""

import nbformat
import notebooks
import pytest
import quick_runs
import torch
from operators import OPERATORS
from other_device import DEVICE, Elsewhere, OtherDevice
from torch.testing import assert_close

from gnnpool import get_pooler
from gnnpool.datasets import load

CHOOSING = [name for name in notebooks.names()
            if any("pick_device()" in c.source for c in notebooks.code_cells(notebooks.read(name)))]


def test_tensors_do_not_meet():
    here = torch.ones(3, requires_grad=True)
    with OtherDevice():
        there = here.to("cuda")
        assert there.device == DEVICE and torch.zeros(2, device=DEVICE).device == DEVICE
        with pytest.raises(RuntimeError, match="cuda:0 and cpu"):
            there + here
        with pytest.raises(RuntimeError, match="cuda:0 and cpu"):
            there * torch.arange(3)
        with pytest.raises(TypeError, match="numpy"):
            there.detach().numpy()
        (2 * there.cpu()[torch.tensor([0, 2])]).sum().backward()
        assert there[torch.tensor([1])].tolist() == [1] and torch.arange(3)[here > 2].shape == (0,)
    assert here.grad.tolist() == [2, 0, 2] and not isinstance(here.grad, Elsewhere)


@pytest.mark.parametrize("operator", OPERATORS, ids=str)
def test_operators(operator):
    """The same result and gradients as on the processor."""
    data = load("running")[0]
    known = {"in_channels": data.num_features} if operator.learned else {}

    def run(device: str) -> list[torch.Tensor]:
        torch.manual_seed(0)
        pool = get_pooler(operator.name, **known, **operator.arguments).to(device)
        x = data.x.detach().clone().to(device).requires_grad_()
        out = pool(x, data.edge_index.to(device), torch.ones(data.num_edges, device=device))
        (out.x.square().sum() + out.edge_weight.sum() + out.loss + out.lift(out.x).sum()).backward()
        found = [out.x, out.edge_index, out.edge_weight, out.batch, x.grad]
        assert all(t.device.type == torch.device(device).type for t in found)
        return [t.cpu() for t in found]

    here = run("cpu")
    with OtherDevice():
        there = run("cuda")
    assert_close(there, here)


@pytest.mark.parametrize("name", CHOOSING)
def test_chapters(name, kernel, tmp_path):
    """Those that let a GPU do the work run unchanged on it."""
    notebook = notebooks.read(name)
    choose = f"import sys; sys.path.insert(0, {str(notebooks.ROOT / 'tests')!r})\n" \
             "import other_device; other_device.choose()"
    notebook.cells.insert(0, nbformat.v4.new_code_cell(choose))
    executed = quick_runs.run(notebook, tmp_path, quick_runs.parameters(name))
    cells = nbformat.read(executed, as_version=4).cells
    assert any("GPU that is not there" in notebooks.printed(c) for c in cells
               if c.cell_type == "code"), "the page does not say what it ran on"
