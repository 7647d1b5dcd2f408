// Weights as pixels over the photograph: opacity follows the weight, so that the photograph stays visible.

/** How strong the light may become; the photograph is never covered altogether. */
const MOST = 0.86;
/** Below 1, so that half the largest weight is still seen well. */
const SOFTER = 0.75;
const DARK = 0.84;
/** Powers of ten that the logarithmic scale shows. */
export const DECADES = 3;

export const PIN_COLOURS: readonly (readonly [number, number, number])[] = [
  [255, 61, 127],
  [24, 196, 255],
];

/** Viridis, as polynomials of degree 6 (Matt Zucker). */
const VIRIDIS = [
  [0.2777273272234177, 0.005407344544966578, 0.3340998053353061],
  [0.1050930431085774, 1.404613529898575, 1.384590162594685],
  [-0.3308618287255563, 0.214847559468213, 0.09509516302823659],
  [-4.634230498983486, -5.799100973351585, -19.33244095627987],
  [6.228269936347081, 14.17993336680509, 56.69055260068105],
  [4.776384997670288, -13.74514537774601, -65.35303263337234],
  [-5.435455855934631, 4.645852612178535, 26.3124352495832],
] as const;

export function viridis(at: number): [number, number, number] {
  const channel = (c: number): number => {
    let value = 0;
    for (let power = 6; power >= 0; power--) value = value * at + VIRIDIS[power][c];
    return Math.round(255 * Math.min(Math.max(value, 0), 1));
  };
  return [channel(0), channel(1), channel(2)];
}

const TABLE = Uint8ClampedArray.from({ length: 768 }, (_, i) => viridis(Math.floor(i / 3) / 255)[i % 3]);

/** A weight's place on the scale from 0 to 1. */
export function scaled(weight: number, most: number, log: boolean): number {
  if (!(weight > 0) || !(most > 0)) return 0;
  const share = weight / most;
  return Math.min(log ? Math.max(0, 1 + Math.log10(share) / DECADES) : share, 1);
}

/** One map, or two to be compared in two colours, as the pixels of a grid. `most` is the weight at the scale's end. */
export function paint(
  pixels: Uint8ClampedArray,
  maps: readonly Float32Array[],
  prefix: number,
  most: number,
  log: boolean,
  spotlight: boolean,
): void {
  const [first, second] = maps;
  for (let cell = 0, at = 0; at < pixels.length; cell++, at += 4) {
    const a = scaled(first[prefix + cell], most, log);
    if (second) {
      const b = scaled(second[prefix + cell], most, log);
      const sum = a + b || 1;
      for (let c = 0; c < 3; c++) pixels[at + c] = (a * PIN_COLOURS[0][c] + b * PIN_COLOURS[1][c]) / sum;
      pixels[at + 3] = 255 * MOST * Math.max(a, b);
    } else if (spotlight) {
      pixels[at] = pixels[at + 1] = pixels[at + 2] = 0;
      pixels[at + 3] = 255 * DARK * (1 - a);
    } else {
      const entry = 3 * Math.round(255 * a);
      for (let c = 0; c < 3; c++) pixels[at + c] = TABLE[entry + c];
      pixels[at + 3] = 255 * MOST * a ** SOFTER;
    }
  }
}
