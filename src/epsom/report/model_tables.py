"""The model as tables: states, parameters with their sources, causal map, outcomes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from epsom.base.i18n import Translator
from epsom.model.causal import Arrow, arrows, outcomes, quantities
from epsom.model.posterior import calibrated
from epsom.model.records import Parameter, parameters
from epsom.model.system import epsom_system
from epsom.report.forecast.glyphs import columns

_SIGNS = {"+": "──►", "-": "──⊣", "0": "──○", "~": "──◇"}


def _parameters(module: str | None) -> list[Parameter]:
    return [p for p in parameters().values() if module is None or p.module == module]


def _arrows(module: str | None) -> list[Arrow]:
    mine = {p.name for p in _parameters(module)}
    return [a for a in arrows() if module is None or mine & set(a.parameters)]


def _keys(items: Iterable[Any]) -> list[str]:
    return list(dict.fromkeys(source.key for source in items))


def model_json(parts: Sequence[str], module: str | None, t: Translator) -> dict[str, Any]:
    """Return the chosen parts of the model as data."""
    makers: dict[str, Callable[[], Any]] = {
        "states": lambda: list(epsom_system().states),
        "parameters": lambda: [_parameter_json(p, t) for p in _parameters(module)],
        "map": lambda: {
            "quantities": {name: t(f"model.quantity.{name}") for name in quantities()},
            "arrows": [_arrow_json(a) for a in _arrows(module)],
        },
        "outcomes": lambda: [
            {
                "name": o.name,
                "unit": o.unit,
                "path": list(o.path),
                "certainty": o.certainty,
                "sources": list(o.source_keys),
            }
            for o in outcomes().values()
        ],
    }
    return {part: makers[part]() for part in parts}


def _parameter_json(p: Parameter, t: Translator) -> dict[str, Any]:
    value, low, high = calibrated(p.name) or (p.value, None, None)
    return {
        "name": p.name,
        "module": p.module,
        "value": value,
        "low": low,
        "high": high,
        "unit": p.unit,
        "prior_value": p.value,
        "prior": p.prior,
        "spread": p.spread,
        "tag": p.tag,
        "meaning": t(f"model.parameter.{p.name}"),
        "note": p.note,
        "sources": [vars(source) for source in p.sources],
    }


def _arrow_json(a: Arrow) -> dict[str, Any]:
    return {
        "cause": a.cause,
        "effect": a.effect,
        "sign": a.sign,
        "certainty": a.certainty,
        "parameters": list(a.parameters),
        "sources": _keys(a.sources),
    }


def model_lines(parts: Sequence[str], module: str | None, t: Translator) -> list[str]:
    """Write the chosen parts of the model as text."""
    makers = {
        "states": _state_lines,
        "parameters": _parameter_lines,
        "map": _map_lines,
        "outcomes": _outcome_lines,
    }
    lines: list[str] = []
    for part in parts:
        lines += [t(f"system.part.{part}"), *makers[part](module, t), ""]
    return lines


def _state_lines(module: str | None, t: Translator) -> list[str]:
    names = epsom_system().states
    return [f"  {', '.join(names[i : i + 4])}" for i in range(0, len(names), 4)]


def _parameter_lines(module: str | None, t: Translator) -> list[str]:
    lines = []
    for p in _parameters(module):
        unit = p.unit.replace("_per_", "/").replace("dimensionless", "1")
        spread = f" ± {p.spread:g} ({p.prior})"
        found = calibrated(p.name)
        if found is None:
            lines.append(f"  {p.name} = {p.value:g} {unit}  [{t(f'system.tag.{p.tag}')}]")
        else:
            value, low, high = (f"{number:.3g}" for number in found)
            prior = t("system.prior", value=f"{p.value:g}{spread}")
            tag = t(f"system.tag.{p.tag}")
            lines.append(f"  {p.name} = {value} ({low} – {high}) {unit}  [{prior}; {tag}]")
        lines.append(f"      {t(f'model.parameter.{p.name}')}")
        for source in p.sources:
            place = ", ".join(x for x in (source.locator, f"doi {source.doi}" if source.doi else "") if x)
            lines.append(f"      {source.key}: {source.quantity} {source.value} {source.unit} ({place})")
    return lines


def _map_lines(module: str | None, t: Translator) -> list[str]:
    rows = [
        (
            "  " + t(f"model.quantity.{a.cause}"),
            _SIGNS[a.sign],
            t(f"model.quantity.{a.effect}"),
            t(f"forecast.certainty.{a.certainty}"),
            ", ".join(a.parameters),
        )
        for a in _arrows(module)
    ]
    return columns(rows, "lllll")


def _outcome_lines(module: str | None, t: Translator) -> list[str]:
    lines = []
    for o in outcomes().values():
        lines.append(f"  {t(f'forecast.outcome.{o.name}')}: {t(f'forecast.certainty.{o.certainty}')}")
        lines.append("      " + " → ".join(t(f"model.quantity.{q}") for q in o.path))
    return lines
