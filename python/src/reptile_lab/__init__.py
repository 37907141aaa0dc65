"""Reptile Lab in a notebook: the page as a widget, which takes and gives its settings and θ."""

from pathlib import Path

import anywidget
import numpy as np
import traitlets

__all__ = ["Lab"]


def _to_bytes(theta, _widget):
    return None if theta is None else theta.tobytes()


def _from_bytes(view, _widget):
    return None if view is None else np.frombuffer(view, dtype="<f4").copy()


class Lab(anywidget.AnyWidget):
    """The page of Reptile Lab.

    ``config``, ``theta`` and ``status`` follow the page twice a second, and ``observe`` tells of their changes; setting
    ``config`` or ``theta`` changes the page. A kernel hears of the page between two cells, and not while one runs: what is
    asked of the page in one cell is there in the next, or in a callback.
    """

    _esm = Path(__file__).parent / "static" / "lab.js"

    config = traitlets.Dict(help="the configuration document; empty before the page has opened").tag(sync=True)
    theta = traitlets.Instance(
        np.ndarray, allow_none=True, help="θ, float32: for each layer the weights [out][in], then the biases"
    ).tag(sync=True, to_json=_to_bytes, from_json=_from_bytes)
    status = traitlets.Dict(help="what reptileLab.status() says").tag(sync=True)
    error = traitlets.Unicode(help="why the page has refused a config or a θ; the last such refusal").tag(sync=True)
    height = traitlets.Unicode("900px", help="the height of the page, as CSS has it").tag(sync=True)

    def __init__(self, **traits):
        super().__init__(**traits)
        self._callbacks = {}
        self._last_id = 0
        self.on_msg(self._answered)

    @traitlets.validate("theta")
    def _checked(self, proposal):
        theta = proposal["value"]
        if theta is None:
            return None
        theta = np.ascontiguousarray(theta, dtype="<f4").ravel()
        if not np.isfinite(theta).all():
            raise traitlets.TraitError("θ has numbers that are not finite")
        return theta

    def call(self, name, *given, callback=None):
        """Calls ``reptileLab.name(*given)`` in the page.

        ``callback(value, error)`` is called when it answers: with its value and None, or with None and its words.
        """
        self._last_id += 1
        if callback is not None:
            self._callbacks[self._last_id] = callback
        self.send({"id": self._last_id, "name": name, "given": list(given)})

    def start(self):
        """Trains until the run's end, or until it is paused."""
        self.call("start")

    def pause(self):
        """Pauses the training."""
        self.call("pause")

    def reset(self):
        """Goes back to the random start."""
        self.call("reset")

    def step(self, count=1, callback=None):
        """Makes this many meta-iterations."""
        self.call("step", count, callback=callback)

    def _answered(self, _widget, content, _buffers):
        callback = self._callbacks.pop(content.get("id"), None)
        if callback is not None:
            callback(content.get("value"), content.get("error"))
