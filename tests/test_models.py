"""The book's architectures: shapes, any pooler, losses, weights, and what flat means."""

import pytest
import torch
from operators import some_operators
from strategies import CHANNELS, sample
from torch_geometric.data import Batch
from torch_geometric.nn import GATConv, GCNConv, GraphConv

from gnnpool import Adjacency, MinCutPooling, NoPooling, TopKPooling, datasets, get_pooler
from gnnpool.models import Clusterer, GeneralConv, GraphClassifier, GraphUNet, PoolAutoencoder

WIDTH = CHANNELS  # what the operators of the contract are made for


@pytest.fixture(scope="module")
def batch():
    return Batch.from_data_list([datasets.running_graph()] * 2)


def args(b):
    return b.x, b.edge_index, None, b.batch, b.num_graphs


@some_operators(signed=False)
@pytest.mark.parametrize("model", [GraphClassifier, GraphUNet])
def test_any_pooler_twice(model, operator, batch):
    net = model(3, WIDTH, 5, [operator.make(torch.float32) for _ in range(2)])
    scores, loss = net(*args(batch))
    assert scores.shape == (batch.num_graphs if model is GraphClassifier else batch.num_nodes, 5)
    assert loss.shape == () and scores.isfinite().all()
    (scores.sum() + loss).backward()
    assert all(p.grad is not None for p in net.convs.parameters()) if (
        model is GraphClassifier) else net.first.lin_rel.weight.grad is not None


def test_a_batch_gives_what_its_graphs_give(batch):
    net = GraphClassifier(3, 8, 2, [TopKPooling(8), MinCutPooling(8, 2)]).eval()
    one = datasets.running_graph()
    torch.testing.assert_close(net(*args(batch))[0],
                               net(one.x, one.edge_index)[0].expand(2, 2))


def test_without_pooling_the_classifier_is_layers_and_a_mean(batch):
    net = GraphClassifier(3, 8, 2, [NoPooling()])
    h = net.convs[0](batch.x, batch.edge_index).relu()
    h = net.convs[1](h, batch.edge_index).relu()
    means = torch.stack([h[batch.batch == g].mean(0) for g in range(2)])
    torch.testing.assert_close(net(*args(batch))[0], net.head(means))


def test_without_poolers_the_u_net_is_two_layers():
    one = datasets.running_graph()
    net = GraphUNet(3, 8, 2, conv=GCNConv)
    wanted = net.last(net.first(one.x, one.edge_index).relu(), one.edge_index)
    torch.testing.assert_close(net(one.x, one.edge_index)[0], wanted)


@pytest.mark.parametrize("skip", ["sum", "concat"])
def test_the_u_net_joins_what_it_lifts_with_what_was_pooled(skip):
    one = datasets.running_graph()
    net = GraphUNet(3, 4, 2, [TopKPooling(4)], skip=skip)
    h = net.first(one.x, one.edge_index).relu()
    out = net.pools[0](h, one.edge_index)
    low = net.down[0](out.x, out.edge_index).relu()
    lifted = torch.zeros_like(h)
    lifted[out.assignment.representatives] = low
    joined = h + lifted if skip == "sum" else torch.cat([h, lifted], 1)
    torch.testing.assert_close(net(one.x, one.edge_index)[0], net.last(joined, one.edge_index))


def test_the_clusterer_returns_rows_that_sum_to_one_and_the_loss_of_its_pooler():
    one = datasets.running_graph()
    net = Clusterer(3, 8, MinCutPooling(8, 4), layers=2)
    s, loss = net(one.x, one.edge_index)
    torch.testing.assert_close(s.sum(1), torch.ones(12))
    prepared = net(one.x, Adjacency(one.edge_index))
    torch.testing.assert_close(prepared, (s, loss))
    assert loss.item() != 0


def test_bad_input_is_refused_by_name():
    one = datasets.running_graph()
    for model in (GraphClassifier, GraphUNet):
        for pools in ("topk", TopKPooling(8), [torch.nn.Linear(8, 8)]):
            with pytest.raises(ValueError, match=r"^pools: got .+; wanted .*gnnpool\.Pooling"):
                model(3, 8, 2, pools)
    with pytest.raises(ValueError, match="^skip: got 'mean'; wanted"):
        GraphUNet(3, 8, 2, skip="mean")
    with pytest.raises(ValueError, match="^pool: got TopKPooling, which has no losses; wanted"):
        Clusterer(3, 8, TopKPooling(8))(one.x, one.edge_index)
    net = GraphClassifier(3, 8, 2, [MinCutPooling(8, 2)], conv=GATConv)
    with pytest.raises(ValueError, match="^conv: got GATConv, whose forward takes no edge_weight"):
        net(one.x, one.edge_index)
    assert isinstance(GraphClassifier(3, 8, 2).convs[0], GraphConv)


def autoencoder(name, **arguments):
    """In float64, and a weighted graph for it."""
    torch.manual_seed(0)
    learns = "in_channels" in arguments
    pool = get_pooler(name, **{**arguments, **({"in_channels": 16} if learns else {})})
    return PoolAutoencoder(3, 8, pool).double(), sample([14], density=3.0)


@pytest.mark.parametrize("name, arguments", [
    ("topk", {"in_channels": 0}), ("mincut", {"in_channels": 0, "k": 4}), ("graclus", {}),
    ("kmis", {}), ("none", {})])
def test_the_autoencoder_is_its_formula_on_dense_matrices(name, arguments):
    net, g = autoencoder(name, **arguments)
    out = net.encode(g.x, g.edge_index, g.edge_weight)
    s, a = out.assignment.dense().double(), g.dense()
    h = net.before(g.x)
    h = torch.cat([a @ net.encoder.lin(h).relu(), h], 1)
    h = torch.linalg.pinv(s).T @ (s.T @ h)
    wanted = net.after(torch.cat([a @ net.decoder.lin(h).relu(), h], 1))
    x, loss = net(g.x, g.edge_index, g.edge_weight)
    torch.testing.assert_close(x, wanted)
    torch.testing.assert_close(loss, out.loss)
    torch.testing.assert_close(net(g.x, g.adjacency()), (x, loss))


def test_the_autoencoder_does_not_teach_scores():
    net, g = autoencoder("topk", in_channels=0)
    (net(g.x, g.adjacency())[0] - g.x).square().mean().backward()
    largest = {n: float(p.grad.abs().max()) for n, p in net.named_parameters()
               if p.grad is not None}
    assert largest["encoder.lin.weight"] > 1e-3
    assert largest["pool.weight"] < 1e-12


def test_the_general_conv_leaves_a_node_out_of_its_own_sum():
    conv, x = GeneralConv(2, 4), torch.rand(3, 2)
    edges = torch.tensor([[0, 0, 1], [1, 2, 0]])
    h = conv.lin(x).relu()
    wanted = torch.stack([h[1] + h[2], h[0], torch.zeros(4)])
    torch.testing.assert_close(conv(x, edges), wanted)


def test_the_autoencoder_refuses_what_it_cannot_use():
    for pool in (None, torch.nn.Linear(2, 2)):
        with pytest.raises(ValueError, match=r"^pools: got .+; wanted .*gnnpool\.Pooling"):
            PoolAutoencoder(3, 8, pool)
    net, g = PoolAutoencoder(3, 8, NoPooling(), conv=GATConv), sample([5])
    with pytest.raises(ValueError, match="^conv: got GATConv, whose forward takes no edge_weight"):
        net(g.x.float(), g.edge_index, g.edge_weight.float())
