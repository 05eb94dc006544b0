"""Findings for people and as JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from studio.benchmark.ratios import Finding, Summary
from studio.benchmark.table import BENCHMARKS


def as_json(machine: Mapping[str, Any], findings: Sequence[Finding]) -> dict[str, Any]:
    """One object: the machine, and for each finding all its numbers."""
    records = [{"sentence": BENCHMARKS[f.name].sentence, **asdict(f)} for f in findings]
    return {"machine": dict(machine), "benchmarks": records}


def in_words(finding: Finding) -> str:
    """A finding in three lines or a few more."""
    unit = " ms" if finding.unit == "ms" else ""
    judged = "longest" if finding.unit == "ms" else "median"
    lines = [
        f"{finding.name}: {finding.judged:.4g}{unit}, goal ≤ {finding.goal:g}{unit}: "
        f"{finding.verdict}",
        f"    {BENCHMARKS[finding.name].sentence}",
        f"    {finding.workload}; {judged} of {finding.pairs} pairs, "
        f"quartiles {_quartiles(finding.value)}",
        f"    control {finding.control.median:.4g}{unit}, quartiles {_quartiles(finding.control)}"
        + (f", longest {finding.control.most:.4g}{unit}" if unit else ""),
    ]
    lines += [f"    {name}: {_plain(value)}" for name, value in finding.details.items()]
    return "\n".join(lines)


def machine_line(machine: Mapping[str, Any]) -> str:
    versions = ", ".join(f"{name} {number}" for name, number in machine["versions"].items())
    return (
        f"{machine['device']}; {machine['cpu_cores']} cores, {machine['torch_threads']} torch "
        f"threads, load {machine['load_average']}; {machine['system']}; "
        f"Qt on {machine['qt_platform'] or 'the desktop'}; {versions}"
    )


def _quartiles(summary: Summary) -> str:
    return f"{summary.q1:.4g} to {summary.q3:.4g}"


def _plain(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:.4g}" if isinstance(value, float) else str(value)
