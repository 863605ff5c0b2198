"""A simulation as SED-ML Level 1 Version 4: the model's own person, without and with a supplement."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from xml.sax.saxutils import quoteattr

NAMESPACE = "http://sed-ml.org/sed-ml/level1/version4"
SBML = "http://www.sbml.org/sbml/level3/version2/core"
LANGUAGE = "urn:sedml:language:sbml.level-3.version-2"
CVODE, RELATIVE, ABSOLUTE = "KISAO:0000019", "KISAO:0000209", "KISAO:0000211"


@dataclass(frozen=True)
class Experiment:
    """Hold what is simulated: the dose that is added [mg/day], for how long, what is looked at."""

    model_file: str
    supplement: float = 368.0
    days: int = 84
    outcomes: tuple[str, ...] = ("serum_mg", "urine_mg", "sbp", "dbp", "crp", "homa_ir")
    rtol: float = 1e-9
    atol: float = 1e-12


ARMS = ("without", "with")


def _parameter(name: str) -> str:
    return f"/sbml:sbml/sbml:model/sbml:listOfParameters/sbml:parameter[@id='{name}']"


def _models(asked: Experiment) -> list[str]:
    target = quoteattr(_parameter("supplement") + "/@value")
    change = f'<changeAttribute target={target} newValue="{asked.supplement:g}"/>'
    return [
        "<listOfModels>",
        f'<model id="without" name="usual diet" language="{LANGUAGE}" source="{asked.model_file}"/>',
        f'<model id="with" name="with {asked.supplement:g} mg of magnesium a day" language="{LANGUAGE}" '
        f'source="#without"><listOfChanges>{change}</listOfChanges></model>',
        "</listOfModels>",
    ]


def _simulation(asked: Experiment) -> list[str]:
    settings = ((RELATIVE, asked.rtol), (ABSOLUTE, asked.atol))
    tuning = "".join(f'<algorithmParameter kisaoID="{code}" value="{value:g}"/>' for code, value in settings)
    return [
        "<listOfSimulations>",
        f'<uniformTimeCourse id="days" initialTime="0" outputStartTime="0" outputEndTime="{asked.days}" '
        f'numberOfSteps="{asked.days}"><algorithm kisaoID="{CVODE}"><listOfAlgorithmParameters>{tuning}'
        "</listOfAlgorithmParameters></algorithm></uniformTimeCourse>",
        "</listOfSimulations>",
        "<listOfTasks>",
        *(f'<task id="run_{arm}" modelReference="{arm}" simulationReference="days"/>' for arm in ARMS),
        "</listOfTasks>",
    ]


def _generator(key: str, name: str, variable: str) -> str:
    math = f'<math xmlns="http://www.w3.org/1998/Math/MathML"><ci>v_{key}</ci></math>'
    return (
        f'<dataGenerator id="{key}" name={quoteattr(name)}><listOfVariables>{variable}</listOfVariables>'
        f"{math}</dataGenerator>"
    )


def _generators(asked: Experiment) -> list[str]:
    time = '<variable id="v_time" symbol="urn:sedml:symbol:time" taskReference="run_without"/>'
    found = [_generator("time", "time [d]", time)]
    for arm in ARMS:
        for outcome in asked.outcomes:
            key = f"{outcome}_{arm}"
            target = quoteattr(_parameter(outcome))
            variable = f'<variable id="v_{key}" target={target} taskReference="run_{arm}"/>'
            found.append(_generator(key, f"{outcome}, {arm}", variable))
    return ["<listOfDataGenerators>", *found, "</listOfDataGenerators>"]


def _outputs(asked: Experiment) -> list[str]:
    keys = ["time", *(f"{outcome}_{arm}" for arm in ARMS for outcome in asked.outcomes)]
    sets = "".join(f'<dataSet id="d_{key}" label="{key}" dataReference="{key}"/>' for key in keys)
    plots = []
    for outcome in asked.outcomes:
        curves = "".join(
            f'<curve id="c_{outcome}_{arm}" name="{arm}" xDataReference="time" '
            f'yDataReference="{outcome}_{arm}"/>'
            for arm in ARMS
        )
        plots.append(f'<plot2D id="p_{outcome}"><listOfCurves>{curves}</listOfCurves></plot2D>')
    report = f'<report id="table"><listOfDataSets>{sets}</listOfDataSets></report>'
    return ["<listOfOutputs>", report, *plots, "</listOfOutputs>"]


def sedml_text(asked: Experiment) -> str:
    """Return the experiment as SED-ML."""
    parts: Sequence[str] = (
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<sedML xmlns="{NAMESPACE}" xmlns:sbml="{SBML}" level="1" version="4">',
        *_models(asked),
        *_simulation(asked),
        *_generators(asked),
        *_outputs(asked),
        "</sedML>",
    )
    return "\n".join(parts) + "\n"
