"""Forms made of the schema, and the colors of the map."""

from fractions import Fraction

import pytest

from linli.domain.places.rules.layers import LAYERS, FieldType
from linli.faces.desk import painting
from linli.faces.desk.forms import CorrectionForm, FractionField


@pytest.mark.parametrize("layer", LAYERS, ids=lambda layer: layer.key)
def test_every_layer_has_a_form_in_which_nothing_means_not_known(layer: object) -> None:
    form = CorrectionForm(layer, {}, {"reason": "核查"})  # type: ignore[arg-type]

    assert form.is_valid(), form.errors
    assert form.changes() == {}


def test_an_emptied_field_becomes_unknown() -> None:
    layer = next(one for one in LAYERS if one.key == "facilities")
    whole = next(field.key for field in layer.fields if field.type is FieldType.NUMBER)
    form = CorrectionForm(layer, {}, {"reason": "核查", whole: ""}, initial={whole: 3.0})

    assert form.is_valid()
    assert form.changes() == {whole: None}


@pytest.mark.parametrize(
    ("text", "value"), [("90", 90), ("0.5", Fraction(1, 2)), ("2/3", Fraction(2, 3)), ("1,200", 1200)]
)
def test_a_figure_is_exact(text: str, value: Fraction) -> None:
    assert FractionField().clean(text) == value


@pytest.mark.parametrize("figures", [[0.0, 0.0, 0.0], [1.0], [3.0, 17.0, 260.0, 1e6]])
def test_class_limits_rise_and_are_round(figures: list[float]) -> None:
    limits = painting._limits(figures, "m2")

    assert limits == sorted(set(limits))
    assert all(limit == 0 or len(f"{limit:g}".replace(".", "").strip("0")) <= 2 or limit >= 1e6 for limit in limits)
