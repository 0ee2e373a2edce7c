"""The words of the book, the package and its documents are spelt right."""

import subprocess
import sys
import tomllib

import notebooks
import yaml
from notebooks import ROOT

WRITTEN = ["*.md", "book/**/*.md", "book/**/*.py", "book/*.bib", "book/*.toml", "gnnpool/**/*.py",
           "gnnpool/**/*.js", "tests/*.py", "benchmarks/*.py", "Makefile", "*.toml", "*.yml"]


def test_codespell(tmp_path):
    """Notebooks without their outputs, which hold pictures."""
    files = [path for pattern in WRITTEN for path in ROOT.glob(pattern)]
    for name in notebooks.names():
        text = tmp_path / f"{name.replace('/', '-')}.txt"
        text.write_text("\n\n".join(cell.source for cell in notebooks.read(name).cells))
        files.append(text)
    result = subprocess.run([sys.executable, "-m", "codespell_lib", "--toml",
                             ROOT / "pyproject.toml", *files],
                            capture_output=True, text=True, check=False)
    assert len(files) > 200 and result.returncode == 0, result.stdout + result.stderr


def test_pre_commit_runs_the_same_versions():
    hooks = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"]
    pins = dict(line.split("==") for line in (ROOT / "constraints.txt").read_text().split()
                if "==" in line)
    for hook in hooks:
        tool = hook["repo"].rpartition("/")[2].removesuffix("-pre-commit")
        assert hook["rev"] == f"v{pins[tool]}", tool
    wanted = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert any(r.startswith("codespell") for r in wanted["optional-dependencies"]["test"])
