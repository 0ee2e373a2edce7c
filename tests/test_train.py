"""The training loop: best weights, early stopping, seeds, averages, refusals."""

import pytest
import torch
from torch import nn
from torch_geometric.data import Batch, Data

from gnnpool.train import History, fit, hardware, pick_device


class Constant(nn.Module):
    """One number, to be moved towards a target."""

    def __init__(self, start: float = 0.0):
        super().__init__()
        self.value = nn.Parameter(torch.tensor(start))


def squared(target: float):
    return lambda model, batch: (model.value - target).square()


BATCH = torch.zeros(1)


def run(model, objective, **options):
    options = {"lr": 0.1, "epochs": 60, "device": "cpu", "progress": False} | options
    return fit(model, objective, options.pop("train", [BATCH]), **options)


def test_the_weights_of_the_best_epoch_come_back():
    """Training goes to 3, validation is best at 1: the value on the way that was nearest to 1."""
    model = Constant()
    history = run(model, squared(3.0), val_objective=squared(1.0))
    best = min(history.val_loss)
    assert history.best_epoch == history.val_loss.index(best) < len(history.val_loss) - 1
    assert squared(1.0)(model, None).item() == pytest.approx(best)
    assert not model.training


def test_patience_counts_epochs_without_improvement():
    history = run(Constant(), squared(3.0), val_objective=squared(1.0), patience=4)
    assert len(history.val_loss) == history.best_epoch + 5
    assert len(history.train_loss) == len(history.seconds) == len(history.val_loss)


def test_without_validation_the_training_loss_decides():
    model = Constant()
    history = run(model, squared(1.0), epochs=200)
    assert history.val_loss == history.train_loss
    assert model.value.item() == pytest.approx(1.0, abs=0.05)


def test_validation_takes_no_step_and_sees_the_model_in_evaluation():
    seen = []

    def objective(model, batch):
        seen.append((model.training, torch.is_grad_enabled()))
        return model.value.square()

    run(Constant(1.0), objective, val=[BATCH], epochs=1)
    assert seen == [(True, True), (False, False)]


def test_losses_are_averaged_over_graphs():
    one, two = (Batch.from_data_list([Data(x=torch.full((1, 1), v))] * n)
                for v, n in ((4.0, 1), (1.0, 2)))
    history = run(Constant(), lambda m, b: b.x.mean() + 0 * m.value, train=[one, two], epochs=1)
    assert history.train_loss == [pytest.approx((4 + 1 + 1) / 3)]


def test_the_same_seed_gives_the_same_run():
    def noisy(model, batch):
        return (model.value - torch.rand(())).square()

    losses = [run(Constant(), noisy, seed=seed, epochs=5).train_loss for seed in (1, 1, 2)]
    assert losses[0] == losses[1] != losses[2]


@pytest.mark.parametrize("options, argument", [
    ({"epochs": 0}, "epochs"), ({"patience": 0}, "patience"), ({"train": []}, "train"),
    ({"val": []}, "val"), ({"train": [(1, 2)]}, "train")])
def test_bad_input_is_refused_by_name(options, argument):
    with pytest.raises(ValueError, match=rf"^{argument}: got .+; wanted .+"):
        run(Constant(), squared(1.0), **options)


def test_a_loss_that_is_not_finite_stops_the_run():
    with pytest.raises(ValueError, match="^objective: got a loss of nan in epoch 0; wanted"):
        run(Constant(), lambda m, b: m.value * float("nan"))


@pytest.mark.parametrize("loss", [3.0, None, (torch.zeros(2), torch.zeros(())), torch.zeros(2)])
def test_an_objective_that_gives_no_number_is_refused(loss):
    with pytest.raises(ValueError, match="^objective: got .+; wanted one number"):
        run(Constant(), lambda m, b: loss)


def test_device_and_words():
    assert isinstance(pick_device(), torch.device)
    assert torch.__version__ in hardware(torch.device("cpu"))
    assert repr(History()) == "History(no epoch)"
    assert "best 1" in repr(History([2.0, 1.0], [2.0, 1.5], [0.1, 0.1], 1))
