// Water temperature as a colour: blue, violet, red. Dark enough everywhere for white figures on it.

const STOPS = [
  [50, [47, 109, 179]],
  [90, [79, 99, 181]],
  [110, [129, 85, 168]],
  [125, [176, 68, 126]],
  [140, [200, 68, 63]],
  [170, [168, 42, 18]],
];

export function colourOf(fahrenheit) {
  if (fahrenheit === null || fahrenheit === undefined) return null;
  const above = STOPS.findIndex(([f]) => f >= fahrenheit);
  if (above === 0) return rgb(STOPS[0][1]);
  if (above < 0) return rgb(STOPS.at(-1)[1]);
  const [lowF, low] = STOPS[above - 1];
  const [highF, high] = STOPS[above];
  const part = (fahrenheit - lowF) / (highF - lowF);
  return rgb(low.map((value, i) => Math.round(value + part * (high[i] - value))));
}

const rgb = (parts) => `rgb(${parts.join(",")})`;
export const NO_COLOUR = "var(--unknown)";
