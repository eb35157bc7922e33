"""What users may rely on: the names, that they load lazily, that the table of stages is true."""

import doctest
import subprocess
import sys
from importlib import import_module

import pytest

import safepassage
from safepassage.pipeline import STAGES


@pytest.mark.parametrize("name", safepassage.__all__)
def test_every_public_name_can_be_used(name: str) -> None:
    assert getattr(safepassage, name) is not None


def test_an_unknown_name_is_refused() -> None:
    with pytest.raises(AttributeError, match="no attribute 'evacuate'"):
        safepassage.evacuate  # noqa: B018 - the access is the test


def test_import_loads_no_heavy_library() -> None:
    """The command line would be slow for everybody if importing the package loaded the solver."""
    heavy = "('numpy', 'numba', 'splink')"
    code = f"import safepassage, sys; print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("stage", STAGES, ids=lambda stage: stage.name)
def test_the_function_of_each_stage_exists(stage) -> None:
    module, _dot, function = stage.function.rpartition(".")
    assert callable(getattr(import_module(module), function))


def test_the_population_stage_is_a_library_of_its_own() -> None:
    from safepassage import population

    for name in population.__all__:
        assert getattr(population, name) is not None
    failed, tried = doctest.testmod(population)
    assert tried > 2
    assert failed == 0
