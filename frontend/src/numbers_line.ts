// What is shown, said in words and numbers below the photograph.

import { DECADES, PIN_COLOURS, viridis } from "./colours";
import { make, say } from "./dom";
import { Lookers } from "./lookers";
import { entropy, largest, meanDistance, onPrefix, total } from "./numbers";
import type { State } from "./state";
import type { Packed } from "./wire";
import { percent, significant, subject, tokenName } from "./words";

export class NumbersLine {
  readonly element: HTMLElement;
  private readonly title = make("div", { class: "subject" });
  private readonly scale = make("span", { class: "scale", "aria-hidden": "true" });
  private readonly low = make("span", {});
  private readonly high = make("span", {});
  private readonly values = new Map<string, HTMLElement>();
  private readonly lookers: Lookers;
  private readonly queries = make("div", { class: "values", hidden: true });
  private sentence = "";

  constructor(private readonly packed: Packed) {
    this.lookers = new Lookers(packed);
    const prefix = packed.prefix;
    const labels = ["Under the pointer", "Entropy", "Mean distance"];
    if (prefix.length) labels.push(prefix.length > 1 ? "On tokens that are no patch" : `On the ${prefix[0]} token`);
    const items = labels.map((label) => {
      const value = make("b", {});
      this.values.set(label, value);
      return make("span", { class: "number" }, `${label} `, value);
    });
    const bar = make("span", { class: "number scale-box" }, this.low, this.scale, this.high);
    this.element = make("div", { class: "numbers" }, this.title, make("div", { class: "values" }, bar, ...items), this.queries);
  }

  /** The same in one sentence, for a screen reader. */
  get words(): string {
    return this.sentence;
  }

  update(state: State, queries: readonly number[], maps: readonly (Float32Array | null)[], pointer: number | null): void {
    const { prefix, grid } = this.packed;
    say(this.title, subject(this.packed, state, queries));
    this.name(state, queries[0]);
    const known = maps.filter((map) => map !== null);
    const both = (value: (map: Float32Array, query: number) => string): string =>
      known.map((map, at) => value(map, queries[at])).join(" | ") || "…";
    const [under, bits, distance, others] = [...this.values.values()];
    say(under, pointer === null ? "–" : both((map) => percent(map[pointer])));
    say(bits, `${both((map) => significant(entropy(map)))} bits`);
    // A DETR's query has no place of its own to measure from.
    const placed = state.mode !== "queries";
    say(distance, placed ? both((map, query) => distanceText(meanDistance(map, query, prefix.length, grid))) : "–");
    if (others) say(others, both((map) => percent(onPrefix(map, prefix.length))));
    const most = Math.max(0, ...known.map((map) => largest(map, prefix.length)));
    say(this.low, state.log ? percent(most / 10 ** DECADES) : "0");
    say(this.high, percent(most));
    this.scale.style.background = gradient(queries.length > 1, state.spotlight);
    this.sentence = known.length ? `${this.title.textContent}. ${known.map((map, at) => this.inWords(map, placed ? tokenName(this.packed, queries[at]) : `query ${queries[at]}`)).join(" ")}` : "";
  }

  /** Of a DETR, which queries attend to the cell; of a large model, that a click is needed. */
  private name(state: State, cell: number): void {
    const { rows, megabytes } = this.packed;
    this.queries.hidden = !rows && (!this.packed.cross.length || state.mode === "queries");
    if (rows) {
      say(this.queries, `Queries and keys of this model are ${significant(megabytes)} MB, too large to be sent: after a click on a patch the server computes ${state.mode === "rollout" ? "its rollout, and again after every change" : "its rows"}.`);
      return;
    }
    if (this.queries.hidden) return;
    const { names } = this.packed.detections[state.decoder];
    const most = this.lookers.most(state.decoder, cell, 3).map(({ query, weight }) => `${query} (${names[query]}) ${percent(weight)}`);
    say(this.queries, `Queries that attend to it most, decoder layer ${state.decoder + 1}: ${most.join(", ")}`);
  }

  private inWords(map: Float32Array, who: string): string {
    const { prefix } = this.packed;
    let place = prefix.length;
    for (let token = place; token < map.length; token++) if (map[token] > map[place]) place = token;
    const sum = total(map, 0);
    return (
      `Of ${who}, the largest weight on a patch is ${percent(map[place])}, on ` +
      `${tokenName(this.packed, place)}; entropy ${significant(entropy(map))} bits` +
      (prefix.length && sum > 0 ? `; ${percent(onPrefix(map, prefix.length))} on tokens that are no patch.` : ".")
    );
  }
}

function distanceText(pixels: number): string {
  return Number.isNaN(pixels) ? "–" : `${significant(pixels)} px`;
}

function gradient(compared: boolean, spotlight: boolean): string {
  if (compared) {
    const [a, b] = PIN_COLOURS.map((colour) => `rgb(${colour.join(" ")})`);
    return `linear-gradient(90deg, transparent, ${a}) top / 100% 50% no-repeat, linear-gradient(90deg, transparent, ${b}) bottom / 100% 50% no-repeat`;
  }
  if (spotlight) return "linear-gradient(90deg, #000, #fff)";
  const stops = Array.from({ length: 9 }, (_, i) => `rgb(${viridis(i / 8).join(" ")})`);
  return `linear-gradient(90deg, ${stops.join(", ")})`;
}
