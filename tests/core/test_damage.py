"""Reports of what is damaged: once, bounded, without control characters."""

from __future__ import annotations

from perturber.core.damage import LONGEST, MOST, hearing_damage, report_damage


def test_a_report_is_heard_once_by_each_listener_of_its_kind():
    everything: list[str] = []
    plugins: list[str] = []
    with hearing_damage(everything.append), hearing_damage(plugins.append, "plugin"):
        for _ in range(3):
            report_damage("a.toml: it is empty")
            report_damage("the plug-in x cannot be loaded", "plugin")
    report_damage("too late")
    assert everything == ["a.toml: it is empty", "the plug-in x cannot be loaded"]
    assert plugins == ["the plug-in x cannot be loaded"]


def test_reports_are_bounded_and_harmless_to_a_terminal():
    heard: list[str] = []
    with hearing_damage(heard.append):
        report_damage("\x1b[2Jclear\n\u202e%s" + "x" * 5000)
        for number in range(200):
            report_damage(f"file {number}")
    assert heard[0].startswith(r"\u001b[2Jclear\u000a\u202e%sxxx")
    assert len(heard[0]) == LONGEST
    assert len(heard) == MOST + 1
    assert heard[-1].startswith("More is damaged")
