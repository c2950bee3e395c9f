"""Pickles read without running anything: a file names classes and functions, and none of them is ever looked up.

Whatever a pickle names becomes a `GlobalName`, whatever it makes or calls an `InertObject` that only remembers its
name and its content. Nothing is imported. The exceptions are `BUILDERS`: a few names for which functions of this
program make plain dictionaries, bytes or tensors.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import IO, Any, ClassVar

PLAIN_KEYS = (str, int, float, bytes, type(None))
"""Kinds of keys that are kept: hashing a deeply nested tuple could overflow the stack."""
RUNNING = (
    "os",
    "posix",
    "nt",
    "subprocess",
    "commands",
    "runpy",
    "pty",
    "ctypes",
    "shutil",
    "socket",
    "webbrowser",
    "importlib",
)
"""Modules whose functions have no place in a weights file. Naming one refuses the file."""
RUNNING_BUILTINS = ("eval", "exec", "compile", "open", "__import__", "execfile", "breakpoint", "input")


class ForbiddenName(pickle.UnpicklingError):
    """The pickle names a function that could only be there to run code; the message is its name."""


@dataclass(frozen=True)
class GlobalName:
    """A class or function that a pickle names."""

    module: str
    name: str

    @property
    def path(self) -> str:
        """Module and name with a dot between them."""
        return f"{self.module}.{self.name}"


class InertObject:
    """What stands in for any object that a pickle makes: the name of its class, and its content."""

    __slots__ = ("entries", "path", "state")

    def __init__(self, path: str) -> None:
        self.path = path
        self.entries: dict[object, object] = {}
        """What a dictionary-like object holds."""
        self.state: object = None
        """Its attributes, usually a dictionary."""

    def __repr__(self) -> str:
        return f"<{self.path}>"


Builder = Callable[["InertUnpickler", tuple[Any, ...]], object]
"""Makes a value from the arguments that a pickle gives."""


def _dictionary(reader: InertUnpickler, args: tuple[Any, ...]) -> object:
    """A dictionary from nothing, a mapping, or pairs."""
    given = args[0] if args else {}
    pairs = given.items() if isinstance(given, dict) else [tuple(pair) for pair in given]
    made: dict[object, object] = {}
    for key, value in pairs:
        _put(made, key, value)
    return made


def _empty(reader: InertUnpickler, args: tuple[Any, ...]) -> object:
    return {}


def _encoded(reader: InertUnpickler, args: tuple[Any, ...]) -> object:
    """Bytes, which old protocols store as text."""
    if args[1:] != ("latin1",) or not isinstance(args[0], str):
        raise pickle.UnpicklingError("unknown encoding")
    return args[0].encode("latin1")


BUILDERS: dict[tuple[str, str], Builder] = {
    ("collections", "OrderedDict"): _dictionary,
    ("collections", "Counter"): _dictionary,
    ("collections", "defaultdict"): _empty,
    ("_codecs", "encode"): _encoded,
}


def _put(target: object, key: object, value: object) -> None:
    """Store an item of a dictionary, or of what stands in for one."""
    entries = target.entries if isinstance(target, InertObject) else target
    if not isinstance(entries, dict):
        raise pickle.UnpicklingError("items outside a dictionary")
    if isinstance(key, PLAIN_KEYS):
        entries[key] = value


class InertUnpickler(pickle._Unpickler):
    """Reads one pickle of a stream.

    ``builders`` add to `BUILDERS`; ``load_persistent`` gives the values that the pickle refers to by id. The
    implementation in Python is used because the one in C reserves memory for whatever number of memo entries a
    damaged file claims.
    """

    stack: list[Any]
    metastack: list[Any]
    read: Callable[[int], bytes]

    def __init__(
        self,
        stream: IO[bytes],
        builders: Mapping[tuple[str, str], Builder],
        load_persistent: Callable[[object], object],
    ) -> None:
        super().__init__(stream, encoding="latin1")
        self._builders = {**BUILDERS, **builders}
        self._load_persistent = load_persistent
        self.names: set[str] = set()
        """The names of all objects that were replaced."""

    def find_class(self, module: str, name: str) -> GlobalName:
        """Return the name itself. Raises ForbiddenName for what could only be there to run code."""
        if type(module) is not str or type(name) is not str:
            raise pickle.UnpicklingError("a name is no text")
        builtin = module in {"builtins", "__builtin__", "io", "_io"} and name in RUNNING_BUILTINS
        if builtin or module.partition(".")[0] in RUNNING:
            raise ForbiddenName(f"{module}.{name}")
        return GlobalName(module, name)

    def persistent_load(self, pid: object) -> object:
        """Return the value of an id."""
        return self._load_persistent(pid)

    def call(self, function: object, args: object) -> object:
        """Return what stands for a call: a value by a builder, otherwise an inert object."""
        if not isinstance(args, tuple):
            raise pickle.UnpicklingError("the arguments are no tuple")
        if isinstance(function, GlobalName):
            if builder := self._builders.get((function.module, function.name)):
                return builder(self, args)
            named = next((arg for arg in args if isinstance(arg, GlobalName)), None)
            whole = function.module in {"copyreg", "copy_reg"} and named is not None
            return self._inert(named.path if whole and named is not None else function.path)
        if isinstance(function, InertObject):
            return self._inert(function.path)
        raise pickle.UnpicklingError("a value is called")

    def _inert(self, path: str) -> InertObject:
        self.names.add(path)
        return InertObject(path)

    def _items(self) -> list[Any]:
        """What lies above the last mark."""
        items = self.stack
        self.stack = self.metastack.pop()
        self.append = self.stack.append
        return items

    def _instantiate(self, klass: object, args: Sequence[object]) -> None:
        self.stack.append(self.call(klass, tuple(args)))

    def get_extension(self, code: int) -> None:
        """Refuse numbers for names, which depend on the process."""
        raise pickle.UnpicklingError("it holds extension codes")

    def _reduce(self) -> None:
        args = self.stack.pop()
        self.stack[-1] = self.call(self.stack[-1], args)

    def _reduce_with_keywords(self) -> None:
        self.stack.pop()
        self._reduce()

    def _build(self) -> None:
        state = self.stack.pop()
        if isinstance(self.stack[-1], InertObject):
            self.stack[-1].state = state

    def _set_item(self) -> None:
        value, key = self.stack.pop(), self.stack.pop()
        _put(self.stack[-1], key, value)

    def _set_items(self) -> None:
        items = self._items()
        for key, value in zip(items[::2], items[1::2], strict=True):
            _put(self.stack[-1], key, value)

    def _make_dictionary(self) -> None:
        items, made = self._items(), dict[object, object]()
        for key, value in zip(items[::2], items[1::2], strict=True):
            _put(made, key, value)
        self.stack.append(made)

    def _append_one(self) -> None:
        value = self.stack.pop()
        if type(self.stack[-1]) is list:
            self.stack[-1].append(value)

    def _append_all(self) -> None:
        items = self._items()
        if type(self.stack[-1]) is list:
            self.stack[-1].extend(items)

    def _make_set(self) -> None:
        self.stack.append(InertObject("builtins.set"))

    def _add_to_set(self) -> None:
        self._items()

    def _make_frozen_set(self) -> None:
        self._items()
        self._make_set()

    def _make_byte_array(self) -> None:
        # Python would reserve and clear as much memory as the file claims before it reads a byte.
        size = int.from_bytes(self.read(8), "little")
        data = self.read(size)
        if len(data) != size:
            raise pickle.UnpicklingError("it ends too early")
        self.stack.append(data)

    dispatch: ClassVar[dict[int, Callable[[Any], None]]] = {
        **pickle._Unpickler.dispatch,
        pickle.REDUCE[0]: _reduce,
        pickle.NEWOBJ[0]: _reduce,
        pickle.NEWOBJ_EX[0]: _reduce_with_keywords,
        pickle.BUILD[0]: _build,
        pickle.SETITEM[0]: _set_item,
        pickle.SETITEMS[0]: _set_items,
        pickle.DICT[0]: _make_dictionary,
        pickle.APPEND[0]: _append_one,
        pickle.APPENDS[0]: _append_all,
        pickle.EMPTY_SET[0]: _make_set,
        pickle.ADDITEMS[0]: _add_to_set,
        pickle.FROZENSET[0]: _make_frozen_set,
        pickle.BYTEARRAY8[0]: _make_byte_array,
    }
