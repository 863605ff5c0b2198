"""Draw the picture of the README from the worked example that ``epsom forecast`` computes.

Run after a change of the model: ``python tools/readme_picture.py docs/img/forecast.svg``.
"""

from __future__ import annotations

import sys
from pathlib import Path
from textwrap import wrap

from epsom.base.files import write_whole
from epsom.base.i18n import Translator
from epsom.cli.commands.forecast import DRAWS_ONE, EXAMPLE
from epsom.engine.registry import engine
from epsom.people.people import people_from_rows
from epsom.people.row import read_row
from epsom.report.charts import trajectory
from epsom.report.forecast import display, figures, words
from epsom.study.forecast import Settings, forecast
from epsom.study.summary import summarise

LINE = 112  # characters above the picture


def main(target: str) -> None:
    """Compute the example and write the trajectory of its headline as a file of its own."""
    t, settings = Translator("en"), Settings(draws=DRAWS_ONE)
    people = people_from_rows([read_row(dict(EXAMPLE))], ["1"])
    result = forecast(people, engine(settings.engine), settings)
    found = next(one for one in summarise(result, 0) if one.outcome.name == words.HEADLINE)
    figure = figures.trajectory_figure(t, found)
    drawing = trajectory.draw(display.trajectory(t, found), t, "forecast")
    below = display.sentence_case(f"{words.plan_words(t, result, 0)}. {figure.drawn}")
    write_whole(Path(target), drawing.standalone([figure.title, *wrap(below, LINE)]))


if __name__ == "__main__":
    main(*sys.argv[1:2])
