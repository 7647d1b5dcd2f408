// How large the small multiples are: as large as fits beside the photograph, or in rows of a phone's width below it.

const NARROW = 640;
const GAP = 5;
/** Heights of a tile's name and of a strip's title, where type has its usual size. */
const NAME = 15;
const TITLE = 22;
const LARGEST = 320;
const SMALLEST = 34;
/** Share of the width that the photograph takes at most. */
const PHOTO = 0.6;

/** How large type is, as a multiple of its usual size: it grows with a screen that the lens has for itself. */
export function typeScale(lens: HTMLElement): number {
  return parseFloat(getComputedStyle(lens).fontSize) / 13;
}

/** `counts` are the tiles of each strip; `ratio` is a tile's width over its height, `photo` the photograph's. */
export function fitted(lens: HTMLElement, counts: readonly number[], ratio: number, photo: number): void {
  const narrow = lens.clientWidth < NARROW;
  lens.classList.toggle("narrow", narrow);
  const side = lens.querySelector<HTMLElement>(".side")!;
  const sliders = lens.querySelector<HTMLElement>(".sliders")!;
  const stage = lens.querySelector<HTMLElement>(".stage")!;
  const left = Math.min(stage.clientHeight * photo, lens.clientWidth * PHOTO);
  lens.style.setProperty("--photo", `${Math.floor(left)}px`);
  const width = side.clientWidth;
  const list = lens.querySelector<HTMLElement>(".query-list")!;
  const others = [sliders, list].filter((each) => !each.hidden);
  const height = side.clientHeight - others.reduce((sum, each) => sum + each.offsetHeight + GAP, 0);
  const px = typeScale(lens);
  let tile = narrow ? (width - 5 * GAP) / 6 : LARGEST;
  const rows = (each: number): number =>
    counts.reduce((sum, count) => sum + Math.ceil(count / Math.floor((width + GAP) / (each + GAP))), 0);
  const needed = (each: number): number => rows(each) * (each / ratio + px * NAME + GAP) + counts.length * px * TITLE;
  if (!narrow) while (tile > SMALLEST && (tile > width || needed(tile) > height)) tile--;
  side.style.setProperty("--tile", `${Math.floor(tile)}px`);
  side.style.setProperty("--tile-ratio", String(ratio));
}
