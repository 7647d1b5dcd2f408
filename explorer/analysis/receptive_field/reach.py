"""Along one axis, which input pixels can change each unit: exact interval arithmetic."""

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from math import gcd, lcm

import numpy as np
from jaxtyping import Int

__all__ = ["OutOfLine", "Reach"]

NOTHING = np.iinfo(np.int64).max // 4
"""Where a source index stands for no unit at all."""


class OutOfLine(ValueError):
    """Branches that meet do not step over the picture at the same pace, or not in as many steps."""


@dataclass(frozen=True, eq=False)
class Reach:
    """The interval of pixels that each of a row of units sees; for two branches, the hull of both.

    On the picture itself unit i sees pixels first[i] … last[i], both included; a unit that sees only padding
    has first > last. On an endless plane, where nothing is cut off by the picture's edges, the pattern of the
    intervals repeats: unit i sees low[i mod p] + shift·⌊i/p⌋ … high[i mod p] + shift·⌊i/p⌋, p units being one
    period. p is 1 for convolution and pooling, and more once a map was enlarged.
    """

    first: Int[np.ndarray, " units"]
    last: Int[np.ndarray, " units"]
    low: Int[np.ndarray, " period"]
    high: Int[np.ndarray, " period"]
    shift: int
    """Input pixels from one period to the next."""

    @classmethod
    def of_pixels(cls, pixels: int) -> "Reach":
        """Every pixel of the input sees itself."""
        pixel, origin = np.arange(pixels), np.zeros(1, dtype=np.int64)
        return cls(pixel, pixel, origin, origin, 1)

    def __len__(self) -> int:
        return len(self.first)

    @property
    def period(self) -> int:
        return len(self.low)

    @property
    def jump(self) -> Fraction:
        """Input pixels from one unit to the next."""
        return Fraction(self.shift, self.period)

    @cached_property
    def size(self) -> int:
        """Pixels seen by the unit that sees most, on the endless plane."""
        return int((self.high - self.low).max()) + 1

    def span(self, unit: int) -> tuple[int, int]:
        """The endless plane's interval of a unit, its end exclusive; may begin before the picture."""
        at, shift = unit % self.period, self.shift * (unit // self.period)
        return int(self.low[at]) + shift, int(self.high[at]) + shift + 1

    def seen(self, unit: int) -> tuple[int, int]:
        """The picture's pixels seen by a unit, end exclusive; (0, 0) for a unit that sees none."""
        first, last = int(self.first[unit]), int(self.last[unit])
        return (first, last + 1) if first <= last else (0, 0)

    def window(self, kernel: int, *, stride: int = 1, pad: int = 0, dilation: int = 1, units: int) -> "Reach":
        """`units` windows of `kernel` taps over these units; beyond the ends stands padding, which sees
        nothing.

        Cutting out a part is a window too, of one tap and a negative padding.
        """

        def taps(unit: np.ndarray) -> np.ndarray:
            return unit[:, None] * stride - pad + np.arange(kernel) * dilation

        return self._gather(taps(np.arange(units)), taps, Fraction(stride))

    def padded(self, before: int, after: int, *, mode: str) -> "Reach":
        """Units added on both sides that repeat those inside: mirrored ("reflect") or the last one
        ("replicate")."""
        units = np.arange(len(self) + before + after) - before
        if mode == "reflect":
            turn = 2 * max(len(self) - 1, 1)
            inside = np.minimum(units % turn, turn - units % turn)
        else:
            inside = units.clip(0, len(self) - 1)
        return self._gather(inside[:, None], lambda unit: (unit - before)[:, None], Fraction(1))

    def pooled_to(self, units: int) -> "Reach":
        """Adaptive pooling: unit i covers ⌊i·n/units⌋ … ⌈(i+1)·n/units⌉ - 1."""
        n = len(self)
        widest = -(-n // units) + 1

        def taps(unit: np.ndarray) -> np.ndarray:
            start, stop = unit * n // units, -(-(unit + 1) * n // units)
            index = start[:, None] + np.arange(widest)
            return np.where(index < stop[:, None], index, NOTHING)

        return self._gather(taps(np.arange(units)), taps, Fraction(n, units))

    def resized(self, units: int, *, taps: int, corners: bool = False) -> "Reach":
        """Enlarged or shrunk by nearest (1 tap), linear (2) or cubic (4) interpolation.

        With `corners` the first and last units of both lie on each other, else the edges of the maps do.
        """
        n = len(self)
        pace = Fraction(n - 1, max(units - 1, 1)) if corners else Fraction(n, units)
        above, below = pace.numerator, pace.denominator

        def sources(unit: np.ndarray) -> np.ndarray:
            if taps == 1:
                return (unit * above // below)[:, None]
            # The place between units, times 2·below, so that all of it stays whole.
            place = 2 * unit * above if corners else (2 * unit + 1) * above - below
            floor, between = place // (2 * below), place % (2 * below) != 0
            index = floor[:, None] + np.arange(1 - taps // 2, taps // 2 + 1)
            # Exactly on a unit the other taps weigh nothing.
            return np.where(between[:, None] | (index == floor[:, None]), index, NOTHING)

        exact = sources(np.arange(units))
        exact = np.where(exact == NOTHING, NOTHING, exact.clip(0, n - 1))
        return self._gather(exact, sources, pace)

    def joined(self, other: "Reach") -> "Reach":
        """Two branches that meet: the hull of both intervals, unit by unit.

        Raises:
            OutOfLine: their steps do not match.
        """
        if other is self:
            return self
        if len(self) != len(other) or self.jump != other.jump:
            raise OutOfLine(
                f"{len(self)} units {float(self.jump):g} pixels apart meet {len(other)} units "
                f"{float(other.jump):g} pixels apart"
            )
        period = lcm(self.period, other.period)
        low, high = zip(*(reach._over(np.arange(period)) for reach in (self, other)), strict=True)
        return Reach(
            np.minimum(self.first, other.first),
            np.maximum(self.last, other.last),
            np.minimum(*low),
            np.maximum(*high),
            self.shift * (period // self.period),
        )

    def _gather(
        self, exact: np.ndarray, endless: Callable[[np.ndarray], np.ndarray], pace: Fraction
    ) -> "Reach":
        """New units from old ones: `exact` units x taps on the picture; `endless` gives the same on the
        plane.

        `pace` is how many old units one new unit steps; taps equal to NOTHING, or beyond the ends, see
        nothing.
        """
        inside = (exact >= 0) & (exact < len(self))
        at = np.where(inside, exact, 0)
        first = np.where(inside, self.first[at], NOTHING).min(1)
        last = np.where(inside, self.last[at], -1).max(1)
        # The smallest number of new units that steps over whole periods of the old.
        period = pace.denominator * self.period // gcd(pace.numerator, self.period)
        taps = endless(np.arange(period))
        real = taps != NOTHING
        low, high = self._over(np.where(real, taps, 0))
        steps = pace * period
        return Reach(
            first,
            last,
            np.where(real, low, NOTHING).min(1),
            np.where(real, high, -NOTHING).max(1),
            int(self.jump * steps),
        )._shortest()

    def _over(self, units: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        at, shift = units % self.period, self.shift * (units // self.period)
        return self.low[at] + shift, self.high[at] + shift

    def _shortest(self) -> "Reach":
        """The same pattern told with its shortest period, so that it cannot grow without need."""
        for period in range(1, self.period):
            if self.period % period or self.shift * period % self.period:
                continue
            short = Reach(
                self.first,
                self.last,
                self.low[:period],
                self.high[:period],
                self.shift * period // self.period,
            )
            low, high = short._over(np.arange(self.period))
            if (low == self.low).all() and (high == self.high).all():
                return short
        return self
