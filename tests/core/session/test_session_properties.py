"""Session files: whatever stands in them, they give a session or a reason."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st
from strategies import changed_json, damaged, refusal_of, sessions

from perturber.core.session.session import Session, dumps, loads

DEFAULT = dumps(Session())


def reads_or_refuses(text: str) -> None:
    """A session that survives another file, or InputError that names the source."""
    if (refusal := refusal_of(lambda: loads(text, "a.json"))) is not None:
        assert refusal.source == "a.json"
        assert refusal.problem
    else:
        session = loads(text, "a.json")
        assert loads(dumps(session)) == session


@given(sessions())
def test_every_session_comes_back_equal(session: Session) -> None:
    again = loads(dumps(session))
    assert again == session
    assert hash(again) == hash(session)
    assert dumps(again) == dumps(session)


@given(changed_json(json.loads(DEFAULT)))
def test_one_wrong_value_is_refused_or_read(text: str) -> None:
    reads_or_refuses(text)


@given(damaged(DEFAULT.encode()).map(lambda data: data.decode("utf-8", "replace")))
def test_a_damaged_text_is_refused_or_read(text: str) -> None:
    reads_or_refuses(text)


@given(st.text())
def test_any_text_is_refused_or_read(text: str) -> None:
    reads_or_refuses(text)
