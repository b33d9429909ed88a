// The colours of states over time: a strip above the plots, and the hours in which electricity is dear.

import { $, h } from "./dom.js";

const TOPS = ["HomeAlone", "AtnControlled", "Dormant", "Fault"];
const TOP_WORDS = { HomeAlone: "by itself", AtnControlled: "contract", Dormant: "a person, or watching only", Fault: "handed back" };
const LEAF_COLOURS = {
  HpOnStoreOff: "--heat",
  HpOnStoreCharge: "--charge",
  HpOffStoreDischarge: "--from-store",
  HpOffStoreOff: "--coast",
};
const LEAF_WORDS = {
  HpOnStoreOff: "heating",
  HpOnStoreCharge: "charging",
  HpOffStoreDischarge: "from the store",
  HpOffStoreOff: "coasting",
};
const STRIP = 12;

export const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const topVariable = (top) => `--top-${top}`;

// Runs of equal value: [first, last] indices with the value.
export function* runs(values) {
  for (let i = 0, from = 0; i < values.length; i += 1) {
    if (i + 1 === values.length || values[i + 1] !== values[from]) {
      yield [from, i, values[from]];
      from = i + 1;
    }
  }
}

function stretch(u, times, from, to) {
  const end = to + 1 < times.length && times[to + 1] - times[to] < 180 ? times[to + 1] : times[to] + 60;
  const left = Math.max(u.bbox.left, u.valToPos(times[from], "x", true));
  const right = Math.min(u.bbox.left + u.bbox.width, u.valToPos(end, "x", true));
  return [left, Math.max(1, right - left)];
}

// Behind the lines: where electricity was dear.
export function shadePeaks(u, times, peaks) {
  u.ctx.fillStyle = css("--dear-shade");
  for (const [from, to, dear] of runs(peaks)) {
    if (!dear) continue;
    const [left, width] = stretch(u, times, from, to);
    u.ctx.fillRect(left, u.bbox.top, width, u.bbox.height);
  }
}

// Above the lines: who was in charge, and below it what the house did.
export function drawStrip(u, times, states, paths) {
  const high = Math.round((STRIP * devicePixelRatio) / 2);
  const top = u.bbox.top;
  for (const [from, to, place] of runs(states)) {
    const path = paths[place] ?? "";
    const parts = path.split(".");
    const [left, width] = stretch(u, times, from, to);
    u.ctx.fillStyle = css(topVariable(parts[0])) || css("--unknown");
    u.ctx.fillRect(left, top, width, high);
    u.ctx.fillStyle = css(LEAF_COLOURS[parts.at(-1)] ?? "--other");
    u.ctx.fillRect(left, top + high, width, high);
  }
}

export function legend() {
  const entry = (variable, words) => h("li", {}, h("span", { class: `swatch swatch${variable}` }), words);
  $("band-legend").replaceChildren(
    ...TOPS.map((top) => entry(topVariable(top), TOP_WORDS[top])),
    h("li", { class: "break", "aria-hidden": "true" }),
    ...Object.entries(LEAF_COLOURS).map(([leaf, variable]) => entry(variable, LEAF_WORDS[leaf])),
    entry("--dear-shade", "electricity is dear"),
  );
}
