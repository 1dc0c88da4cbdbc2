"""A proposal as tables to write into files: its units, and the atoms that they are made of."""

import math

import numpy as np
import shapely
from django.utils.translation import gettext as _

from linli.domain.places.rules.projection import unprojected
from linli.domain.planning.rules.units import LINES, Proposal
from linli.faces.components import words
from linli.faces.desk.planning import unit_shapes, unit_words
from linli.interchange.export import Column, Sheet


def unit_sheet(drawn: Proposal, kinds: dict[str, str]) -> Sheet:
    units, atoms = drawn.units, drawn.atoms
    return Sheet(
        "units",
        _("实施单元"),
        (
            Column("number", _("单元"), [unit.number + 1 for unit in units]),
            Column("people", _("人口"), [unit.people for unit in units]),
            Column("in_range", _("人口在范围内"), [_in_range(drawn, unit.people) for unit in units]),
            Column("holds", _("硬规则全部满足"), [unit.holds for unit in units]),
            Column("exception", _("例外"), [unit.infeasible for unit in units]),
            Column("communities", _("社区"), [
                "、".join(atoms.community_name[one.community] for one in unit.communities) for unit in units
            ]),
            Column("majority_share", _("多数社区居民占比"), [_known(unit.majority_share) for unit in units]),
            Column("area_m2", _("面积(平方米)"), [round(unit.area_m2) for unit in units]),
            Column("compactness", _("紧凑度"), [_known(unit.compactness) for unit in units]),
            Column("radius_m", _("居民到中心(米)"), [_known(unit.radius_m, 0) for unit in units]),
            *(
                Column(f"walk_{service.key}", _("步行可达%(service)s占比") % {
                    "service": unit_words.service_name(service, kinds)
                }, [_known(unit.walks[n].share) for unit in units])
                for n, service in enumerate(drawn.rules.services)
            ),
            *(
                Column(f"{rule.line}_m", _("单元内%(line)s(米)") % {"line": words.name(rule)}, [
                    round(unit.line_m[LINES.index(rule.line)]) for unit in units
                ])
                for rule in drawn.rules.lines
            ),
        ),
        unprojected(unit_shapes.unit_shapes(drawn), atoms.epsg),
    )  # fmt: skip


def atom_sheet(drawn: Proposal) -> Sheet:
    atoms = drawn.atoms
    community = atoms.community.tolist()
    return Sheet(
        "atoms",
        _("基本块"),
        (
            Column("key", _("编号"), atoms.key),
            Column("name", _("名称"), atoms.name),
            Column("unit", _("单元"), [int(number) + 1 for number in drawn.unit]),
            Column("people", _("人口"), atoms.residents().tolist()),
            Column("community", _("社区"), [atoms.community_name[c] if c >= 0 else None for c in community]),
            Column("area_m2", _("面积(平方米)"), np.rint(atoms.area_m2).astype(np.int64).tolist()),
        ),
        np.asarray(unprojected(shapely.force_2d(atoms.shape), atoms.epsg), dtype=object),
    )


def _in_range(drawn: Proposal, people: int) -> bool:
    return drawn.rules.people_min <= people <= drawn.rules.people_max


def _known(figure: float, digits: int = 4) -> float | None:
    return None if math.isnan(figure) else round(figure, digits)
