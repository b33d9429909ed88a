// Active faults, the gravest first, with what each makes the house do.

import { $, h, list } from "./dom.js";
import { friendly, minuteOf, span } from "./format.js";

const GRAVITY = ["WARN", "NO_CONTRACT", "BLIND", "HEAT_OFF", "HAND_BACK"];
const ACTS = {
  WARN: "a warning only",
  NO_CONTRACT: "no contract is taken",
  BLIND: "heating on the aquastat",
  HEAT_OFF: "the heat is held off",
  HAND_BACK: "the house is handed back to its thermostats",
};

export class Faults {
  constructor(house) {
    this.house = house;
  }

  show(status) {
    const faults = [...status.faults].sort((a, b) => GRAVITY.indexOf(b.act) - GRAVITY.indexOf(a.act));
    const key = JSON.stringify(faults.map((fault) => [fault.name, span(fault.since_s)]));
    list($("fault-list"), key, () => (faults.length ? faults.map((fault) => this.row(fault)) : [this.none()]));
    $("faults").classList.toggle("active", faults.length > 0);
  }

  none() {
    return h("p", { class: "fine" }, "None. Everything the control depends on answers.");
  }

  row(fault) {
    const grave = GRAVITY.indexOf(fault.act) >= 3;
    return h(
      "div",
      { class: grave ? "fault grave" : "fault" },
      h("p", {}, h("strong", {}, friendly(fault.words, this.house.channels))),
      h("p", { class: "soft" }, `since ${minuteOf(fault.since)} (${span(fault.since_s)}); ${ACTS[fault.act] ?? fault.act}`),
      h("p", { class: "mono soft" }, fault.name),
    );
  }
}
