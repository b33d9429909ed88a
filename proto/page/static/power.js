// What the house draws, what the contract gives it, what electricity costs.

import { $, attr, h, put, show } from "./dom.js";
import { UNKNOWN, kilo, minuteOf, number, quantity, span } from "./format.js";

const QUIET_S = 75; // heartbeats come every minute
const PHASES = {
  Idle: "No contract",
  Offered: "Contract offered",
  Live: "Contract in force",
  Grace: "Contract over",
  Done: "Contract ended",
};

function bar(...kinds) {
  const fills = kinds.map((kind) => h("span", { class: `fill ${kind}` }));
  return { element: h("div", { class: "bar" }, ...fills), fills };
}

function width(fill, share) {
  fill.style.width = `${(100 * Math.max(0, Math.min(1, share))).toFixed(1)}%`;
}

export class Power {
  constructor(house) {
    this.full_w = house.hp_max_w;
    this.now = h("span", { class: "big" }, UNKNOWN);
    this.rest = h("span", { class: "soft" });
    this.load = bar("heat");
    this.phase = h("h3", {}, UNKNOWN);
    this.state = h("span", { class: "pill" });
    this.used = bar("grid", "time");
    this.words = h("p", { class: "soft" });
    this.heard = h("p", { class: "soft" });
    this.price = h("h3", {}, UNKNOWN);
    this.until = h("p", { class: "soft" });
    this.bill = h("p", { class: "bill" });
    $("power-body").replaceChildren(
      h("div", { class: "row" }, this.now, this.rest),
      this.load.element,
      h("div", { class: "row gap" }, this.phase, this.state),
      this.used.element,
      this.words,
      this.heard,
      h("div", { class: "row gap" }, this.price),
      this.until,
      this.bill,
    );
  }

  show(status) {
    const watts = status.power.heat_pump_w;
    put(this.now, quantity(kilo(watts), "kW"));
    put(this.rest, this.others(status.channels));
    width(this.load.fills[0], (watts ?? 0) / this.full_w);
    this.contract(status.contract, status.state);
    this.cost(status);
  }

  others(channels) {
    const pumps = ["dist", "primary", "store"]
      .map((name) => [name, channels[`${name}-pump-pwr`]])
      .filter(([, channel]) => channel && channel.value !== null && channel.value > 1)
      .map(([name, channel]) => `${name} ${quantity(channel.value, "W")}`);
    return pumps.length ? `heat pump; pumps: ${pumps.join(", ")}` : "heat pump";
  }

  contract(contract, state) {
    const onHold = contract.phase === "Offered" && contract.starts_in_s === 0;
    put(this.phase, onHold ? "Contract on hold" : (PHASES[contract.phase] ?? contract.phase));
    put(this.state, contract.energy_wh === undefined ? "" : (contract.status ?? ""));
    const held = contract.energy_wh !== undefined;
    show(this.used.element, held);
    show(this.heard, held);
    if (!held) {
      const alone = contract.phase === "Idle" && state.startsWith("HomeAlone");
      put(this.words, alone ? "The house runs by itself, by the tariff." : contract.words);
      return;
    }
    width(this.used.fills[0], contract.energy_wh ? contract.used_wh / contract.energy_wh : 0);
    width(this.used.fills[1], 1 - contract.ends_in_s / contract.duration_s);
    put(this.words, this.progress(contract));
    const quiet = contract.heard_s > QUIET_S;
    put(this.heard, `last heartbeat ${span(contract.heard_s)} ago`);
    attr(this.heard, "class", quiet ? "alarm" : "soft");
  }

  progress(contract) {
    const used = number(contract.used_wh / 1000, 2);
    const bought = `${number(contract.energy_wh / 1000, 2)} kWh`;
    const energy = contract.energy_wh ? `${used} of ${bought} used` : `for no electricity, ${used} kWh used`;
    const slot = `${minuteOf(contract.start)} to ${minuteOf(contract.end)}`;
    const average = `${number(contract.average_w / 1000, 2)} kW on average`;
    if (contract.phase !== "Live") return `${slot}: ${average}; ${contract.words}`;
    return `${energy}, ${span(contract.ends_in_s)} left; ${slot}, ${average}${contract.boiler ? ", boiler allowed" : ""}`;
  }

  cost(status) {
    const { tariff, bill } = status;
    const price = status.price_usd_kwh;
    const cents = price === null ? "" : `, ${number(100 * price, 1)} ¢/kWh`;
    put(this.price, tariff ? `Electricity is ${tariff.on_peak ? "dear" : "cheap"}${cents}` : `Tariff ${UNKNOWN}`);
    put(this.until, tariff ? `by the tariff, until ${minuteOf(tariff.until)} (${span(tariff.until_s)})` : "");
    show(this.bill, Boolean(bill));
    if (bill) {
      const saved = bill.thermostat_usd - bill.cost_usd + bill.ahead_usd;
      const compared = saved >= 0 ? `${number(saved, 2)} less than` : `${number(-saved, 2)} more than`;
      put(
        this.bill,
        `${number(bill.cost_usd, 2)} USD for ${number(bill.heat_kwh, 0)} kWh of heat in ${number(bill.hours, 1)} h, ` +
          `${compared} with a plain thermostat, which holds ${number(Math.abs(bill.ahead_kwh), 0)} kWh ` +
          `${bill.ahead_kwh >= 0 ? "less" : "more"} in tanks and rooms (counted at ${number(Math.abs(bill.ahead_usd), 2)} USD)`,
      );
    }
  }
}
