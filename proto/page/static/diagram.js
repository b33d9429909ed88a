// Lights the present state in the drawing that came with the page, and the panels around it.

import { $ } from "./dom.js";

export class Diagram {
  constructor() {
    this.path = "";
    this.lit = [];
  }

  show(status) {
    if (status.state === this.path) return;
    this.path = status.state;
    for (const element of this.lit) element.classList.remove("lit");
    const parts = status.state.split(".");
    const panels = parts.map((_, i) => $(`panel-${parts.slice(0, i + 1).join(".")}`));
    const leaf = $(`state-${status.state}`);
    this.lit = [...panels, leaf].filter((element) => element !== null);
    for (const element of this.lit) element.classList.add("lit");
    if (leaf) this.bringIntoSight(leaf);
  }

  // On a phone the drawing is wider than the screen: move it, and nothing else.
  bringIntoSight(leaf) {
    const box = $("diagram-scroll");
    const at = leaf.getBoundingClientRect();
    const frame = box.getBoundingClientRect();
    box.scrollLeft += at.left + at.width / 2 - (frame.left + frame.width / 2);
  }
}
