"""How the search's kernels are compiled.

Inner kernels are only called from other kernels: they are compiled without the wrappers for calls
from Python, which would take most of the compile time. No fast-math: sums are the same everywhere.

A call counts a reference to each of some forty arrays of the records that it hands over, there and
back. The two kernels that run for every vehicle and every event, ``schedule.simulate`` and
``moves.list_places``, are therefore long and call little: split into small ones they take four
times as long.
"""

from __future__ import annotations

import hashlib
from types import ModuleType

from numba import njit

entry = njit(cache=True, error_model="numpy")
"""Called from Python."""

inner = njit(error_model="numpy", no_cpython_wrapper=True, no_cfunc_wrapper=True)
"""Called from kernels only.

Not cached on disk: a cached kernel would keep old machine code of the kernels that it calls, which
stand in other files. The entry that holds them all is cached, see :func:`stamp_of`.
"""


def stamp_of(*modules: ModuleType) -> int:
    """Return a number that changes with any kernel or constant of the modules.

    The cache on disk knows an entry by its own file only and would keep old machine code of the
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
