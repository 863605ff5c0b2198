"""Keep results: numbers as JSON with a table in Markdown beside it; runs of other models stay."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

Ratios = Callable[[list[dict[str, Any]]], dict[str, dict[str, Any]]]


def keep(path: Path, found: dict[str, Any], command: str, ratios: Ratios) -> None:
    """Write ``path`` and its twin; what an earlier run found for other models and solvers is kept."""
    if path.is_file():
        found = _merged(json.loads(path.read_text(encoding="utf-8")), found)
        for model in found["ratios"]:
            found["ratios"][model] = ratios([row for row in found["rows"] if row["model"] == model])
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    path.with_suffix(".md").write_text(f"# `{command}`\n\n{markdown(found)}", encoding="utf-8")


def _merged(before: dict[str, Any], now: dict[str, Any]) -> dict[str, Any]:
    again = {(row["model"], row["solver"]) for row in now["rows"]}
    kept = [row for row in before["rows"] if (row["model"], row["solver"]) not in again]
    order = list(dict.fromkeys(row["model"] for row in before["rows"] + now["rows"]))
    rows = sorted(kept + now["rows"], key=lambda row: order.index(row["model"]))
    joined = {**before, **now, "rows": rows}
    for name in ("ratios", "notes"):
        models = {*before[name], *now[name]}
        joined[name] = {m: {**before[name].get(m, {}), **now[name].get(m, {})} for m in sorted(models)}
    joined["missing"] = sorted(set(now.get("missing", ())) - {row["solver"] for row in rows})
    return joined


def markdown(found: dict[str, Any]) -> str:
    """Write results as tables."""
    about = found["machine"]
    lines = [
        f"{about['architecture']}, {about['cores']} cores, {about['lanes_double']} doubles a vector. "
        f"Not run: {', '.join(found.get('missing', ())) or 'none'}.",
        "",
        "| model | solver | relative tolerance | members | CPU ms a member | median error | largest error |",
        "|---|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {r['model']} | {r['solver']} | {r['rtol']:.0e} | {r['members']} | {r['cpu_ms']:.4g} "
        f"| {r['error_median']:.1e} | {r['error_max']:.1e} |"
        for r in found["rows"]
    ]
    lines += ["", "| model | solver, tolerance | CPU time / fast engine's at equal error |", "|---|---|---|"]
    for model, peers in found["ratios"].items():
        for peer, ratio in peers.items():
            mark = "" if ratio["inside"] else " (outside the measured line)"
            lines.append(f"| {model} | {peer} | {ratio['equal_error']:.3g}{mark} |")
    lines += _limits(found.get("limits", ())) + _scaling(found.get("scaling", ()))
    lines += ["", "| model | load | first use s | cached s | yardstick off by |", "|---|---|---|---|---|"]
    lines += [
        f"| {model} | {n['load']} | {n['cold_s']:.2f} | {n['cached_s']:.3f} "
        f"| {n['yardstick_against_reference']:.1e} |"
        for model, n in found["notes"].items()
    ]
    return "\n".join(lines) + "\n"


def _limits(rows: Any) -> list[str]:
    if not rows:
        return []
    return [
        "",
        "| precision | operations a step | steps | reached of measured peak, GFLOP/s | fused | kB a block |",
        "|---|---|---|---|---|---|",
        *(
            f"| {r['precision']} | {r['operations_per_step']:,.0f} | {r['steps']:.1f} "
            f"| {r['reached_gflops']:.1f} of {r['peak_gflops']:.0f} ({r['share_of_peak']:.0%}) "
            f"| {r['fused_share']:.0%} | {r['block_kilobytes']:.0f} |"
            for r in rows
        ),
    ]


def _scaling(rows: Any) -> list[str]:
    if not rows:
        return []
    return [
        "",
        "| precision | threads | members | CPU us a member | wall us a member |",
        "|---|---|---|---|---|",
        *(
            f"| {r['precision']} | {r['threads']} | {r['members']:,} "
            f"| {r['cpu_us']:.1f} | {r['wall_us']:.1f} |"
            for r in rows
        ),
    ]
