// The last day as curves. The program sends one point a minute of house time; a gap stays a gap.

import { $, h } from "./dom.js";
import { quantity } from "./format.js";
import { css, drawStrip, legend, shadePeaks } from "./band.js";

const DAY_S = 86_400;
const GAP_S = 180;
const LEAST_S = 3600; // a young record is not drawn wider than this
const PLOTS = [
  { name: "tanks", title: "Tanks", unit: "°F", height: 240, strip: true },
  { name: "rooms", title: "Rooms", unit: "°F", height: 150, least: 4 },
  { name: "power", title: "Power", unit: "kW", height: 150, zero: true },
  { name: "energy", title: "Energy in the store", unit: "kWh", height: 150, zero: true },
  { name: "outdoors", title: "Outdoors", unit: "°F", height: 130, least: 10 },
  { name: "price", title: "Price", unit: "USD/kWh", height: 130, zero: true, least: 0.1 },
];
const LOOKS = {
  "buffer-top": ["--buffer", 2],
  "buffer-bottom": ["--buffer", 1.2, [5, 3]],
  "store-top": ["--store", 2],
  "store-bottom": ["--store", 1.2, [5, 3]],
  "needed-water": ["--soft", 1.2, [2, 3]],
  "heat-pump": ["--heat", 2],
  contract: ["--grid", 1.6, [6, 3]],
  usable: ["--store", 2],
  required: ["--soft", 1.4, [5, 3]],
  outdoors: ["--outdoors", 2],
  price: ["--dear", 2],
};
const FILLED = new Set(["heat-pump", "usable"]);
const STEPPED = new Set(["contract", "price"]);
const ZONE_COLOURS = ["--zone1", "--zone2", "--zone3", "--zone4", "--zone5", "--zone6"];

export class Plots {
  constructor(house, clock) {
    this.house = house;
    this.clock = clock;
    this.paths = [];
    this.forget();
    this.charts = [];
    legend();
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.build());
    new ResizeObserver(() => this.resize()).observe($("plot-list"));
  }

  forget() {
    this.count = 0;
    this.times = [];
    this.states = [];
    this.columns = new Map(this.house.series.map((series) => [series.name, []]));
  }

  all(history) {
    this.forget();
    this.paths = history.paths;
    const first = (history.time_s.at(-1) ?? 0) - DAY_S;
    history.time_s.forEach((time, i) => {
      if (time >= first) this.push(time, history.state[i], (name) => history.series[name][i]);
    });
    this.count = history.n;
    this.build();
  }

  // False when a point was missed, or the program began anew: then everything is asked for again.
  add(point) {
    const last = this.times.at(-1) ?? 0;
    if (point.n <= this.count && point.time_s <= last) return true;
    if (point.n !== this.count + 1 || point.time_s <= last) return false;
    this.count = point.n;
    this.push(point.time_s, point.state, (name) => point.values[name] ?? null);
    while (this.times.length && this.times[0] < point.time_s - DAY_S) this.shift();
    if (this.charts.length === this.wanted().length) this.refresh();
    else this.build();
    return true;
  }

  push(time, state, value) {
    const last = this.times.at(-1);
    if (last !== undefined && time - last > GAP_S) this.append(last + 60, -1, () => null);
    this.append(time, state, value);
  }

  append(time, state, value) {
    this.times.push(time);
    this.states.push(state);
    for (const [name, column] of this.columns) column.push(value(name));
  }

  shift() {
    this.times.shift();
    this.states.shift();
    for (const column of this.columns.values()) column.shift();
  }

  // Plots with something to show; a price nobody told is no plot.
  wanted() {
    return PLOTS.filter((plot) =>
      this.house.series.some((s) => s.plot === plot.name && this.columns.get(s.name).some((v) => v !== null)),
    );
  }

  build() {
    for (const chart of this.charts) chart.u.destroy();
    this.charts = [];
    if (!this.times.length) return;
    const wanted = this.wanted();
    $("plot-list").replaceChildren(
      ...wanted.map((plot) => {
        const element = h("div", { class: "plot" }, h("h3", {}, plot.title));
        this.charts.push({ plot, element, series: this.house.series.filter((s) => s.plot === plot.name) });
        return element;
      }),
    );
    for (const chart of this.charts) {
      chart.u = new uPlot(this.options(chart), this.data(chart), chart.element);
      this.newest(chart.u);
    }
  }

  // Without a pointer on the plot the legend shows the newest values.
  newest(u) {
    if (u.cursor.left === undefined || u.cursor.left < 0) u.setLegend({ idx: this.times.length - 1 }, false);
  }

  data(chart) {
    return [this.times, ...chart.series.map((series) => this.columns.get(series.name))];
  }

  refresh() {
    for (const chart of this.charts) {
      chart.u.setData(this.data(chart));
      this.newest(chart.u);
    }
  }

  get width() {
    return Math.max(260, $("plot-list").clientWidth);
  }

  resize() {
    const width = this.width;
    for (const { u, plot } of this.charts) if (u && u.width !== width) u.setSize({ width, height: plot.height });
  }

  options(chart) {
    const { plot, series } = chart;
    const grid = { stroke: css("--line"), width: 1 };
    const axis = { stroke: css("--soft"), grid, ticks: { show: false }, font: "12px system-ui, sans-serif" };
    return {
      width: this.width,
      height: plot.height,
      padding: [8, 8, 0, 0],
      tzDate: (time) => this.zoned(time),
      cursor: { drag: { x: false, y: false }, sync: { key: "day" }, points: { size: 6 } },
      scales: { x: { range: (_u, min, max) => [Math.max(max - DAY_S, Math.min(min, max - LEAST_S)), max] }, y: { range: (_u, min, max) => reach(plot, min, max) } },
      axes: [
        { ...axis, size: 30, space: 60, values: (_u, times) => times.map((time) => this.clock.minute(time)) },
        { ...axis, size: 44 },
      ],
      legend: {
        markers: {
          width: 2,
          stroke: (u, i) => u.series[i].stroke(u, i),
          fill: (u, i) => (u.series[i].dash?.length ? "transparent" : u.series[i].stroke(u, i)),
          dash: (u, i) => (u.series[i].dash?.length ? "dashed" : "solid"),
        },
      },
      series: [
        { label: "Time", value: (_u, time) => (time === null ? "--" : this.clock.day(time)) },
        ...series.map((one) => this.look(one)),
      ],
      hooks: {
        drawClear: [(u) => shadePeaks(u, this.times, this.columns.get("on-peak"))],
        setCursor: [(u) => this.newest(u)],
        draw: plot.strip ? [(u) => drawStrip(u, this.times, this.states, this.paths)] : [],
      },
    };
  }

  look(one) {
    const zone = this.house.zones.findIndex((z) => one.name === `${z.name}-temp` || one.name === `${z.name}-set`);
    const room = [ZONE_COLOURS[zone] ?? "--soft", one.name.endsWith("-set") ? 1.2 : 2, one.name.endsWith("-set") ? [5, 3] : []];
    const [variable, width, dash] = LOOKS[one.name] ?? room;
    const stroke = css(variable);
    return {
      label: one.label,
      stroke,
      width,
      dash,
      fill: FILLED.has(one.name) ? `color-mix(in srgb, ${stroke} 14%, transparent)` : undefined,
      paths: STEPPED.has(one.name) ? uPlot.paths.stepped({ align: 1 }) : undefined,
      points: { show: false },
      value: (_u, value) => quantity(value, one.unit),
    };
  }

  // Labels fall on the full hours of the house's own zone.
  zoned(time) {
    try {
      return uPlot.tzDate(new Date(time * 1000), this.house.time_zone);
    } catch {
      return new Date(time * 1000);
    }
  }
}

function reach(plot, min, max) {
  if (min === null || max === null) return [0, 1];
  const low = plot.zero ? Math.min(0, min) : min;
  const high = Math.max(max, low + (plot.least ?? 1));
  const edge = (high - low) * 0.08;
  return [plot.zero && low === 0 ? 0 : low - edge, high + edge * (plot.strip ? 2.2 : 1)];
}
