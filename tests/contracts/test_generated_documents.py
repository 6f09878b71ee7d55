"""Documents that are made from something else are not behind it."""

import subprocess
import sys
from pathlib import Path

GENERATE = Path(__file__).resolve().parents[2] / "docs/generate.py"


def test_every_generated_document_is_up_to_date_and_every_value_of_the_chart_is_described():
    ran = subprocess.run([sys.executable, GENERATE, "--check"], capture_output=True, text=True, check=False)

    assert ran.returncode == 0, ran.stderr
