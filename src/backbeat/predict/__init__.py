"""Gold → who will stay engaged and who slips away, and how far such a forecast can be trusted."""

from backbeat.predict.verbs import Predict

__all__ = ["Predict"]
