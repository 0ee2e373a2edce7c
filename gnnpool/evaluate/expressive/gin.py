"""Message passing that tells apart what the Weisfeiler-Lehman test does, and a classifier of it."""

from torch import Tensor, nn
from torch_geometric.nn.resolver import activation_resolver

from gnnpool.adjacency import edge_product
from gnnpool.evaluate.contenders import check_pooled
from gnnpool.readout import GlobalPooling
from gnnpool.src import Pooling


class GINLayer(nn.Module):
    """MLP(X + A X), two linear layers with an activation after each; A may have weights.

    PyG's `GINConv` takes no weights, and pooled graphs have them.

    Args:
        in_channels, out_channels: F and F′.
        activation: by its name in torch.

    Source: Xu, Hu, Leskovec and Jegelka 2019 ("How powerful are graph neural networks?"), eq. 4.1
    with ε = 0.

    Example:
        >>> GINLayer(1, 4)(torch.ones(3, 1), torch.tensor([[0, 1], [1, 0]])).shape
        torch.Size([3, 4])
    """

    def __init__(self, in_channels: int, out_channels: int, activation: str = "elu"):
        super().__init__()
        self.mlp = nn.Sequential(
            nn.Linear(in_channels, out_channels), activation_resolver(activation),
            nn.Linear(out_channels, out_channels), activation_resolver(activation))

    def forward(self, x: Tensor, edge_index: Tensor, edge_weight: Tensor | None = None) -> Tensor:
        """[N, F] to [N, F′]."""
        weight = None if edge_weight is None else edge_weight.to(x.dtype)
        return self.mlp(x + edge_product(edge_index, weight, x))


class GINClassifier(nn.Module):
    """Graph to class: GIN layers, a pooler, a GIN layer, the sum of all nodes, an MLP.

    Args:
        in_channels, out_channels: features of a node, and classes.
        pool: the pooler, of `in_channels = channels`.
        channels: of all layers; the MLP is channels → channels → channels / 2 → classes.
        layers: before the pooler.
        dropout: in the MLP.

    Returns (from forward): logits [B, out_channels], and the pooler's loss.

    Source: the architecture that Bianchi and Lachi 2023 train on EXPWL1.

    Example:
        >>> model = GINClassifier(1, 2, gnnpool.get_pooler("topk", in_channels=64))
        >>> model(torch.ones(3, 1), torch.tensor([[0, 1], [1, 0]]))[0].shape
        torch.Size([1, 2])
    """

    def __init__(self, in_channels: int, out_channels: int, pool: Pooling, *, channels: int = 64,
                 layers: int = 2, dropout: float = 0.5):
        super().__init__()
        self.before = nn.ModuleList(GINLayer(in_channels if i == 0 else channels, channels)
                                    for i in range(layers))
        self.pool, self.after = pool, GINLayer(channels, channels)
        self.readout = GlobalPooling("sum")
        self.head = nn.Sequential(
            nn.Linear(channels, channels), nn.ELU(), nn.Dropout(dropout),
            nn.Linear(channels, channels // 2), nn.ELU(), nn.Dropout(dropout),
            nn.Linear(channels // 2, out_channels))

    def forward(self, x: Tensor, edge_index: Tensor, edge_weight: Tensor | None = None,
                batch: Tensor | None = None, num_graphs: int | None = None
                ) -> tuple[Tensor, Tensor]:
        """Logits [B, out_channels] and the auxiliary loss."""
        for layer in self.before:
            x = layer(x, edge_index, edge_weight)
        out = self.pool(x, edge_index, edge_weight, batch, num_graphs=num_graphs)
        check_pooled(type(self.pool).__name__, out)
        h = self.after(out.x, out.edge_index, out.edge_weight)
        return self.head(self.readout(h, out.batch, out.num_graphs)), out.loss
