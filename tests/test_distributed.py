"""Two processes train as one: the same steps, the same weights, the same history."""

import io
import os
import subprocess
import sys
from contextlib import redirect_stderr
from pathlib import Path

import pytest
import torch
from notebooks import ROOT
from strategies import sample
from torch import nn
from torch_geometric import seed_everything
from torch_geometric.data import Data
from torch_geometric.loader import DataLoader

from gnnpool import get_pooler
from gnnpool.distributed import Team
from gnnpool.evaluate.classification import objective
from gnnpool.models import GraphClassifier
from gnnpool.train import History, fit

POOLERS = {"mincut": {"k": 3}, "topk": {}}
BATCH, GRAPHS = 5, 11  # the last batch has one graph: nothing is left for process 1


def graphs() -> list[Data]:
    """Graphs of 3 to 13 nodes, in float64, so that only a mistake is larger than 1e-9."""
    samples = [sample([3 + g], seed=g, density=3.0) for g in range(GRAPHS)]
    return [Data(x=s.x.double(), edge_index=s.edge_index, num_nodes=s.num_nodes,
                 y=torch.tensor([g % 2])) for g, s in enumerate(samples)]


def train(pooler: str, epochs: int, **options) -> tuple[History, GraphClassifier]:
    """`fit`, as a reader calls it; nothing in it says how many processes there are."""
    seed_everything(1)
    pools = [get_pooler(pooler, in_channels=8, **POOLERS[pooler]) for _ in range(2)]
    model = GraphClassifier(3, 8, 2, pools).double()
    data = graphs()
    history = fit(model, objective, DataLoader(data, BATCH, shuffle=True),
                  DataLoader(data[:3], BATCH), lr=0.05, epochs=epochs, seed=4, device="cpu",
                  **options)
    return history, model


class Partly(nn.Module):
    """A number that the objective reads itself, and one that no loss depends on."""

    def __init__(self):
        super().__init__()
        self.used, self.unused = (nn.Parameter(torch.ones((), dtype=torch.float64))
                                  for _ in range(2))


def train_partly() -> Partly:
    model = Partly()
    fit(model, lambda m, b: (m.used * b.y - b.ptr.diff()).square().mean(),
        DataLoader(graphs()[:5], 3, num_workers=1), weight_decay=0.1, lr=0.1, epochs=2,
        device="cpu", progress=False)
    return model


def refusals() -> list[str]:
    """What several processes cannot share out."""
    messages = []
    for batches in (graphs()[:1], iter(()), DataLoader(graphs(), batch_size=None)):
        try:
            fit(Partly(), objective, batches, device="cpu", progress=False)
        except ValueError as error:
            messages.append(str(error))
    return messages


def main(folder: Path) -> None:
    """What each of the processes does."""
    out = {f"{pooler} {epochs}": (vars(history), model.state_dict())
           for pooler in POOLERS for epochs in (1, 4)
           for history, model in [train(pooler, epochs)]}
    with redirect_stderr(io.StringIO()) as bar:
        out["patience"] = vars(train("topk", 60, patience=1)[0])
    out["bar"] = bar.getvalue()
    out["partly"] = train_partly().state_dict()
    out["refusals"] = refusals()
    torch.save(out, folder / f"{os.environ['RANK']}.pt")


@pytest.fixture(scope="module")
def together(tmp_path_factory):
    """What two processes on the CPU found, and what they printed."""
    folder = tmp_path_factory.mktemp("processes")
    paths = [str(ROOT), str(ROOT / "tests"), os.environ.get("PYTHONPATH", "")]
    env = os.environ | {"PYTHONPATH": os.pathsep.join(paths), "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2",
         __file__, str(folder)], env=env, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return [torch.load(folder / f"{rank}.pt") for rank in range(2)], done.stderr


def near(a: list[float], b: list[float]) -> bool:
    return a == pytest.approx(b, rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("epochs", [1, 4])
@pytest.mark.parametrize("pooler", POOLERS)
def test_two_processes_take_the_steps_of_one(together, pooler, epochs):
    """Nothing random but the order of the graphs: dropout and random operators draw otherwise in
    each process, so with them two processes are as good as one, but not the same.

    Three batches an epoch, of 5, 5 and 1: shares of 3 and 2 graphs, and of 1 and none.
    """
    history, model = train(pooler, epochs)
    start = GraphClassifier(3, 8, 2).double().state_dict()
    for there, weights in (found[f"{pooler} {epochs}"] for found in together[0]):
        assert len(there["train_loss"]) == epochs
        assert near(there["train_loss"], history.train_loss)
        assert near(there["val_loss"], history.val_loss)
        assert there["best_epoch"] == history.best_epoch
        for name, value in model.state_dict().items():
            torch.testing.assert_close(weights[name], value, rtol=1e-8, atol=1e-10)
            assert name not in start or not torch.equal(value, start[name])


def test_all_processes_stop_at_the_same_epoch(together):
    first, second = (found["patience"] for found in together[0])
    history = train("topk", 60, patience=1)[0]
    assert first["val_loss"] == second["val_loss"]
    assert near(first["val_loss"], history.val_loss) and len(history.val_loss) < 60


def test_a_parameter_without_a_gradient_stays_as_it_is(together):
    """As in one process, where Adam passes it over, weight decay included."""
    model = train_partly()
    for found in together[0]:
        assert found["partly"]["unused"].item() == model.unused.item() == 1.0
        assert found["partly"]["used"].item() == pytest.approx(model.used.item(), rel=1e-9)
    assert model.used.item() != 1.0


def test_what_cannot_be_shared_out_is_refused(together):
    for found in together[0]:
        assert len(found["refusals"]) == 3
        for message in found["refusals"]:
            assert message.startswith("train: got ") and "wanted a DataLoader" in message


def test_only_the_first_process_shows_a_bar_and_nothing_warns(together):
    first, second = (found["bar"] for found in together[0])
    assert "training" in first and not second
    assert "find_unused_parameters" not in together[1]


def test_one_process_takes_batches_of_any_kind():
    team = Team(0, 1, torch.device("cpu"))
    assert list(team.shares("train", "ab")) == [("a", 1, 1.0), ("b", 1, 1.0)]
    assert team.sums(1.5, 2) == [1.5, 2]


if __name__ == "__main__":
    main(Path(sys.argv[1]))
