// What happened lately, newest first: events of the house and what a demo tells.

import { $, h } from "./dom.js";
import { friendly } from "./format.js";

const KEPT = 60;

export class Recent {
  constructor(house, clock) {
    this.house = house;
    this.clock = clock;
    this.newest = 0;
  }

  all(lines) {
    this.newest = 0;
    $("recent-list").replaceChildren();
    for (const line of lines.slice(-KEPT)) this.add(line);
  }

  add(line) {
    if (line.n <= this.newest) return;
    this.newest = line.n;
    const where = $("recent-list");
    where.prepend(
      h(
        "li",
        { class: line.kind },
        h("time", { class: "mono soft" }, this.clock.second(line.time_s)),
        h("span", {}, this.words(line)),
      ),
    );
    while (where.children.length > KEPT) where.lastChild.remove();
  }

  words(line) {
    const words = friendly(line.words, this.house.channels);
    if (line.kind === "transition") return `${this.state(line.before)} → ${this.state(line.after, line.before)}: ${words}`;
    if (line.kind === "fault") return `Fault: ${words}`;
    if (line.kind === "contract") return `Contract: ${words}`;
    if (line.kind === "demo") return words.replace(/^\d\d:\d\d:\d\d /, ""); // the time stands beside it
    return words.charAt(0).toUpperCase() + words.slice(1);
  }

  // The top state is named only where it changes.
  state(path = "", other = "") {
    const words = this.house.states[path]?.title ?? path;
    const top = path.split(".")[0];
    return other && other.split(".")[0] !== top ? `${words} (${top})` : words;
  }
}
