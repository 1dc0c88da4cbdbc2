"""Acts on the standards: confirm or set a figure, add an indicator or a scene, take one of them back."""

from linli.domain.standards.operations.additions import (
    OutsideDistrict,
    SceneInUse,
    add_local_indicator,
    add_local_scene,
    withdraw_local_indicator,
    withdraw_local_scene,
)
from linli.domain.standards.operations.demo import RealDistrict, confirm_demo_figures
from linli.domain.standards.operations.figures import confirm_figure, set_figure, withdraw_figure
from linli.domain.standards.operations.rows import (
    FigureAlreadySet,
    FigureNotAllowed,
    SourceMissing,
    UnknownFigure,
    UnknownIndicator,
)

__all__ = [
    "FigureAlreadySet",
    "FigureNotAllowed",
    "OutsideDistrict",
    "RealDistrict",
    "SceneInUse",
    "SourceMissing",
    "UnknownFigure",
    "UnknownIndicator",
    "add_local_indicator",
    "add_local_scene",
    "confirm_demo_figures",
    "confirm_figure",
    "set_figure",
    "withdraw_figure",
    "withdraw_local_indicator",
    "withdraw_local_scene",
]
