// The head of the page: what the house does, why, and what comes next.

import { $, h, list, put, show } from "./dom.js";
import { clockOf, friendly, minuteOf, span } from "./format.js";

export class Banner {
  constructor(house) {
    this.house = house;
  }

  show(status) {
    put($("clock"), clockOf(status.time));
    put($("who"), status.who);
    put($("title"), status.title);
    put($("says"), status.says);
    put($("why"), friendly(status.why, this.house.channels));
    put($("waiting"), status.waiting);
    show($("waiting"), status.waiting !== "");
    put($("path"), status.state);
    document.title = `${status.title} · ${status.house}`;
    const chips = this.chips(status);
    list($("chips"), JSON.stringify(chips), () =>
      chips.map(([kind, words, target]) =>
        h("li", { class: kind }, target ? h("a", { href: target }, words) : words),
      ),
    );
  }

  chips(status) {
    const chips = [["", `for ${span(status.since_s)}, since ${minuteOf(status.since)}`]];
    const { contract, tariff } = status;
    if (contract.phase === "Live") chips.push(["grid", `contract: ${span(contract.ends_in_s)} left`]);
    if (contract.phase === "Offered") chips.push(["grid", contract.words]);
    if (tariff) {
      const words = `electricity ${tariff.on_peak ? "dear" : "cheap"} until ${minuteOf(tariff.until)}`;
      chips.push([tariff.on_peak ? "dear" : "cheap", `${words}, ${span(tariff.until_s)}`]);
    }
    const faults = status.faults.length;
    if (faults) chips.push(["bad", faults === 1 ? "1 fault" : `${faults} faults`, "#faults"]);
    if (!status.clock_set) chips.push(["bad", "the clock is not set"]);
    return chips;
  }
}
