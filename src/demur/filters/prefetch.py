"""The one instruction that compiled loops need and numba does not offer: fetch memory that is read soon.

Imports numba, and is imported by its compiled loops alone.
"""

from collections.abc import Callable
from typing import Any, TypeAlias, cast

import numpy as np
import numpy.typing as npt
from llvmlite import ir
from numba import types
from numba.extending import intrinsic

Arrays: TypeAlias = npt.NDArray[np.uint64] | npt.NDArray[np.uint32]


def _send_for(_: object, table: Any, place: Any) -> Any:  # noqa: ANN401 -- numba's own types
    def emit(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:  # noqa: ANN401 -- numba's own types
        array = context.make_array(signature.args[0])(context, builder, arguments[0])
        byte, number = ir.IntType(8).as_pointer(), ir.IntType(32)
        form = ir.FunctionType(ir.VoidType(), [byte, number, number, number])
        fetch = builder.module.declare_intrinsic("llvm.prefetch", [byte], form)
        address = builder.bitcast(builder.gep(array.data, [arguments[1]]), byte)
        # LLVM's language reference: to read, to be kept in every cache, data and no instructions.
        builder.call(fetch, [address, number(0), number(3), number(1)])
        return context.get_dummy_value()

    return types.void(table, place), emit


send_for = cast("Callable[[Arrays, np.uint64], None]", intrinsic(_send_for))
"""Tell the processor that a place of an array will be read soon: it fetches it, and nothing waits."""
