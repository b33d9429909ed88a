// Every channel with its value and age; those that are not good stand in front.

import { $, attr, h, list, put, show } from "./dom.js";
import { UNKNOWN, quantity, reading, span } from "./format.js";

const RELAY_WORDS = ["at rest", "energised"];
const STAT_WORDS = ["idle", "heating", "pending heat", "pending cool", "vent", "cooling", "fan only"];

export class Channels {
  constructor(house) {
    this.displays = house.channels;
    $("channel-details").open = matchMedia("(min-width: 980px)").matches;
    this.rows = new Map(Object.keys(house.channels).map((name) => [name, this.row(name)]));
    $("channel-table").replaceChildren(
      h("thead", {}, h("tr", {}, h("th", {}, "Channel"), h("th", { class: "right" }, "Value"), h("th", { class: "right" }, "Age"))),
      h("tbody", {}, ...[...this.rows.values()].map((row) => row.element)),
    );
  }

  row(name) {
    const [value, age] = [h("td", { class: "right strong" }), h("td", { class: "right soft" })];
    const title = h("td", {}, this.displays[name], h("span", { class: "mono soft block" }, name));
    return { value, age, element: h("tr", {}, title, value, age) };
  }

  show(status) {
    const bad = [];
    for (const [name, row] of this.rows) {
      const channel = status.channels[name];
      if (!channel) continue;
      put(row.value, this.words(channel));
      put(row.age, channel.age_s === null ? "never" : span(channel.age_s));
      attr(row.element, "class", channel.value === null ? "unknown" : "");
      if (channel.value === null) bad.push([name, channel]);
    }
    this.summary(status, bad);
  }

  summary(status, bad) {
    const all = Object.keys(status.channels).length;
    put($("channel-summary"), bad.length ? `${bad.length} of ${all} have no value now.` : `All ${all} have a value.`);
    show($("channel-bad"), bad.length > 0);
    const key = JSON.stringify(bad.map(([name, channel]) => [name, channel.quality, span(channel.age_s)]));
    list($("channel-bad"), key, () => [
      h(
        "tbody",
        {},
        ...bad.map(([name, channel]) =>
          h(
            "tr",
            { class: "unknown" },
            h("td", {}, this.displays[name] ?? name, h("span", { class: "mono soft block" }, name)),
            h("td", { class: "right" }, `${UNKNOWN} ${channel.quality}`),
            h("td", { class: "right soft" }, channel.age_s === null ? "never heard" : span(channel.age_s)),
          ),
        ),
      ),
    ]);
  }

  words(channel) {
    const [value, unit] = reading(channel);
    if (value === null) return UNKNOWN;
    if (unit === "energised") return RELAY_WORDS[value] ?? String(value);
    if (unit === "state") return STAT_WORDS[value] ?? String(value);
    return quantity(value, unit);
  }
}
