"""Replacing parameters: what lies in the range is kept, everything else is refused by its path."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from strategies import PARAMETERS, json_values, refusal_of, values_of

from perturber.core.parameters.parameter import Parameter, get, replace
from perturber.core.session.session import Session

parameters = st.sampled_from(PARAMETERS)


@given(st.data())
def test_values_in_the_range_are_read_back(data: st.DataObject) -> None:
    parameter = data.draw(parameters.filter(lambda p: p.kind != "text"))
    value = data.draw(values_of(parameter))
    assert get(replace(Session(), parameter.path, value), parameter.path) == value


@given(parameters, json_values)
def test_any_value_is_taken_or_refused_by_its_path(parameter: Parameter, value: object) -> None:
    if (refusal := refusal_of(lambda: replace(Session(), parameter.path, value))) is not None:
        assert refusal.source.startswith(parameter.path)
        return
    changed = replace(Session(), parameter.path, value)
    kept = get(changed, parameter.path)
    if parameter.kind in ("float", "int"):
        assert parameter.low is not None
        assert parameter.high is not None
        assert parameter.low <= kept <= parameter.high
    elif parameter.kind == "choice":
        assert kept in parameter.choices


@given(st.text(max_size=30) | st.lists(st.sampled_from(["scene", "camera", "yaw", "x", ""])).map(".".join), json_values)
def test_any_path_is_taken_or_refused(path: str, value: object) -> None:
    refusal = refusal_of(lambda: replace(Session(), path, value))
    assert refusal is None or refusal.problem


@given(st.sampled_from([p for p in PARAMETERS if p.kind in ("float", "int")]), st.floats(0, 1e300, exclude_min=True))
def test_values_beyond_the_range_are_refused(parameter: Parameter, beyond: float) -> None:
    assert parameter.high is not None
    value = parameter.high + max(beyond, abs(parameter.high) * 1e-9)
    refusal = refusal_of(lambda: replace(Session(), parameter.path, value))
    assert refusal is not None
    assert refusal.source == parameter.path
