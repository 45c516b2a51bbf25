"""Which layer each slot of a receiver gets, so that sound always comes first.

Sound is reserved. Then, rank by rank (stage and share, pinned, thumbnails), every picture of the rank gets
its lowest layer before any gets a better one, up to the layer that fits the height it is drawn at. What the
network does not carry is paused, and the caller shows Picture.BANDWIDTH.

What is shown already is kept while the estimate covers it nearly; something new must fit with room to spare.
An estimate hardly grows while little is sent, so beyond it the next step up is *tried*: sent for `TRIAL`
seconds, kept if neither loss rose nor the estimate fell, else taken back and tried again later and later.
Better pictures are tried on calm networks only; the first one also where a steady share is lost: a browser
that receives no picture says nothing more about what it could receive.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

PAUSED = -1
VOICE = 48_000  # bit/s reserved per voice: Opus with FEC, and its headers
KEEP = 1.1  # times the estimate, for what is sent already
TAKE = 0.9  # times the estimate, for what is new
TRIAL = 2.5  # seconds
STARTING = 4.0  # seconds a source has to begin to send what is tried
TRIAL_LOSS = 0.05  # more than when the trial began
CALM_LOSS = 0.02  # a trial begins only below
STEADY_LOSS = 0.10  # … and where nothing is shown, only below this
AGAIN_FIRST, AGAIN_MOST = 5.0, 60.0  # seconds until the next trial after a failed one
AGAIN_NEXT = 0.5  # … after one that succeeded
FELL = 0.9  # of the estimate at the trial
ENOUGH, PLENTY = 0.8, 1.0  # of the height drawn: a layer suffices; a lower one takes over
SLACK = 0.25  # of the usual bit rate at least: a still picture will move


class Layer(NamedTuple):
    height: int  # pixels
    bitrate: int  # bit/s measured, 0: not sent now (then a usual one for its height is assumed)
    alive: bool = True  # packets come, or would if asked for


class Want(NamedTuple):
    slot: str  # mid
    rank: int  # 0 stage and share, 1 pinned, 2 thumbnail
    height: int  # pixels it is drawn at
    layers: tuple[Layer, ...]  # lowest first; one for a screen without simulcast


def usual(height: int) -> int:
    """bit/s of a layer nobody has seen: 180p 110 kbit/s, 360p 430 kbit/s, 720p 1.7 Mbit/s."""
    return height * height * 33 // 10


@dataclass(slots=True)
class _Spread:
    """What a budget bought."""

    layers: dict[str, int]
    spent: float
    denied: float = 0.0  # what the next step would have cost; 0: everybody has what fits


class Allocator:
    """One per receiving connection. Public to read: trying (a trial is under way)."""

    __slots__ = (
        "_again",
        "_began",
        "_chosen",
        "_fits",
        "_loss_at",
        "_next_at",
        "_proven",
        "_proven_at",
        "_tried",
        "_until",
        "trying",
    )

    def __init__(self) -> None:
        self.trying = False
        self._chosen: dict[str, int] = {}
        self._fits: dict[str, int] = {}  # slot → layer its height asked for last
        self._again = AGAIN_FIRST
        self._next_at = 0.0
        self._began = self._until = 0.0  # the trial's
        self._tried = 0.0  # bit/s of the trial under way
        self._proven = 0.0  # bit/s a trial has shown to be carried
        self._proven_at = 0  # the estimate then
        self._loss_at = 0.0  # the loss then

    def choose(
        self, wants: Sequence[Want], estimate: int, voices: int, loss: float, now: float
    ) -> dict[str, int]:
        """Layer index per slot, PAUSED where the network does not carry it. Call when wants change, and 5-10
        times a second at most. `voices`: voice slots in use; `loss`: 0..1."""
        if self.trying:
            if now < self._began + STARTING and not all(map(self._flows, wants)):
                self._until = now + TRIAL  # what is tried is not even sent yet
            self._judge(estimate, loss, now)
        if self._proven and self._worse(estimate, loss):
            self._proven = 0.0
            self._next_at = max(self._next_at, now + AGAIN_FIRST)  # it was just found to carry less
        reserve = voices * VOICE
        budget = max(estimate, self._proven, self._tried if self.trying else 0.0) - reserve
        wants = sorted((want for want in wants if want.layers), key=lambda want: want.rank)
        fits = {want.slot: self._fit(want) for want in wants}
        spread = self._spread(wants, fits, budget)
        calm = CALM_LOSS if any(layer != PAUSED for layer in spread.layers.values()) else STEADY_LOSS
        if spread.denied and not self.trying and loss < calm and now >= self._next_at:
            self.trying = True
            self._began, self._until = now, now + TRIAL
            self._tried = reserve + (spread.spent + spread.denied) / TAKE + 1
            self._proven_at, self._loss_at = estimate, loss
            spread = self._spread(wants, fits, max(budget, self._tried - reserve))
        self._fits = fits
        self._chosen = spread.layers
        return dict(spread.layers)

    def _judge(self, estimate: int, loss: float, now: float) -> None:
        """Whether the trial under way failed, or has lasted long enough to have succeeded."""
        if self._worse(estimate, loss):
            self.trying = False
            self._next_at = now + self._again
            self._again = min(self._again * 2, AGAIN_MOST)
        elif now >= self._until:
            self.trying = False
            self._proven = self._tried
            self._again = AGAIN_FIRST
            self._next_at = now + AGAIN_NEXT

    def _worse(self, estimate: int, loss: float) -> bool:
        return estimate < self._proven_at * FELL or loss > self._loss_at + TRIAL_LOSS

    def _flows(self, want: Want) -> bool:
        at = self._chosen.get(want.slot, PAUSED)
        return not 0 <= at < len(want.layers) or want.layers[at].bitrate > 0

    def _fit(self, want: Want) -> int:
        """The layer its height asks for: the lowest that suffices, of those there are."""
        layers = want.layers
        top = len(layers) - 1
        fit = next((at for at, layer in enumerate(layers) if layer.height >= want.height * ENOUGH), top)
        before = self._fits.get(want.slot, fit)
        if fit < before <= top and layers[fit].height < want.height * PLENTY:
            fit = before  # a window dragged smaller does not flicker between two layers
        return fit

    def _spread(self, wants: Sequence[Want], fits: dict[str, int], budget: float) -> _Spread:
        spread = _Spread(dict.fromkeys(fits, PAUSED), 0.0)
        for rank in sorted({want.rank for want in wants}):
            climbing = [(want, _steps(want.layers, fits[want.slot])) for want in wants if want.rank == rank]
            while climbing:
                climbing = [
                    (want, steps) for want, steps in climbing if self._climb(want, steps, budget, spread)
                ]
        return spread

    def _climb(self, want: Want, steps: list[int], budget: float, spread: _Spread) -> bool:
        """One step up for one slot, if the budget allows. Whether it may go on."""
        if not steps:
            return False
        layer = steps.pop(0)
        now = spread.layers[want.slot]
        cost = _cost(want.layers[layer]) - (_cost(want.layers[now]) if now >= 0 else 0)
        kept = self._chosen.get(want.slot, PAUSED) >= layer
        if spread.spent + cost > budget * (KEEP if kept else TAKE):
            spread.denied = spread.denied or cost
            return False
        spread.layers[want.slot] = layer
        spread.spent += cost
        return bool(steps)


def _steps(layers: tuple[Layer, ...], fit: int) -> list[int]:
    """Layers to climb, lowest first: those alive up to the one that fits, else the lowest above it."""
    steps = [at for at in range(fit + 1) if layers[at].alive]
    if not steps:
        steps = [at for at in range(fit + 1, len(layers)) if layers[at].alive][:1]
    return steps or [0]


def _cost(layer: Layer) -> float:
    assumed = usual(layer.height)
    return max(layer.bitrate, assumed * SLACK) if layer.bitrate else assumed
