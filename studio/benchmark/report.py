"""Findings for people and as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any

from studio.benchmark.ratios import Finding, Summary
from studio.benchmark.table import BENCHMARKS


def as_json(machine: Mapping[str, Any], findings: Iterable[tuple[str, Finding]]) -> dict[str, Any]:
    """One object: the machine, and for each benchmark's name and finding all the numbers."""
    records = []
    for name, finding in findings:
        benchmark = BENCHMARKS[name]
        about = {"name": name, "sentence": benchmark.sentence}
        goal = {"goal": benchmark.goal, "unit": benchmark.unit}
        records.append({**about, **goal, **asdict(finding)})
    return {"machine": dict(machine), "benchmarks": records}


def in_words(name: str, finding: Finding) -> str:
    """A finding in some lines of text."""
    benchmark = BENCHMARKS[name]
    unit = " ms" if benchmark.in_ms else ""
    judged = "longest" if benchmark.in_ms else "median"
    control = finding.control.most if benchmark.in_ms else finding.control.median
    lines = [
        f"{name}: {finding.judged:.4g}{unit}, goal ≤ {benchmark.goal:g}{unit}: {finding.verdict}",
        f"    {benchmark.sentence}",
        f"    {finding.workload}",
        f"    {judged} of {finding.pairs} pairs, {_quartiles(finding.value)}; "
        f"control {control:.4g}{unit}, {_quartiles(finding.control)}",
    ]
    lines += [f"    {key}: {_plain(value)}" for key, value in finding.details.items()]
    return "\n".join(lines)


def machine_line(machine: Mapping[str, Any]) -> str:
    """On what it was measured, in one line."""
    versions = ", ".join(f"{name} {number}" for name, number in machine["versions"].items())
    return (
        f"{machine['device']}; {machine['cpu_cores']} cores, {machine['torch_threads']} torch "
        f"threads, load {machine['load_average']}; {machine['system']}; "
        f"Qt on {machine['qt_platform'] or 'the desktop'}; {versions}"
    )


def _quartiles(summary: Summary) -> str:
    return f"quartiles {summary.q1:.4g} to {summary.q3:.4g}"


def _plain(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:.4g}" if isinstance(value, float) else str(value)
