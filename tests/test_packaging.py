"""The files that describe the package agree with one another and with the code."""

import re
import subprocess
import sys
import tomllib
from importlib.metadata import requires, version

import yaml
from notebooks import ROOT
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
EXTRAS = {k: v for k, v in PROJECT["optional-dependencies"].items() if k != "all"}


def pins() -> dict[str, str]:
    """The versions of constraints.txt by canonical name."""
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    requirements = [Requirement(line) for line in lines if not line.startswith("#")]
    return {canonicalize_name(r.name): str(r.specifier) for r in requirements}


def direct() -> list[Requirement]:
    """What gnnpool itself asks for, extras included."""
    return [Requirement(r) for group in [PROJECT["dependencies"], *EXTRAS.values()] for r in group]


def test_constraints_are_exact_sorted_and_portable():
    lines = [line for line in (ROOT / "constraints.txt").read_text().splitlines()
             if not line.startswith("#")]
    assert all(re.fullmatch(r"[\w.-]+==[\w.]+", line) for line in lines)  # no +cpu, path, address
    assert not [line for line in lines if line.startswith(("nvidia", "triton", "cuda"))]
    names = [canonicalize_name(line.partition("==")[0]) for line in lines]
    assert names == sorted(set(names))


def test_constraints_pin_what_the_project_asks_for():
    for requirement in direct():
        pin = pins()[canonicalize_name(requirement.name)]
        assert requirement.specifier.contains(pin.removeprefix("==")), f"{requirement}, {pin}"


def test_constraints_are_closed_under_what_is_installed():
    """Whatever the pinned packages need on this machine is pinned too, and installed as pinned."""
    todo, seen = [r.name for r in direct()], {}
    while todo:
        name = canonicalize_name(todo.pop())
        if name in seen:
            continue
        seen[name] = version(name).partition("+")[0]
        needed = map(Requirement, requires(name) or [])
        todo += [r.name for r in needed if not r.marker or r.marker.evaluate({"extra": ""})]
    cuda = ("nvidia-", "triton", "cuda-")  # torch's own, where its build is not for the CPU
    wrong = {n: v for n, v in seen.items() if pins().get(n) != f"=={v}" and not n.startswith(cuda)}
    assert not wrong, f"not as in constraints.txt: {wrong}"


def test_conda_environment_has_the_same_pins():
    entries = yaml.safe_load((ROOT / "environment.yml").read_text())["dependencies"]
    assert "python=3.11" in entries
    [listed] = [entry["pip"] for entry in entries if isinstance(entry, dict)]
    found = [Requirement(line) for line in listed if not line.startswith("-")]
    wanted = {canonicalize_name(r.name) for r in direct()}
    assert {canonicalize_name(r.name): str(r.specifier) for r in found} == {
        name: pins()[name] for name in wanted}
    assert "-c constraints.txt" in listed and "-e ." in listed


def test_nothing_that_colab_brings_is_pinned():
    for requirement in direct():
        if requirement.name in {"torch", "numpy", "pandas", "scipy", "matplotlib", "scikit-learn"}:
            assert {s.operator for s in requirement.specifier} == {">="}, requirement


def test_runtime_dependencies_are_few():
    names = {Requirement(r).name for r in PROJECT["dependencies"]}
    assert names == {"torch", "torch-geometric", "numpy", "scipy", "tqdm"}


def test_all_is_every_extra():
    [everything] = map(Requirement, PROJECT["optional-dependencies"]["all"])
    assert everything.extras == set(EXTRAS)


def test_versions_agree():
    import gnnpool

    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    assert citation["version"] == PROJECT["version"] == version("gnnpool") == gnnpool.__version__
    assert citation["license"] == PROJECT["license"]


def test_typed():
    assert (ROOT / "gnnpool" / "py.typed").exists()


def test_import_is_light():
    """What only drawing and data sets need is loaded there, and not by `import gnnpool`."""
    code = "import sys, gnnpool; print(*sys.modules)"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True,
                            check=True)
    loaded = {name.partition(".")[0] for name in result.stdout.split()}
    assert "gnnpool" in loaded and not loaded & {"matplotlib", "networkx", "sklearn", "pygsp"}


def test_ruff():
    result = subprocess.run([sys.executable, "-m", "ruff", "check", "--no-cache", str(ROOT)],
                            capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout[-4000:]


def test_files_are_short():
    """A file of the package reads in one sitting."""
    files = list((ROOT / "gnnpool").rglob("*.py"))
    long = {path.name: n for path in files if (n := len(path.read_text().splitlines())) > 200}
    assert files and not long
