// The pipes of the picture: where each runs, how warm it is, and which way the water moves.

import { attr, put, s } from "./dom.js";
import { NO_COLOUR, colourOf } from "./colour.js";
import { degrees, toFahrenheit } from "./format.js";

const MOVING_GPM = 0.1;

// Which way water runs in each pipe: 1 as drawn, -1 against, 0 still, null unknown.
export function currents(status) {
  const flow = (name) => {
    const channel = status.channels[name];
    return channel && channel.value !== null ? channel.value > MOVING_GPM : null;
  };
  const charging = status.actuators[status.valve]?.readback;
  const primary = flow("primary-flow");
  const store = flow("store-flow");
  const rooms = flow("dist-flow");
  const charge = primary && charging === 1;
  const heat = primary && charging === 0;
  const discharge = store && charging === 0;
  const buffer = heat || discharge;
  const way = (known, on, sign = 1) => (known === null ? null : on ? sign : 0);
  const valve = charging === undefined || charging === null ? null : primary;
  return {
    hpHot: way(primary, primary),
    hpCold: way(primary, primary),
    storeHot: charge ? 1 : way(store, discharge, -1),
    storeCold: charge ? 1 : way(store, discharge, -1),
    header: way(valve, buffer),
    headerCold: way(valve, buffer),
    bufferHot: buffer ? 1 : way(rooms, rooms, -1),
    bufferCold: buffer ? 1 : way(rooms, rooms, -1),
    roomsHot: way(rooms, rooms),
    roomsCold: way(rooms, rooms),
  };
}

// Pipe -> the channels that say how warm it is, the first that this house has.
const WARMTH = {
  hpHot: ["hp-lwt"],
  hpCold: ["hp-ewt"],
  storeHot: ["store-hot-pipe"],
  storeCold: ["store-cold-pipe"],
  header: ["buffer-hot-pipe", "hp-lwt"],
  headerCold: ["buffer-cold-pipe", "hp-ewt"],
  bufferHot: ["buffer-hot-pipe", "buffer-depth1"],
  bufferCold: ["buffer-cold-pipe", "buffer-depth3"],
  roomsHot: ["dist-swt"],
  roomsCold: ["dist-rwt"],
};

export class Pipes {
  // `runs`: pipe -> points; `labels`: pipe -> where its temperature stands.
  constructor(runs, labels) {
    this.pipes = Object.entries(runs).map(([name, points]) => new Pipe(name, points, labels[name]));
    this.element = s("g", { class: "pipes" }, ...this.pipes.map((pipe) => pipe.element));
    this.labels = s("g", {}, ...this.pipes.filter((pipe) => pipe.label).map((pipe) => pipe.label));
  }

  show(status) {
    const moving = currents(status);
    for (const pipe of this.pipes) pipe.show(status.channels, moving[pipe.name]);
  }
}

class Pipe {
  constructor(name, points, label) {
    this.name = name;
    const d = `M${points.map((point) => point.join(" ")).join("L")}`;
    this.body = s("path", { d, class: "pipe" });
    this.water = s("path", { d, class: "water" });
    this.element = s("g", {}, this.body, this.water);
    this.label = label ? s("text", { x: label[0], y: label[1], class: `reading ${label[2] ?? ""}` }) : null;
  }

  show(channels, way) {
    const source = WARMTH[this.name].map((name) => channels[name]).find((channel) => channel);
    const warmth = toFahrenheit(source);
    this.body.style.stroke = colourOf(warmth) ?? NO_COLOUR;
    attr(this.element, "class", way ? "moving" : "still");
    attr(this.water, "class", way === -1 ? "water back" : "water");
    if (this.label) put(this.label, degrees(warmth));
  }
}
