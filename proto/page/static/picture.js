// The house as a picture: heat pump, store, buffer and rooms, with their temperatures and the water that moves.

import { $, put, s, attr } from "./dom.js";
import { UNKNOWN, degrees, kilo, quantity, tankName } from "./format.js";
import { Pipes } from "./pipes.js";
import { TankDrawing } from "./tank.js";

const MIN_W = 300;
const MAX_W = 760;
const EDGE = 8;
const CARD_H = 92;
const HOT_Y = 154;
const TANK_Y = 182;
const BELOW = 62; // room for the cold header and the names
const FOOT = 26; // from the bottom of a tank to the cold header

export class Picture {
  constructor(house) {
    this.house = house;
    this.status = null;
    this.width = 0;
    new ResizeObserver(() => this.fit()).observe($("drawing"));
    this.fit();
  }

  // Drawn in screen units, so that figures are as large as the rest of the page at any width.
  fit() {
    const width = Math.max(MIN_W, Math.min(MAX_W, Math.floor($("drawing").clientWidth)));
    if (width === this.width) return;
    this.width = width;
    this.build(width, width < 480 ? 420 : 600);
    if (this.status) this.show(this.status);
  }

  build(width, height) {
    const coldY = height - BELOW;
    const places = this.places(width);
    this.tanks = places.map((place) => new TankDrawing(place, TANK_Y, coldY - FOOT - TANK_Y));
    const hot = places[0].middle;
    const cold = places.at(-2).middle;
    const buffer = places.at(-1).middle;
    const left = 14;
    const right = width - left;
    const under = EDGE + CARD_H;
    const runs = {
      hpHot: [[hot, under], [hot, HOT_Y]],
      hpCold: [[cold, coldY], [left, coldY], [left, under]],
      storeHot: [[hot, HOT_Y], [hot, TANK_Y]],
      storeCold: [[cold, coldY - FOOT], [cold, coldY]],
      header: [[hot, HOT_Y], [buffer, HOT_Y]],
      headerCold: [[buffer, coldY], [cold, coldY]],
      bufferHot: [[buffer, HOT_Y], [buffer, TANK_Y]],
      bufferCold: [[buffer, coldY - FOOT], [buffer, coldY]],
      roomsHot: [[buffer, HOT_Y], [buffer, under]],
      roomsCold: [[right, under], [right, coldY], [buffer, coldY]],
    };
    const labels = {
      hpHot: [hot + 9, 130],
      hpCold: [left + 8, coldY - 9],
      roomsHot: [buffer - 9, 130, "end"],
      roomsCold: [right - 8, coldY - 9, "end"],
    };
    this.pipes = new Pipes(runs, labels);
    this.between = this.series(places, TANK_Y, coldY - FOOT);
    this.source = new Box(EDGE, Math.max(hot + 30, width * 0.44) - EDGE, "Heat pump");
    const leftOfRooms = Math.min(buffer - 30, width * 0.56);
    this.sink = new Box(leftOfRooms, width - EDGE - leftOfRooms, "Rooms");
    this.names = this.captions(places, coldY);
    const view = { viewBox: `0 0 ${width} ${height}`, width, height, role: "img", "aria-label": "Tanks and pipes" };
    const tanks = this.tanks.map((tank) => tank.element);
    const boxes = [this.source.element, this.sink.element];
    $("drawing").replaceChildren(
      s("svg", view, this.pipes.element, this.between, ...tanks, ...boxes, this.pipes.labels, this.names),
    );
  }

  // Store tanks from hot to cold, then a wider gap, then the buffer.
  places(width) {
    const names = [...this.house.tanks.slice(1), this.house.tanks[0]];
    const narrow = width < 480;
    const gap = narrow ? 8 : 16;
    const wide = narrow ? 20 : 44;
    const edge = narrow ? 32 : 48;
    const room = width - 2 * edge - gap * (names.length - 2) - wide;
    const size = Math.min(116, room / names.length);
    const spare = (room - size * names.length) / 2;
    return names.map((name, i) => {
      const x = edge + spare + i * (size + gap) + (i === names.length - 1 ? wide - gap : 0);
      return { name, x, width: size, middle: x + size / 2 };
    });
  }

  // The store tanks stand in series: the bottom of one feeds the top of the next.
  series(places, top, bottom) {
    const lines = [];
    for (let i = 0; i < places.length - 2; i += 1) {
      const from = places[i].x + places[i].width;
      const to = places[i + 1].x;
      const middle = (from + to) / 2;
      lines.push(s("path", { d: `M${from} ${bottom - 20}H${middle}V${top + 20}H${to}`, class: "pipe thin" }));
    }
    return s("g", { class: "still" }, ...lines);
  }

  captions(places, coldY) {
    const text = (x, y, kind, words = "") => s("text", { x, y, class: kind }, words);
    const stores = places.slice(0, -1);
    this.store = text((stores[0].middle + stores.at(-1).middle) / 2, coldY + 46, "caption soft");
    const names = places.map((place) => text(place.middle, coldY + 26, "caption", this.caption(place)));
    return s("g", {}, ...names, this.store);
  }

  // Between narrow tanks only the number fits behind the first.
  caption(place) {
    const full = tankName(place.name);
    return place.width < 56 && place.name !== "buffer" && place.name !== "tank1" ? full.replace(/\D+/, "") : full;
  }

  show(status) {
    this.status = { ...status, valve: this.house.relays["charge-discharge"] };
    for (const tank of this.tanks) tank.show(status.tanks[tank.name]);
    this.pipes.show(this.status);
    this.showSource(status);
    this.showSink(status);
    const { usable_kwh: usable, required_kwh: required } = status.plan;
    const needs = !required ? "" : `, needs ${quantity(required, "kWh")}`;
    put(this.store, usable === undefined ? `Store ${UNKNOWN}` : `${quantity(usable, "kWh")} usable${needs}`);
  }

  showSource(status) {
    const watts = status.power.heat_pump_w;
    const running = watts !== null && watts >= this.house.hp_running_w;
    const outdoors = status.channels.oat?.value != null ? status.channels.oat.value * 1.8 + 32 : status.plan.oat_f;
    const air = outdoors === undefined ? `Outdoors ${UNKNOWN}` : `Outdoors ${degrees(outdoors)}F`;
    this.source.show(running, quantity(kilo(watts), "kW"), [flowWords(status, "primary-flow"), air]);
  }

  showSink(status) {
    const zones = Object.values(status.zones).filter((zone) => zone.temp_f !== null);
    const coldest = zones.length ? Math.min(...zones.map((zone) => zone.temp_f)) : null;
    const calls = zones.some((zone) => zone.calls);
    const rooms = Object.keys(status.zones).length;
    const many = rooms > 1 ? `coldest of ${rooms}` : "";
    const words = coldest === null ? UNKNOWN : `${degrees(coldest)}F`;
    this.sink.show(calls, words, [flowWords(status, "dist-flow"), many || (calls ? "call for heat" : "warm enough")]);
  }
}

function flowWords(status, name) {
  const channel = status.channels[name];
  return channel ? `Water ${quantity(channel.value, "gpm")}` : "";
}

class Box {
  constructor(x, width, name) {
    this.frame = s("rect", { x, y: EDGE, width, height: CARD_H, rx: 14, class: "box" });
    const text = (y, kind, words = "") => s("text", { x: x + 14, y: EDGE + y, class: kind }, words);
    this.value = text(48, "figure");
    this.lines = [text(66, "small"), text(82, "small")];
    this.element = s("g", {}, this.frame, text(22, "name", name), this.value, ...this.lines);
  }

  show(active, value, lines) {
    attr(this.frame, "class", active ? "box active" : "box");
    put(this.value, value);
    this.lines.forEach((line, i) => put(line, lines[i]));
  }
}
