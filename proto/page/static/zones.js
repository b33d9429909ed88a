// Every room against its setpoint: the number, the distance, and whether it calls for heat.

import { $, attr, h, put, show } from "./dom.js";
import { UNKNOWN, degrees, span, title } from "./format.js";

const REACH_F = 4; // the bar shows so much on both sides of the setpoint
const SOURCES = { WallThermostat: "by its thermostat", Scada: "by the controller" };

export class Zones {
  constructor(house) {
    this.rows = new Map(house.zones.map((zone) => [zone.name, new ZoneRow(zone)]));
    $("zone-list").replaceChildren(...[...this.rows.values()].map((row) => row.element));
  }

  show(status) {
    for (const [name, row] of this.rows) {
      row.show(status.zones[name], status.channels[`${row.node}-temp`]);
    }
  }
}

class ZoneRow {
  constructor(zone) {
    this.node = zone.node;
    this.temp = h("span", { class: "big" }, UNKNOWN);
    this.set = h("span", { class: "soft" });
    this.call = h("span", { class: "pill" });
    this.mark = h("span", { class: "mark" });
    const marks = ["rail", "near", "set"].map((kind) => h("span", { class: kind }));
    this.gauge = h("div", { class: "gauge", "aria-hidden": "true" }, ...marks, this.mark);
    const name = h("h3", {}, title(zone.name), zone.critical ? h("span", { class: "pill plain" }, "critical") : null);
    this.element = h(
      "div",
      { class: "zone" },
      h("div", { class: "row" }, name, this.call),
      h("div", { class: "row" }, this.temp, this.set),
      this.gauge,
    );
  }

  show(zone, channel) {
    put(this.temp, zone.temp_f === null ? UNKNOWN : `${degrees(zone.temp_f)}F`);
    const known = zone.temp_f !== null && zone.setpoint_f !== null;
    const off = known ? zone.temp_f - zone.setpoint_f : null;
    show(this.gauge, known);
    if (known) {
      const reach = Math.max(-REACH_F, Math.min(REACH_F, off));
      this.mark.style.left = `${(50 + (50 * reach) / REACH_F).toFixed(1)}%`;
      attr(this.mark, "class", off < -1 ? "mark cold" : "mark");
    }
    put(this.set, this.words(zone, off, channel));
    const call = zone.calls === null ? "" : zone.calls ? "calls for heat" : "warm enough";
    put(this.call, call);
    this.call.classList.toggle("warm", zone.calls === true);
    this.element.classList.toggle("unknown", zone.temp_f === null);
  }

  words(zone, off, channel) {
    if (zone.temp_f === null) {
      return channel.age_s === null ? "never heard" : `${channel.quality}, last heard ${span(channel.age_s)} ago`;
    }
    const source = SOURCES[zone.source] ? `, ${SOURCES[zone.source]}` : "";
    if (zone.setpoint_f === null) return `setpoint ${UNKNOWN}${source}`;
    const distance = Math.abs(off) < 0.05 ? "" : ` (${off > 0 ? "+" : "−"}${Math.abs(off).toFixed(1)}°)`;
    return `set to ${degrees(zone.setpoint_f)}F${distance}${source}`;
  }
}
