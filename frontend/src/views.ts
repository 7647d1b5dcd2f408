// What can be opened from packed files, by name.

import { Compare, type CompareFixed, type CompareState } from "./compare";
import { Generation, type GenerationState } from "./generation";
import { Lens } from "./lens";
import { Matching, type MatchingState } from "./matching";
import { Sentence, type SentenceState } from "./sentence";
import type { State } from "./state";

/** What a home can do with whatever it has opened. */
export interface View {
  readonly element: HTMLElement;
  /** Show this instead, as when a link or the page's own controls ask for it. */
  show(state: object): void;
  /** Files that came later; what has not come is undefined. */
  take?(files: readonly (ArrayBuffer | undefined)[]): void;
  close(): void;
}

export interface Given {
  /** What is shown at first. */
  state: object;
  /** What stays as it is, beside the files. */
  fixed: object;
  /** CSS height. */
  height: string;
  /** Told after a click or a key, never while the pointer only moves. */
  onState(state: object): void;
}

type Place = HTMLElement | ShadowRoot;
type Open = (place: Place, files: readonly (ArrayBuffer | undefined)[], given: Given) => View;

export const VIEWS: Record<string, Open> = {
  lens: (place, files, { state, height, onState }) => {
    const lens = new Lens(place, files[0]!, { state: state as Partial<State>, height, onState });
    lens.take(files);
    return lens;
  },
  compare: (place, files, { state, fixed, height, onState }) =>
    new Compare(place, files, fixed as CompareFixed, { state: state as Partial<CompareState>, height, onState }),
  matching: (place, [file], { state, height, onState }) =>
    new Matching(place, file!, { state: state as Partial<MatchingState>, height, onState }),
  sentence: (place, [file], { state, height, onState }) =>
    new Sentence(place, file!, { state: state as Partial<SentenceState>, height, onState }),
  generation: (place, [file], { state, height, onState }) =>
    new Generation(place, file!, { state: state as Partial<GenerationState>, height, onState }),
};
