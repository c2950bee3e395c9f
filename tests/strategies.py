"""What property tests draw from: values of parameters, whole sessions, JSON, damaged bytes."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

from perturber.core.errors import InputError
from perturber.core.parameters.parameter import Parameter, replace, walk
from perturber.core.session.session import Session

PARAMETERS = tuple(walk(Session))

scalars: st.SearchStrategy[Any] = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=20), st.sampled_from(["slot1", "kind", "l2"])
)
json_values: st.SearchStrategy[Any] = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
)


def refusal_of(action: Callable[[], object]) -> InputError | None:
    """The InputError an action ends in; None when it succeeds. Anything else it raises goes on."""
    try:
        action()
    except InputError as error:
        return error
    return None


def values_of(parameter: Parameter) -> st.SearchStrategy[Any]:
    """Values that a parameter takes."""
    if parameter.kind == "float":
        return st.floats(parameter.low, parameter.high)
    if parameter.kind == "int":
        return st.integers(int(parameter.low or 0), int(parameter.high or 0))
    if parameter.kind == "bool":
        return st.booleans()
    return st.sampled_from(parameter.choices) if parameter.choices else st.text(max_size=30)


@st.composite
def sessions(draw: st.DrawFn) -> Session:
    """Sessions with some parameters changed; a text that a parameter does not take is left out."""
    session = Session()
    for parameter in draw(st.lists(st.sampled_from(PARAMETERS), max_size=8, unique=True)):
        try:
            session = replace(session, parameter.path, draw(values_of(parameter)))
        except InputError:
            assert parameter.kind == "text"
    return session


@st.composite
def changed_json(draw: st.DrawFn, data: Any) -> str:
    """JSON text of ``data`` with one value, somewhere inside, replaced, added or taken away."""
    data = json.loads(json.dumps(data))
    place = data
    while True:
        key = draw(st.sampled_from(sorted(place)))
        if not (isinstance(place[key], dict) and place[key] and draw(st.booleans())):
            break
        place = place[key]
    action = draw(st.sampled_from(["replace", "add", "remove"]))
    if action == "remove":
        del place[key]
    else:
        place[key if action == "replace" else draw(st.text(max_size=8))] = draw(json_values)
    return json.dumps(data)


@st.composite
def damaged(draw: st.DrawFn, data: bytes) -> bytes:
    """Bytes with a few of them changed, taken out, repeated, or the end cut off."""
    damaged = bytearray(data)
    for _ in range(draw(st.integers(1, 3))):
        first, length = draw(st.integers(0, max(len(damaged) - 1, 0))), draw(st.integers(1, 8))
        action = draw(st.sampled_from(["change", "remove", "repeat", "cut"]))
        if action == "change":
            damaged[first : first + length] = draw(st.binary(min_size=1, max_size=length))
        elif action == "remove":
            del damaged[first : first + length]
        elif action == "repeat":
            damaged[first:first] = damaged[first : first + length]
        else:
            del damaged[first:]
    return bytes(damaged)
