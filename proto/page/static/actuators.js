// Every relay and output: what it was told, what its board says, who holds it.

import { $, attr, h, put } from "./dom.js";
import { UNKNOWN } from "./format.js";

const WORDS = {
  RelayOpen: "open",
  RelayClosed: "closed",
  ChargingStore: "charge",
  DischargingStore: "discharge",
  WallThermostat: "wall thermostat",
  BufferTankAquastat: "aquastat",
  Scada: "controller",
  HeatPump: "heat pump",
  SendMore: "send more",
  SendLess: "send less",
  Boiler: "boiler",
};

export class Actuators {
  constructor(house) {
    this.displays = house.actuators;
    this.rows = new Map(Object.keys(house.actuators).map((node) => [node, this.row(node)]));
    $("actuator-table").replaceChildren(
      h("thead", {}, h("tr", {}, ...["Actuator", "Stands", "Told / reads", "Boss"].map((word) => h("th", {}, word)))),
      h("tbody", {}, ...[...this.rows.values()].map((row) => row.element)),
    );
  }

  row(node) {
    const [state, coil, boss, note] = [h("td", { class: "strong" }), h("td", { class: "mono" }), h("td", { class: "mono soft" }), h("p", { class: "note" })];
    const name = h("td", {}, this.displays[node], h("span", { class: "mono soft block" }, node), note);
    return { state, coil, boss, note, element: h("tr", {}, name, state, coil, boss) };
  }

  show(status) {
    for (const [node, row] of this.rows) {
      const actuator = status.actuators[node];
      if (!actuator) continue;
      const known = actuator.readback !== null;
      const agrees = actuator.commanded === actuator.readback;
      put(row.state, known ? (WORDS[actuator.state] ?? actuator.state) : UNKNOWN);
      put(row.coil, `${this.value(actuator.commanded, actuator)} / ${this.value(actuator.readback, actuator)}`);
      put(row.boss, actuator.boss);
      put(row.note, actuator.refused || actuator.claim);
      attr(row.element, "class", known ? (agrees ? "" : "differs") : "unknown");
    }
  }

  value(value, actuator) {
    if (value === null) return UNKNOWN;
    return actuator.unit === "V" ? `${value.toFixed(1)} V` : String(value);
  }
}
