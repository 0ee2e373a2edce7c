"""The book's architectures: any pooler goes in; prediction and auxiliary loss come out."""

from gnnpool.models.autoencoder import GeneralConv, PoolAutoencoder
from gnnpool.models.base import convolve
from gnnpool.models.classifier import GraphClassifier
from gnnpool.models.clusterer import Clusterer
from gnnpool.models.unet import GraphUNet

__all__ = ["Clusterer", "GeneralConv", "GraphClassifier", "GraphUNet", "PoolAutoencoder",
           "convolve"]
