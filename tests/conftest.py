"""Settings for all tests: property tests have no stopwatch, and are the same in every CI run."""

from __future__ import annotations

import os

from hypothesis import settings

settings.register_profile("epsom", deadline=None, derandomize=bool(os.environ.get("CI")))
settings.load_profile("epsom")
