/** Contrast of text as WCAG 2 counts it, from colours as a browser computes them. */

type Colour = readonly [number, number, number, number];

/** Red, green, blue from 0 to 255 and alpha, of `rgb(…)`, `rgba(…)` and `color(srgb …)`. */
export function parseColour(text: string): Colour {
  const numbers = (text.match(/-?\d*\.?\d+(?:e-?\d+)?/g) ?? []).map(Number);
  const unit = text.startsWith('color(') ? 255 : 1;
  const [red = 0, green = 0, blue = 0, alpha = 1] = numbers;
  return [red * unit, green * unit, blue * unit, alpha];
}

/** One colour over another. */
export function over([r, g, b, a]: Colour, [R, G, B, A]: Colour): Colour {
  const mix = (above: number, below: number) => above * a + below * (1 - a);
  return [mix(r, R), mix(g, G), mix(b, B), a + A * (1 - a)];
}

/** From 1 to 21. */
export function contrast(one: Colour, other: Colour): number {
  const [light, dark] = [luminance(one), luminance(other)].sort((a, b) => b - a);
  return ((light ?? 0) + 0.05) / ((dark ?? 0) + 0.05);
}

function luminance([red, green, blue]: Colour): number {
  const linear = (value: number) => {
    const share = value / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  };
  return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue);
}
