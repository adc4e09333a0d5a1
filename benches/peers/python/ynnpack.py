"""YNNPACK, the library of XLA for matrix products and sums: it uses what the processor has, and knows no switch.

It asks for the processor once and keeps the answer in a variable. Here this variable is found by its name in the symbols
of jaxlib (`nm`, which comes with the compiler), and loses what goes beyond AVX2 and FMA. Its bits are those of
`ynn::get_supported_arch_flags` in the version that requirements.txt names: 8 and above are kinds of AVX-512 and AMX.
"""

import ctypes
import os
import subprocess

import jaxlib

LIBRARY = os.path.realpath(os.path.join(os.path.dirname(jaxlib.__file__), "libjax_common.so"))
FUNCTION = "_ZN3ynn24get_supported_arch_flagsEv"
VARIABLE = "_ZZN3ynn24get_supported_arch_flagsEvE5flags"
AVX512 = 8


def addresses():
    """Where the function is, and its variable."""
    symbols = subprocess.run(["nm", LIBRARY], capture_output=True, text=True, check=True).stdout
    fields = (line.split() for line in symbols.splitlines() if "get_supported_arch_flags" in line)
    offsets = {name: int(offset, 16) for offset, _, name in fields}
    with open("/proc/self/maps") as maps:
        start = next(int(line.split("-")[0], 16) for line in maps if line.rstrip().endswith(LIBRARY))
    return start + offsets[FUNCTION], start + offsets[VARIABLE]


def limit():
    """Keeps it from AVX-512, if so asked."""
    if "PEERS_LIMIT_YNNPACK" in os.environ:
        function, variable = addresses()
        ctypes.CFUNCTYPE(ctypes.c_uint64)(function)()
        ctypes.c_uint64.from_address(variable).value &= (1 << AVX512) - 1


def instructions():
    """The most that it uses."""
    function, _ = addresses()
    return "AVX-512" if ctypes.CFUNCTYPE(ctypes.c_uint64)(function)() >> AVX512 else "AVX2"
