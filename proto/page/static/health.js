// How the program itself is: its links, the devices on its wires, and what its ticks cost.

import { $, h, list, put } from "./dom.js";
import { number, span } from "./format.js";

const LINKS = { gridworks_mqtt: "Grid (ATN)", admin: "Admin program", store: "Store on disk", certificates: "Our certificates" };
const GOOD = new Set(["active", "ready"]);
const words = (state) => state.replaceAll("_", " ");

export class Health {
  constructor() {
    this.figures = new Map();
    const rows = [
      ["count", "Ticks"],
      ["period_ms", "Period"],
      ["p50_ms", "Work, half of all below"],
      ["p99_ms", "Work, 99 % below"],
      ["max_ms", "Work, longest"],
      ["overruns", "Longer than the period"],
      ["skipped", "Slots skipped"],
    ].map(([key, label]) => {
      const value = h("dd", {});
      this.figures.set(key, value);
      return h("div", {}, h("dt", {}, label), value);
    });
    this.fill = h("span", { class: "fill calm" });
    $("tick-body").replaceChildren(h("div", { class: "bar" }, this.fill), h("dl", {}, ...rows));
  }

  show(status) {
    this.links(status.links);
    this.devices(status.devices);
    for (const [key, cell] of this.figures) {
      const value = status.tick[key];
      put(cell, key.endsWith("_ms") ? `${number(value, value < 10 ? 2 : 1)} ms` : value.toLocaleString("en-US"));
    }
    const share = Math.min(1, status.tick.p99_ms / status.tick.period_ms);
    this.fill.style.width = `${(100 * share).toFixed(1)}%`;
  }

  links(links) {
    const rows = Object.entries(links);
    const key = JSON.stringify(rows.map(([name, link]) => [name, link.state, span(link.since_s), link.words]));
    list($("link-list"), key, () =>
      rows.map(([name, link]) =>
        h(
          "div",
          { class: "row item" },
          h("span", {}, LINKS[name] ?? name, link.words ? h("span", { class: "soft block" }, link.words) : null),
          h("span", { class: GOOD.has(link.state) ? "pill good" : "pill off" }, `${words(link.state)}, ${span(link.since_s)}`),
        ),
      ),
    );
  }

  devices(devices) {
    const rows = Object.entries(devices);
    const odd = rows.filter(([, device]) => !device.ok || device.words);
    const key = JSON.stringify([rows.length, odd]);
    list($("device-list"), key, () => [
      h("p", { class: "soft" }, `${rows.filter(([, device]) => device.ok).length} of ${rows.length} devices answer.`),
      ...odd.map(([name, device]) =>
        h(
          "div",
          { class: "row item" },
          h("span", {}, name, h("span", { class: "soft block" }, device.words)),
          h("span", { class: device.ok ? "pill plain" : "pill off" }, device.ok ? "answers" : "silent"),
        ),
      ),
    ]);
  }
}
