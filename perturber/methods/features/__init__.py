"""Feature visualization: images that make a unit, a channel, a direction or a class respond most.

After Olah, Mordvintsev and Schubert, "Feature Visualization" (Distill 2017).
"""

from perturber.methods.features.optimize import Visualization

__all__ = ["Visualization"]
