// Numbers with their units, times and names as people read them. Unknown is "--", never a number.

export const UNKNOWN = "--";

const DIGITS = { "°F": 1, "°C": 1, W: 0, kW: 2, kWh: 1, gpm: 2, V: 2, Hz: 2, Wh: 0, "USD/kWh": 3 };

export function number(value, digits = 1) {
  return value === null || value === undefined ? UNKNOWN : value.toFixed(digits);
}

export function quantity(value, unit) {
  if (value === null || value === undefined) return UNKNOWN;
  return `${value.toFixed(DIGITS[unit] ?? 0)} ${unit}`.trim();
}

export const degrees = (f) => (f === null || f === undefined ? UNKNOWN : `${f.toFixed(1)}°`);
export const kilo = (watts) => (watts === null || watts === undefined ? null : watts / 1000);

export function toFahrenheit(channel) {
  if (!channel || channel.value === null) return null;
  return channel.unit === "°C" ? channel.value * 1.8 + 32 : channel.value;
}

// What a channel row shows: temperatures in °F whatever the wire says.
export function reading(channel) {
  if (channel.unit === "°C" || channel.unit === "°F") return [toFahrenheit(channel), "°F"];
  return [channel.value, channel.unit];
}

export function span(seconds) {
  if (seconds === null || seconds === undefined) return UNKNOWN;
  const s = Math.round(seconds);
  if (s < 100) return `${s} s`;
  if (s < 100 * 60) return `${Math.round(s / 60)} min`;
  const hours = Math.floor(s / 3600);
  if (hours < 48) return `${hours} h ${Math.floor((s % 3600) / 60)} min`;
  return `${Math.floor(hours / 24)} days`;
}

export const clockOf = (iso) => iso.slice(11, 19);
export const minuteOf = (iso) => iso.slice(11, 16);

// Times of points and lines come in UTC seconds; they are shown in the zone of the house.
export function zoneClock(zone) {
  const make = (options) => {
    try {
      return new Intl.DateTimeFormat("en-GB", { ...options, timeZone: zone, hourCycle: "h23" });
    } catch {
      return new Intl.DateTimeFormat("en-GB", { ...options, hourCycle: "h23" });
    }
  };
  const full = make({ hour: "2-digit", minute: "2-digit", second: "2-digit" });
  const short = make({ hour: "2-digit", minute: "2-digit" });
  const day = make({ weekday: "short", hour: "2-digit", minute: "2-digit" });
  return {
    second: (s) => full.format(s * 1000),
    minute: (s) => short.format(s * 1000),
    day: (s) => day.format(s * 1000),
  };
}

const DEPTHS = ["", "top", "middle", "bottom"];

// "buffer-depth1" is "buffer top"; other channels go by their display name.
export function friendly(words, displays) {
  const signs = words.replaceAll(">=", "≥").replaceAll("<=", "≤");
  const sensors = signs.replace(/\b(buffer|tank(\d+)) sensor ([123])\b/g, (_, name, number, depth) => {
    return `${number ? `Store ${number}` : "Buffer"}, ${DEPTHS[depth]} sensor,`;
  });
  return sensors.replace(/[a-z0-9]+(?:-[a-z0-9]+)+/g, (name) => {
    const depth = /^(buffer|tank(\d+))-depth([123])$/.exec(name);
    if (depth) return `${depth[2] ? `store ${depth[2]}` : "buffer"} ${DEPTHS[depth[3]]}`;
    return displays[name] ? displays[name].toLowerCase() : name;
  });
}

export const tankName = (name) => (name === "buffer" ? "Buffer" : `Store ${name.replace(/\D+/g, "")}`);

export function title(name) {
  const words = name.replaceAll("-", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}
