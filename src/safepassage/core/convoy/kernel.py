"""How the search's kernels are compiled.

Inner kernels are only called from other kernels: they are compiled without the wrappers for calls
from Python, which would take most of the compile time. No fast-math: sums are the same everywhere.
"""

from __future__ import annotations

import hashlib
from types import ModuleType

from numba import njit

entry = njit(cache=True, error_model="numpy")
"""Called from Python."""

inner = njit(cache=True, error_model="numpy", no_cpython_wrapper=True, no_cfunc_wrapper=True)
"""Called from kernels only."""


inlined = njit(
    cache=True,
    error_model="numpy",
    no_cpython_wrapper=True,
    no_cfunc_wrapper=True,
    forceinline=True,
)
"""The same, for small kernels called for every event: a call hands over every array anew."""


def stamp_of(*modules: ModuleType) -> int:
    """Return a number that changes with any kernel or constant of the modules.

    The cache on disk knows a kernel by its own file only and would keep old machine code of the
    kernels it calls. An entry that closes over this number is compiled anew when one of them
    changes.
    """
    digest = hashlib.sha256()
    for module in modules:
        for name, value in sorted(vars(module).items()):
            code = getattr(getattr(value, "py_func", None), "__code__", None)
            if code is not None:
                digest.update(f"{name}{code.co_code!r}{code.co_consts!r}{code.co_names!r}".encode())
            elif isinstance(value, int | float):
                digest.update(f"{name}={value!r}".encode())
    return int.from_bytes(digest.digest()[:7], "big")
