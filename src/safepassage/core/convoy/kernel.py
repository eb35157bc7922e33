"""How the search's kernels are compiled.

Inner kernels are only called from other kernels: they are compiled without the wrappers for calls
from Python, which would take most of the compile time. No fast-math: sums are the same everywhere.
"""

from __future__ import annotations

from numba import njit

entry = njit(cache=True, error_model="numpy")
"""Called from Python."""

inner = njit(cache=True, error_model="numpy", no_cpython_wrapper=True, no_cfunc_wrapper=True)
"""Called from kernels only."""
