"""The memory of a whole process that does two steps of one operator on one graph:
`python -m benchmarks.process mincut 1000000`.
"""

import subprocess
import sys

import torch

from benchmarks.graphs import DEGREE, FEATURES, random_graph
from benchmarks.steps import ours


def process_gigabytes(name: str, num_nodes: int) -> float | None:
    """The peak of a new process, in GB; None where the system does not tell."""
    run = subprocess.run([sys.executable, "-m", "benchmarks.process", name, str(num_nodes)],
                         capture_output=True, text=True, check=True)
    return float(run.stdout) if run.stdout.strip() else None


def main(name: str, num_nodes: int) -> None:
    torch.manual_seed(0)
    data = random_graph(num_nodes, DEGREE, torch.Generator().manual_seed(0))
    data.batch, data.num_graphs = None, 1
    step = ours(name, FEATURES)
    data.x.requires_grad_()
    try:
        with open("/proc/self/clear_refs", "w") as file:
            file.write("5")  # the peak from here on: making the graph does not count
        for _ in range(2):
            step(data).backward()
        with open("/proc/self/status") as file:
            kilobytes = next(int(line.split()[1]) for line in file if line.startswith("VmHWM"))
    except OSError:  # not Linux
        return
    print(round(kilobytes * 1024 / 1e9, 2))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
