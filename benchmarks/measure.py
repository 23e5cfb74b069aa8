"""Takes variants in turn and compares their medians: machines are noisy, a ratio in one run is not."""

import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

Act = Callable[[int], object]  # takes the number of the round


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds per act of one variant."""

    median: float
    worst: float


def in_turn(variants: Mapping[str, Act], rounds: int, warm_up: int = 20) -> dict[str, Timing]:
    """Run every variant once a round, so that whatever disturbs the machine disturbs all of them."""
    seconds: dict[str, list[float]] = {name: [] for name in variants}
    for number in range(warm_up + rounds):
        for name, act in variants.items():
            started = time.perf_counter()
            act(number)
            passed = time.perf_counter() - started
            if number >= warm_up:
                seconds[name].append(passed)
    return {name: Timing(statistics.median(taken), max(taken)) for name, taken in seconds.items()}
