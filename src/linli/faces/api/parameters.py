"""What parameters may hold. A value that cannot be read is answered with 400 and a sentence."""

from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Annotated, Any

from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Path, Query
from ninja.errors import HttpError

from linli.domain.places import queries as places

Id = Annotated[int, Path(ge=1, le=2**63 - 1)]
Word = Annotated[str, Query(max_length=200, pattern=r"^[^\x00]*$")]


def only(*names: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Refuse parameters of the query that the endpoint does not know, as OGC API Features asks; ``f`` may say json."""

    def around(view: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(view)
        def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            unknown = sorted(set(request.GET) - {*names, "f"})
            if unknown:
                told = _("、").join(unknown)[:200]
                raise HttpError(400, _("没有这样的参数:%(names)s。") % {"names": told})
            if request.GET.get("f", "json") not in ("json", "geojson"):
                raise HttpError(400, _("只有 f=json 一种格式。"))
            return view(request, *args, **kwargs)

        return checked

    return around


def box(text: str) -> places.Box | None:
    """West, south, east, north in degrees; heights between them are read over."""
    if not text:
        return None
    try:
        numbers = [float(part) for part in text.split(",")]
    except ValueError:
        raise HttpError(400, _bbox()) from None
    if len(numbers) == 6:
        numbers = [*numbers[:2], *numbers[3:5]]
    if len(numbers) != 4 or not all(abs(number) <= 360 for number in numbers) or numbers[1] > numbers[3]:
        raise HttpError(400, _bbox())
    west, south, east, north = numbers
    return west, south, east, north


def _bbox() -> str:
    return _("bbox 应为四个以逗号隔开的度数:西,南,东,北。")


def moment(text: str) -> None:
    """Check an instant or interval of RFC 3339. Records carry no time of their own, so every one of them meets it."""
    parts = text.split("/")
    if not text:
        return
    try:
        known = [datetime.fromisoformat(part) for part in parts if part not in ("", "..")]
    except ValueError:
        raise HttpError(400, _datetime()) from None
    if len(parts) > 2 or not known or len({one.tzinfo is None for one in known}) > 1 or known != sorted(known):
        raise HttpError(400, _datetime())


def _datetime() -> str:
    return _("datetime 应为一个时间,或以斜线隔开的起止时间,如 2026-01-01T00:00:00Z/..。")
