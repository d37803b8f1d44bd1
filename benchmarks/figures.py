"""How a benchmark says what it measured: one JSON line a figure, and an exit status.

Knows nothing of what is measured.
"""

import json
from typing import Literal


class Figures:
    """Prints figures as they come, and remembers whether all of them met their targets."""

    def __init__(self) -> None:
        self.all_met = True

    def say(
        self,
        name: str,
        value: float,
        unit: str,
        sense: Literal["at most", "at least"],
        target: float,
        **more: object,
    ) -> None:
        """Print one figure with its target, and whatever else belongs to it."""
        met = value <= target if sense == "at most" else value >= target
        self.all_met &= met
        line = {
            "name": name,
            "value": round(value, 3),
            "unit": unit,
            "target": f"{sense} {target}",
            "met": met,
            **more,
        }
        print(json.dumps(line), flush=True)

    @property
    def exit_status(self) -> int:
        """0 where every target was met, else 1."""
        return 0 if self.all_met else 1
