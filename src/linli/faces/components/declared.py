"""Every endpoint says who may call it; one that does not stops the start.

Above a view, below its route::

    @declares(Permission.VIEW_CHECKUP, purpose=(Purpose.CHECKUP, Purpose.AUDIT))
    def community(request: HttpRequest, community: int) -> HttpResponse: ...

    @declares(Permission.VIEW_PLACES, purpose=Purpose.DATA_UPKEEP, methods=("GET",))
    @declares(Permission.CORRECT_PLACE, purpose=Purpose.DATA_UPKEEP, methods=("POST",))
    def building(request: HttpRequest, building: int) -> HttpResponse: ...

    @api.get("/communities")
    @declares(Permission.VIEW_PLACES, purpose=Purpose.CHECKUP)
    def communities(request: HttpRequest) -> list[CommunityOut]: ...

The declaration is the coarse gate: whoever holds the permission nowhere is refused before the view runs. Whether it
holds at this very place is decided in the domain, from ``request.scope``.
"""

import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

from django.urls import URLPattern, URLResolver, get_resolver, resolve

from linli.domain.people.rules import Permission, Purpose, Role, is_held_anywhere

ANY_METHOD = "*"
_ATTRIBUTE = "linli_declarations"

View = TypeVar("View", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Declaration:
    """Who may call an endpoint: everyone, whoever is signed in, or who holds the permission for one of the purposes.

    Of several purposes the first for which the person holds the permission becomes the scope's.
    """

    everyone: bool = False
    permission: Permission | None = None
    purposes: tuple[Purpose, ...] = ()


def declares(
    permission: Permission, *, purpose: Purpose | Iterable[Purpose], methods: Iterable[str] = (ANY_METHOD,)
) -> Callable[[View], View]:
    """Only for persons who hold the permission somewhere, for one of the purposes."""
    purposes = (purpose,) if isinstance(purpose, Purpose) else tuple(purpose)
    return partial(_declare, declaration=Declaration(permission=permission, purposes=purposes), methods=methods)


def open_to_everyone(view: View) -> View:
    """For whoever reaches the server, signed in or not."""
    return _declare(view, declaration=Declaration(everyone=True))


def signed_in(view: View) -> View:
    """For whoever has an account; the view answers only about that person or about nobody."""
    return _declare(view, declaration=Declaration())


def _declare(view: View, *, declaration: Declaration, methods: Iterable[str] = (ANY_METHOD,)) -> View:
    known: dict[str, Declaration] = dict(getattr(view, _ATTRIBUTE, {}))
    known.update({method.upper(): declaration for method in methods})
    setattr(view, _ATTRIBUTE, known)
    return view


def declarations(callback: Callable[..., Any]) -> Mapping[str, Declaration | None]:
    """By method, what an endpoint declares; None where a method or the whole endpoint does not say."""
    operations = _operations(callback)
    if operations is None:
        return getattr(callback, _ATTRIBUTE, {ANY_METHOD: None})
    found: dict[str, Declaration | None] = {}
    for operation in operations:
        own: Mapping[str, Declaration] = getattr(operation.view_func, _ATTRIBUTE, {})
        found.update({method: own.get(method, own.get(ANY_METHOD)) for method in operation.methods})
    return found


def declaration_for(callback: Callable[..., Any], method: str) -> Declaration | None:
    """What an endpoint declares for a method; a question about it (HEAD, OPTIONS) is answered as to its GET.

    A declaration for any method is one for GET and POST; others are declared by name.
    """
    known = declarations(callback)
    method = "GET" if method in {"HEAD", "OPTIONS"} else method
    return known.get(method, known.get(ANY_METHOD) if method in {"GET", "POST"} else None)


def purpose_of(declaration: Declaration, roles: Iterable[Role]) -> Purpose | None:
    """For which of the declared purposes one of the roles holds the permission; the first of them, None if for none."""
    held, permission = tuple(roles), declaration.permission
    if permission is None:
        return None
    return next((one for one in declaration.purposes if is_held_anywhere(held, permission, one)), None)


def may_open(address: str, roles: Iterable[Role]) -> bool:
    """Whether someone with these roles gets past the gate of a page of ours."""
    declaration = declaration_for(resolve(address).func, "GET")
    if declaration is None:
        return False
    return declaration.permission is None or purpose_of(declaration, roles) is not None


def is_interface(callback: Callable[..., Any]) -> bool:
    """Whether the endpoint answers programs (the API) rather than browsers."""
    return _operations(callback) is not None


def _operations(callback: Callable[..., Any]) -> list[Any] | None:
    """Operations behind a path of the API: several share one callback, which holds them in its closure."""
    from ninja.operation import PathView

    if not inspect.isfunction(callback) or not callback.__closure__:
        return None
    held = (cell.cell_contents for cell in callback.__closure__)
    return next((path.operations for path in held if isinstance(path, PathView)), None)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One address of the site. ``name`` carries its namespaces, as ``reverse`` wants it; empty if it has none."""

    route: str
    name: str
    callback: Callable[..., Any]
    methods: Mapping[str, Declaration | None]


def endpoints() -> tuple[Endpoint, ...]:
    """Every address of the site, in the order of the URL list; one that has several names under its first."""
    found: dict[str, Endpoint] = {}
    for endpoint in _walk(get_resolver().url_patterns, "", ""):
        found.setdefault(endpoint.route, endpoint)
    return tuple(found.values())


def _walk(patterns: Iterable[URLPattern | URLResolver], route: str, namespace: str) -> Iterator[Endpoint]:
    for pattern in patterns:
        here = route + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            inner = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            yield from _walk(pattern.url_patterns, here, inner)
        elif not _is_empty_root(pattern.callback):
            name = f"{namespace}{pattern.name}" if pattern.name else ""
            yield Endpoint(here, name, pattern.callback, declarations(pattern.callback))


def _is_empty_root(callback: Callable[..., Any]) -> bool:
    """The API library gives its root an address of its own, which only ever says that nothing is there."""
    from ninja.openapi.views import default_home

    return isinstance(callback, partial) and callback.func is default_home


def undeclared() -> tuple[str, ...]:
    """Routes, with their method, that do not say who may call them."""
    return tuple(
        f"{'' if method == ANY_METHOD else method + ' '}/{endpoint.route}"
        for endpoint in endpoints()
        for method, declaration in endpoint.methods.items()
        if declaration is None
    )
