// One tank: three layers that run into each other, each with its temperature; an unknown one is hatched.

import { attr, put, s } from "./dom.js";
import { NO_COLOUR, colourOf } from "./colour.js";
import { UNKNOWN } from "./format.js";

const LAYERS = ["top_f", "middle_f", "bottom_f"];
const STOPS = [0.12, 0.5, 0.88];

export class TankDrawing {
  constructor(place, top, height) {
    this.name = place.name;
    const id = `water-${place.name}`;
    this.stops = STOPS.map((offset) => s("stop", { offset }));
    for (const stop of this.stops) stop.style.stopColor = NO_COLOUR; // black before the first data
    const gradient = s("linearGradient", { id, x1: 0, y1: 0, x2: 0, y2: 1 }, ...this.stops);
    const frame = { x: place.x, y: top, width: place.width, height, rx: Math.min(18, place.width / 3) };
    const third = height / 3;
    this.gaps = LAYERS.map((_, i) =>
      s("rect", { x: place.x, y: top + i * third, width: place.width, height: third, class: "gap-layer" }),
    );
    this.figures = LAYERS.map((_, i) => s("text", { x: place.middle, y: top + (i + 0.5) * third + 5, class: "layer" }));
    const clip = s("clipPath", { id: `${id}-clip` }, s("rect", frame));
    this.element = s(
      "g",
      { class: "tank" },
      s("defs", {}, gradient, clip),
      s("rect", { ...frame, fill: `url(#${id})` }),
      s("g", { "clip-path": `url(#${id}-clip)` }, ...this.gaps),
      s("rect", { ...frame, class: "rim" }),
      ...this.figures,
    );
  }

  show(layers) {
    const values = LAYERS.map((name) => layers[name]);
    const known = values.filter((value) => value !== null);
    values.forEach((value, i) => {
      const near = value ?? known[0] ?? null;
      this.stops[i].style.stopColor = colourOf(near) ?? NO_COLOUR;
      attr(this.gaps[i], "class", value === null ? "gap-layer empty" : "gap-layer");
      put(this.figures[i], value === null ? UNKNOWN : value.toFixed(1));
      attr(this.figures[i], "class", value === null ? "layer none" : "layer");
    });
  }
}
