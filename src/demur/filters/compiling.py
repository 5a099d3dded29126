"""How the text filter's loops are compiled: every function is lowered once, and optimised with all that calls it.

numba optimises and translates each function together with everything that it calls, then again in each of its callers.
The loops are some two hundred small functions that call each other, so that was half of the wait for the first call.
Here the functions that only compiled code calls (`inner`) are kept as they were lowered, until one that Python calls
(`outer`) is made of them; they are its own then, which leaves the optimiser more freedom. No other function can call an
inner one.

numba also makes functions of its own, which count references to arrays, in every process: a twentieth of a second, and
twenty megabytes of the compiler in memory. Loops from the cache hold all that they need of them, so here they are made
when something is compiled. Imports numba.
"""

from collections.abc import Callable, Iterable
from functools import cached_property
from typing import Any, Final, TypeVar, cast

import numba
from llvmlite.binding import Linkage
from numba.core.codegen import CodeLibrary, JITCodeLibrary
from numba.core.compiler import CompilerBase, DefaultPassBuilder
from numba.core.compiler_machinery import AnalysisPass, register_pass
from numba.core.runtime import nrtdynmod
from numba.core.typed_passes import AnnotateTypes

_Function = TypeVar("_Function", bound=Callable[..., Any])
_Decorator = Callable[[_Function], _Function]

_KNOWN: Final = (0, 68)
"""The version of numba whose inner ways are known here; another one compiles as it always does, which takes longer."""


_NEEDLESS: Final = frozenset(
    {
        "with_lifting",
        "inline_closure_likes",
        "Rewrite dynamic raises",
        "make_function_op_code_to_jit_function",
        "find_literally",
        "literal_unroll",
        "LiteralPropagation",
        "inline_overloads",
        "nopython_rewrites",
        "dump_parfor_diagnostics",
    }
)
"""numba's passes for what the loops do not have: closures, `with`, arrays that are added up as a whole."""


class _Part(JITCodeLibrary):
    """The code of one function as it was lowered, for others to link. It is never translated by itself."""

    def __init__(self, codegen: Any, name: str) -> None:  # noqa: ANN401 -- numba's own types
        super().__init__(codegen, name)  # type: ignore[no-untyped-call]
        self.environments: list[tuple[str, object]] = []

    def finalize(self) -> None:
        self._finalized = True

    def get_pointer_to_function(self, name: str) -> int:  # noqa: ARG002 -- numba's name for it
        """Return 0: there is no way in from Python."""
        return 0

    @property
    def codegen(self) -> Any:  # noqa: ANN401 -- numba's own types
        """Keep what numba would set in the translated code until there is some."""
        return self

    def set_env(self, name: str, environment: object) -> None:
        self.environments.append((name, environment))


class _Whole(JITCodeLibrary):
    """The code of a function that Python calls, with all parts that it needs."""

    def finalize(self) -> None:
        self._linking_libraries = _needed(self._linking_libraries)
        super().finalize()  # type: ignore[no-untyped-call]
        codegen: Any = self._codegen
        for library in self._linking_libraries:
            for name, environment in library.environments if isinstance(library, _Part) else ():
                if codegen._engine.is_symbol_defined(name):  # noqa: SLF001 -- as numba does it
                    codegen.set_env(name, environment)

    def _optimize_final_module(self) -> None:
        for function in self._final_module.functions:
            if function.linkage == Linkage.linkonce_odr and not function.is_declaration:
                function.linkage = Linkage.internal
        super()._optimize_final_module()  # type: ignore[no-untyped-call]


def _needed(libraries: Iterable[CodeLibrary]) -> list[CodeLibrary]:
    """Return libraries with all that their parts need, each once."""
    needed: dict[CodeLibrary, None] = {}
    waiting = list(libraries)
    while waiting:
        library = waiting.pop()
        if library not in needed:
            needed[library] = None
            waiting += library._linking_libraries if isinstance(library, _Part) else []  # noqa: SLF001 -- our own
    return list(needed)


class _Chosen(AnalysisPass):
    """Chooses the library before a function is lowered into it."""

    library: type[JITCodeLibrary]

    def __init__(self) -> None:
        AnalysisPass.__init__(self)

    def run_pass(self, state: Any) -> bool:  # noqa: ANN401 -- numba's own types
        """Give the function a library of the kind that is chosen, as numba's own pass would; return "not changed"."""
        state.library = self.library(state.targetctx.codegen(), state.func_id.func_qualname)
        state.library.enable_object_caching()
        return False


@register_pass(mutates_CFG=False, analysis_only=True)
class _ChoosePart(_Chosen):
    _name, library = "part", _Part


@register_pass(mutates_CFG=False, analysis_only=True)
class _ChooseWhole(_Chosen):
    _name, library = "whole", _Whole


class _Compiler(CompilerBase):
    choice: type[_Chosen]

    def define_pipelines(self) -> list[Any]:
        passes = DefaultPassBuilder.define_nopython_pipeline(self.state)
        passes.passes = [one for one in passes.passes if one[0].name() not in _NEEDLESS]
        passes.add_pass_after(self.choice, AnnotateTypes)
        passes.finalize()
        return [passes]


class _PartCompiler(_Compiler):
    choice = _ChoosePart


class _WholeCompiler(_Compiler):
    choice = _ChooseWhole


_compile_runtime: Final[Callable[[Any], CodeLibrary]] = nrtdynmod.compile_nrt_functions


class _LateRuntime:
    """The library of numba's own functions, compiled when something asks for anything in it."""

    def __init__(self, context: Any) -> None:  # noqa: ANN401 -- numba's own types
        self._context = context

    @cached_property
    def _library(self) -> CodeLibrary:
        return _compile_runtime(self._context)

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 -- numba's own types
        if name == "_library":  # an error within the compilation came here: asked again it would hide itself
            message = "numba's own functions could not be compiled"
            raise RuntimeError(message)
        return getattr(self._library, name)


if numba.version_info.short == _KNOWN:
    nrtdynmod.compile_nrt_functions = _LateRuntime


def _decorator(compiler: type[_Compiler], **options: bool) -> _Decorator[Any]:
    chosen = {"pipeline_class": compiler} if numba.version_info.short == _KNOWN else {}
    return cast("_Decorator[Any]", cast("Any", numba.njit)(nogil=True, **options, **chosen))


_inner = _decorator(_PartCompiler, no_cpython_wrapper=True, no_cfunc_wrapper=True)
_outer = _decorator(_WholeCompiler, cache=True)
_small: _Decorator[Any] = cast("Any", numba.njit)(
    nogil=True, no_cpython_wrapper=True, no_cfunc_wrapper=True, forceinline=True
)


def inner(function: _Function) -> _Function:
    """Compile what only compiled code calls: without a way in from Python, which takes long to make."""
    return cast("_Function", _inner(function))


def outer(function: _Function) -> _Function:
    """Compile what Python calls, and keep it on disk; it releases the interpreter's lock."""
    return cast("_Function", _outer(function))


def small(function: _Function) -> _Function:
    """Compile what LLVM writes out in each caller, whoever that is; numba's `inline` reads it anew at each call."""
    return cast("_Function", _small(function))
