"""What the tests share: Hypothesis' profile; Jupyter with this Python, and one folder for all
processes.
"""

import os

import fuzz
import pytest
from built_site import build
from hypothesis import settings
from notebooks import use_this_python

settings.register_profile("gnnpool", deadline=None)  # a loaded machine is not a fault


def pytest_addoption(parser):
    fuzz.add_options(parser)


def pytest_configure(config):
    config.addinivalue_line("markers", "promise(number): a property of what operators promise")
    settings.load_profile("gnnpool")
    if config.option.fuzz is not None:
        fuzz.register(config)


@pytest.fixture(scope="session")
def kernel(tmp_path_factory):
    """`python3` is the interpreter that runs the tests; one thread each, as two run at once."""
    use_this_python(tmp_path_factory.mktemp("jupyter"))
    for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ[name] = "1"


@pytest.fixture(scope="session")
def shared(tmp_path_factory, worker_id):
    """A folder that the test processes of this run share, for locks and what is made once."""
    own = tmp_path_factory.getbasetemp()
    return own if worker_id == "master" else own.parent


@pytest.fixture(scope="session")
def site(shared):
    """The folder of the built pages."""
    return build(shared)
