"""An answer of a siting as its page shows it: sentences, tables, the map and the curve."""

from collections.abc import Mapping
from math import isfinite
from typing import Any

from django.utils.translation import gettext as _

from linli.domain.planning.queries import SitingProgress, SitingValue
from linli.domain.planning.rules.siting.problems import Choice, Coverage, Function, Objective, Origin, Served
from linli.faces.components import words
from linli.faces.desk.planning import siting_words as said
from linli.faces.desk.planning.phrases import ages as age_names

DOT_COLORS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7")
"""Of functions; Okabe and Ito's, which color blindness leaves apart."""


class AnswerPage:
    """One study with an answer; the mappings name facility kinds, communities and indicators."""

    def __init__(
        self, study: SitingValue, kinds: Mapping[str, str], areas: Mapping[int, str], indicators: Mapping[str, str]
    ) -> None:
        assert study.answer is not None
        self.indicators = indicators
        self.study, self.answer, self.kinds, self.areas = study, study.answer, kinds, areas
        self.candidates = {one.key: one for one in study.problem.candidates}
        self.names = {**kinds, **{one.key: one.name or one.key for one in study.problem.candidates}}

    def context(self) -> dict[str, Any]:
        answer = self.answer
        return {
            "proof": said.proof(answer),
            "is_proven": answer.gap == 0,
            "ending": said.ending(answer.ending),
            "headline": self._headline(),
            "figures": self._figures(),
            "choices": [self._choice(n, one) for n, one in enumerate(answer.choices)],
            "coverage": [self._coverage(one) for one in answer.coverage],
            "age_names": age_names(),
            "curve": self._curve(),
            "years": self._years(),
            "notes": self._notes(),
            "closed": self._closed(),
        }

    def _headline(self) -> str:
        answer = self.answer
        if not answer.choices:
            return _("没有选出地点。")
        named = _("、").join(self.kinds[one.kind] for one in self.functions)
        return _("选 %(places)s 处:%(functions)s") % {"places": len(answer.choices), "functions": named}

    @property
    def functions(self) -> tuple[Function, ...]:
        return self.study.problem.functions

    def _figures(self) -> list[dict[str, str]]:
        answer = self.answer
        gained = [one.covered_after - one.covered_before for one in answer.coverage]
        figures = [
            {"label": _("新覆盖"), "value": f"{sum(gained):,}", "unit": _("人次") if len(gained) > 1 else _("人")}
        ]
        if answer.objective is not Objective.MAXIMAL_COVERING:
            figures.append({"label": said.objective(answer.objective), **self._amount(answer.value)})
        figures.append({"label": _("费用合计(单价是假设)"), "value": said.money(answer.cost_fen), "unit": _("万元")})
        figures.append({"label": _bound_name(answer.objective), **self._amount(answer.bound)})
        figures.append({"label": _("差距"), "value": said.percent(answer.gap), "unit": ""})
        figures.append({"label": _("用时"), "value": f"{answer.seconds:,.1f}", "unit": _("秒")})
        return figures

    def _amount(self, number: float | None) -> dict[str, str]:
        value, _space, unit = said.amount(self.answer.objective, number).partition(" ")
        return {"value": value, "unit": unit}

    def _choice(self, number: int, one: Choice) -> dict[str, Any]:
        candidate = self.candidates[one.candidate]
        next_best = self.names.get(one.next_best, one.next_best)
        return {
            "key": one.candidate,
            "number": number + 1,
            "name": candidate.name or candidate.key,
            "origin": said.origin(candidate.origin),
            "functions": _("、").join(self.kinds.get(kind, kind) for kind in one.functions),
            "is_shared": len(one.functions) > 1,
            "supply": said.supply(one.supply),
            "year": (self.study.problem.first_year or self.study.day.year) + one.year,
            "cost": said.money(one.cost_fen),
            "cost_yearly": said.money(one.cost_fen_yearly) if one.cost_fen_yearly else "",
            "adds": [self._served(each) for each in one.adds],
            "adds_total": sum(each.people for each in one.adds),
            "adds_value": said.amount(self.answer.objective, one.adds_value),
            "next_best": next_best,
            "next_best_adds": sum(each.people for each in one.next_best_adds),
            "next_best_value": said.amount(self.answer.objective, one.next_best_value),
            "area_unknown": one.area_unknown,
            "project": self.study.proposed.get(one.candidate),
            "is_drawn": candidate.origin is Origin.POINT,
        }

    def _served(self, one: Served) -> dict[str, Any]:
        return {"kind": self.kinds.get(one.kind, one.kind), "people": one.people}

    def _coverage(self, one: Coverage) -> dict[str, Any]:
        function = next(each for each in self.functions if each.kind == one.kind)
        return {
            "kind": self.kinds.get(one.kind, one.kind),
            "group": words.age_group(function.age_group),
            "limit": f"{function.limit_m:,.0f}",
            "people": one.people,
            "before": one.covered_before,
            "after": one.covered_after,
            "gained": one.covered_after - one.covered_before,
            "share_before": 100 * one.covered_before / one.people if one.people else None,
            "share_after": 100 * one.covered_after / one.people if one.people else None,
            "mean_before": _meters(one.mean_m_before),
            "mean_after": _meters(one.mean_m_after),
            "farthest_before": _meters(one.farthest_m_before),
            "farthest_after": _meters(one.farthest_m_after),
            "by_band": one.after_by_band if any(one.after_by_band) else (),
        }

    def _curve(self) -> dict[str, Any] | None:
        """What the last yuan, or the last place, buys."""
        points = self.answer.curve
        if len(points) < 2:
            return None
        by_money = points[0].budget_fen is not None
        scale = {"person_m": 1000.0, "fen": said.FEN_PER_WAN}.get(self.answer.objective.unit, 1.0)
        rows = []
        for n, one in enumerate(points):
            step = None if n == 0 else (one.value - points[n - 1].value) / scale
            rows.append(
                {
                    "x": said.money(one.budget_fen) if by_money else str(one.facilities),
                    "facilities": one.facilities,
                    "value": round(one.value / scale, 1) if isfinite(one.value) else None,
                    "bound": round(one.bound / scale, 1) if isfinite(one.bound) else None,
                    "step": step,
                }
            )
        return {
            "by_money": by_money,
            "bound_name": _bound_name(self.answer.objective),
            "axis": _("预算(万元)") if by_money else _("处数"),
            "unit": _units()[self.answer.objective.unit],
            "rows": rows,
            "last": self._last(rows, by_money),
            "chart": {
                "names": [row["x"] for row in rows],
                "values": [row["value"] for row in rows],
                "bounds": [row["bound"] for row in rows],
                "value_name": _("找到的"),
                "bound_name": _bound_name(self.answer.objective),
            },
        }

    def _last(self, rows: list[dict[str, Any]], by_money: bool) -> str:
        """The last step of the curve as a sentence, for aims that grow."""
        if len(rows) < 2 or self.answer.objective is not Objective.MAXIMAL_COVERING:
            return ""
        before, after = rows[-2], rows[-1]
        words = {"from": before["x"], "to": after["x"], "gain": f"{after['step']:,.0f}"}
        if by_money:
            return _("预算从 %(from)s 万元加到 %(to)s 万元,最后这部分钱多覆盖 %(gain)s 人。") % words
        return _("从 %(from)s 处加到 %(to)s 处,最后一处多覆盖 %(gain)s 人。") % words

    def _years(self) -> list[dict[str, str]]:
        problem = self.study.problem
        if problem.years < 2:
            return []
        first = problem.first_year or self.study.day.year
        return [
            {
                "year": str(first + n),
                "cost": said.money(cost),
                "budget": said.money(problem.budgets_fen[n]) if n < len(problem.budgets_fen) else "—",
            }
            for n, cost in enumerate(self.answer.cost_fen_by_year)
        ]

    def _notes(self) -> dict[str, list[str]]:
        """What a reader should know first; what is about single candidates is folded."""
        notes = [(one, said.note(one, self.names)) for one in self.answer.notes]
        return {
            "whole": [text for one, text in notes if one.place not in self.candidates],
            "sites": [text for one, text in notes if one.place in self.candidates],
        }

    def _closed(self) -> list[dict[str, Any]]:
        gains = self.study.gains
        return [
            {
                "community": self.areas.get(one.community, ""),
                "indicator": self.indicators.get(one.indicator, one.indicator),
                "people": one.people,
                "alone": _("、").join(str(n + 1) for n in one.alone),
            }
            for one in (gains.shortfalls if gains else ())
        ]

    def on_map(self) -> dict[str, Any]:
        """Numbered places, all candidates, and a dot for each home newly within a limit."""
        order = {one.kind: n for n, one in enumerate(self.functions)}
        chosen = {one.candidate: n for n, one in enumerate(self.answer.choices)}
        dots = self.study.gains.dots if self.study.gains else ()
        return {
            "choices": [
                {
                    "at": self.candidates[one.candidate].at,
                    "number": n + 1,
                    "label": f"{n + 1} {self.names[one.candidate]}",
                }
                for n, one in enumerate(self.answer.choices)
            ],
            "candidates": [
                {"at": one.at, "label": one.name or one.key}
                for one in self.study.problem.candidates
                if one.key not in chosen
            ],
            "dots": [
                {
                    "at": one.at,
                    "people": one.people,
                    "color": DOT_COLORS[order[one.kind] % len(DOT_COLORS)],
                    "label": _("%(kind)s:%(people)s 人,步行 %(meters)s 米到第 %(number)s 处")
                    % {
                        "kind": self.kinds.get(one.kind, one.kind),
                        "people": one.people,
                        "meters": f"{one.walk_m:,.0f}",
                        "number": one.choice + 1,
                    },
                }
                for one in dots
            ],
        }

    def legend(self) -> dict[str, Any]:
        dots = self.study.gains.dots if self.study.gains else ()
        items = [
            {
                "label": _("新覆盖:%(kind)s") % {"kind": self.kinds[one.kind]},
                "color": DOT_COLORS[n % len(DOT_COLORS)],
                "count": f"{sum(each.people for each in dots if each.kind == one.kind):,}",
            }
            for n, one in enumerate(self.functions)
        ]
        return {"title": _("圆点大小表示人数"), "items": items}


def _bound_name(objective: Objective) -> str:
    return _("最好也不会超过") if objective.more_is_better else _("最好也不会低于")


def _units() -> Mapping[str, str]:
    return {"persons": _("人"), "person_m": _("人·公里"), "m": _("米"), "fen": _("万元")}


def _meters(value: float) -> str:
    return f"{value:,.0f}" if isfinite(value) else "—"


def live(progress: SitingProgress, seconds: float) -> dict[str, Any]:
    """A running search: best, bound, gap and time."""
    return {
        "id": progress.id,
        "state": _("找到了,正在核对它消除哪些短板")
        if progress.share >= 1 and not progress.has_ended
        else said.state(progress.state),
        "has_ended": progress.has_ended,
        "best": said.amount(progress.objective, progress.value),
        "bound": said.amount(progress.objective, progress.bound),
        "bound_name": _bound_name(progress.objective),
        "gap": "—" if progress.gap is None else said.percent(progress.gap),
        "seconds": f"{max(0, seconds):,.0f}",
        "limit_s": f"{progress.limit_s:,.0f}",
        "percent": round(100 * progress.share),
        "stop_asked": progress.stop_asked,
        "is_waiting": progress.started_at is None,
    }
