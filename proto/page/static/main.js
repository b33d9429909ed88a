// The page: learns what the house is, then shows whatever the program says of it.

import { $, put, show } from "./dom.js";
import { span, zoneClock } from "./format.js";
import { Live, ask } from "./live.js";
import { Banner } from "./banner.js";
import { Picture } from "./picture.js";
import { Zones } from "./zones.js";
import { Power } from "./power.js";
import { Faults } from "./faults.js";
import { Plots } from "./plots.js";
import { Diagram } from "./diagram.js";
import { Recent } from "./recent.js";
import { Actuators } from "./actuators.js";
import { Channels } from "./channels.js";
import { Health } from "./health.js";

const LOOK_MS = 500;
const GAP_MS = 10_000;

class Page {
  constructor(house) {
    this.house = house;
    this.clock = zoneClock(house.time_zone);
    this.last = null;
    this.refusal = 0;
    this.askedAt = -GAP_MS;
    this.parts = [Banner, Picture, Zones, Power, Faults, Diagram, Actuators, Channels, Health].map(
      (Part) => new Part(house, this.clock),
    );
    this.plots = new Plots(house, this.clock);
    this.recent = new Recent(house, this.clock);
    this.live = new Live({
      open: () => this.catchUp(true),
      status: (status) => this.show(status),
      line: (line) => this.recent.add(line),
      point: (point) => {
        if (!this.plots.add(point)) this.catchUp();
      },
      refused: (code) => this.refused(code),
    });
    put($("house-name"), house.house);
    put($("simulated"), house.simulated);
    show($("simulated"), house.simulated !== "");
    this.live.start();
    setInterval(() => this.look(), LOOK_MS);
  }

  // The past: whenever the stream begins, and, not too often, when a point went missing.
  async catchUp(begun = false) {
    if (!begun && performance.now() - this.askedAt < GAP_MS) return;
    this.askedAt = performance.now();
    try {
      this.recent.all(await ask("/api/recent"));
      this.plots.all(await ask("/api/history"));
    } catch {
      this.askedAt = -GAP_MS;
    }
  }

  show(status) {
    if (status.page !== this.house.page) return location.reload();
    this.refusal = 0;
    this.last = status;
    document.documentElement.dataset.top = status.state.split(".")[0];
    for (const part of this.parts) part.show(status);
    return this.look();
  }

  refused(code) {
    this.refusal = code;
    this.look();
  }

  // Twice a second: is this still what the house does?
  look() {
    const lost = this.live.lost || (this.last === null && this.refusal !== 0);
    document.documentElement.classList.toggle("lost", lost);
    show($("lost"), lost);
    if (lost) put($("lost"), this.lossWords());
  }

  lossWords() {
    if (this.refusal === 401 || this.refusal === 429) return "The page is closed to you: open it with its token again.";
    if (this.last === null) return "The program does not answer.";
    const heard = span(this.live.silence / 1000);
    const when = this.last.time.slice(11, 19);
    return `The program does not answer. Last heard ${heard} ago; what you see is how things were at ${when}.`;
  }
}

async function begin() {
  try {
    new Page(await ask("/api/house"));
  } catch (error) {
    put($("lost"), "The program does not answer; trying again.");
    show($("lost"), true);
    console.warn(error.message);
    setTimeout(begin, 3000);
  }
}

begin();
