// Charts are drawn from JSON that stands in the page; each has a table twin, so a chart is never the only way to read.
import { BarChart, RadarChart, ScatterChart, LineChart } from "echarts/charts";
import { AriaComponent, GridComponent, RadarComponent, TooltipComponent } from "echarts/components";
import * as echarts from "echarts/core";
import { SVGRenderer } from "echarts/renderers";

echarts.use([BarChart, RadarChart, ScatterChart, LineChart, GridComponent, RadarComponent, TooltipComponent, AriaComponent, SVGRenderer]);

const ACCENT = "#00695c";
const COLORS = { met: "#2e7d5b", below_target: "#f0b429", below_minimum: "#d9534f", not_assessable: "#b0bec5" };
const LONG = 8;

// Names as long as English ones are set smaller, around a smaller radar.
const roomFor = (names) => {
  const long = names.some((name) => name.length > LONG);
  return { axisName: { color: "#1d2b2a", fontSize: long ? 11 : 12 }, radius: long ? "56%" : "68%" };
};
const FONT = { fontFamily: "inherit", color: "#1d2b2a", fontSize: 13 };

// Each kind of chart takes the plain data of the page and gives ECharts its options.
const kinds = {
  radar: (data) => ({
    radar: { indicator: data.axes.map((name) => ({ name, max: 100 })), splitNumber: 4, ...roomFor(data.axes) },
    series: [{ type: "radar", data: [{ value: data.values, areaStyle: { color: "rgba(0,105,92,.18)" }, lineStyle: { color: ACCENT }, itemStyle: { color: ACCENT } }] }],
  }),
  dots: (data) => ({
    grid: { left: 16, right: 24, top: 16, bottom: 36 },
    xAxis: { type: "value", name: data.unit, nameLocation: "middle", nameGap: 24, scale: true, splitLine: { lineStyle: { color: "#edf1f0" } } },
    yAxis: { type: "value", show: false, min: -1, max: 1 },
    tooltip: { formatter: (point) => `${point.data.name}<br>${point.data.text}` },
    series: [
      {
        type: "scatter",
        symbolSize: 11,
        data: data.points.map((point) => ({ ...point, value: [point.value, point.spread], itemStyle: { color: COLORS[point.state], opacity: 0.75 } })),
        markLine: undefined,
      },
    ],
  }),
  bars: (data) => ({
    grid: { left: 8, right: 40, top: 8, bottom: 8, containLabel: true },
    xAxis: { type: "value", splitLine: { lineStyle: { color: "#edf1f0" } } },
    yAxis: { type: "category", data: data.names, inverse: true, axisTick: { show: false }, axisLine: { show: false } },
    tooltip: {},
    series: [{ type: "bar", data: data.values, barMaxWidth: 18, itemStyle: { color: ACCENT }, label: { show: true, position: "right" } }],
  }),
  line: (data) => ({
    grid: { left: 8, right: 24, top: 16, bottom: 8, containLabel: true },
    xAxis: { type: "category", data: data.names },
    yAxis: { type: "value", splitLine: { lineStyle: { color: "#edf1f0" } } },
    tooltip: { trigger: "axis" },
    series: [{ type: "line", data: data.values, symbolSize: 9, lineStyle: { color: ACCENT }, itemStyle: { color: ACCENT } }],
  }),
  // A line with what cannot be passed, dashed.
  bounded: (data) => ({
    grid: { left: 8, right: 24, top: 16, bottom: 8, containLabel: true },
    xAxis: { type: "category", data: data.names },
    yAxis: { type: "value", splitLine: { lineStyle: { color: "#edf1f0" } } },
    tooltip: { trigger: "axis" },
    series: [
      { type: "line", name: data.value_name, data: data.values, symbolSize: 9, lineStyle: { color: ACCENT }, itemStyle: { color: ACCENT } },
      { type: "line", name: data.bound_name, data: data.bounds, symbol: "none", lineStyle: { color: "#52635f", type: "dashed", width: 1.5 }, itemStyle: { color: "#52635f" } },
    ],
  }),
};

export function draw(element) {
  const data = JSON.parse(document.getElementById(element.dataset.source).textContent);
  const chart = echarts.init(element, null, { renderer: "svg" });
  const still = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
  chart.setOption({ textStyle: FONT, animation: !still, aria: { enabled: true }, ...kinds[element.dataset.chart](data) });
  chart.on("click", (event) => event.data?.href && window.location.assign(event.data.href));
  new ResizeObserver(() => chart.resize()).observe(element);
}
