// The legend, which is also the switch for what the map shows, and the choice of how far ahead the forecast looks.
import { h, flag, text } from "../dom";
import { clock } from "../units";
import { say, type Word } from "../words";
import type { Store, Ui } from "../store";

/** A forecast is issued each minute; one that is older than this is marked. */
const OLD_S = 180;
const CHOICES_S = [60, 300, 600, 1200, 1800, 3600];
type Layer = keyof Ui["layers"];

export class Legend {
  private readonly el = h("aside", { class: "legend" });
  private readonly words: [HTMLElement, Word][] = [];
  private readonly switches: [HTMLElement, Layer][] = [];
  private readonly horizons: [HTMLElement, number][] = [];
  private readonly at = h("span", { class: "at" });

  constructor(private store: Store, parent: HTMLElement) {
    const choice = h("div", { class: "horizons" });
    for (const s of CHOICES_S) {
      const button = h("button", { type: "button" }, `+${s / 60}`);
      button.addEventListener("click", () => this.choose(s));
      button.addEventListener("pointerdown", (e) => e.preventDefault());
      this.horizons.push([button, s]);
      choice.append(button);
    }
    this.el.append(
      this.group("forecast", "forecast", "F", h("div", { class: "ramp-line" }, h("i", { class: "ramp" }), h("span", {}, "1"), h("span", {}, "15"), h("span", {}, "60%")), choice, this.at),
      this.group(null, null, "", this.key("sym hostile", "hostile"), this.key("sym unsure", "unsure"), this.key("sym coast", "coasting"), this.key("sym own", "own"), this.key("sym other", "other"), this.key("sym raid", "raid"), this.key("sym route", "route")),
      this.group("coverage", "coverage", "C", this.key("sym blindness", "blind_area")),
      this.group("zones", "zone", "Z", this.key("sym alert", "alert")),
    );
    parent.append(this.el);
  }

  choose(horizon_s: number): void {
    this.store.ui.horizon_s = horizon_s;
    this.store.ui.layers.forecast = true;
    this.store.changed();
  }

  stepHorizon(by: number): void {
    const now = CHOICES_S.indexOf(this.store.ui.horizon_s);
    this.choose(CHOICES_S[Math.min(CHOICES_S.length - 1, Math.max(0, now + by))]);
  }

  toggle(layer: Layer): void {
    this.store.ui.layers[layer] = !this.store.ui.layers[layer];
    this.store.changed();
  }

  private group(layer: Layer | null, word: Word | null, letter: string, ...rest: HTMLElement[]): HTMLElement {
    const el = h("div", { class: "group" });
    if (layer && word) {
      const name = h("span");
      this.words.push([name, word]);
      const head = h("button", { class: "switch", type: "button" }, h("i", { class: `sym ${layer}` }), name, h("kbd", {}, letter));
      head.addEventListener("click", () => this.toggle(layer));
      head.addEventListener("pointerdown", (e) => e.preventDefault());
      this.switches.push([el, layer]);
      el.append(head);
    }
    el.append(...rest);
    return el;
  }

  private key(symbol: string, word: Word): HTMLElement {
    const name = h("span");
    this.words.push([name, word]);
    return h("div", { class: "key" }, h("i", { class: symbol }), name);
  }

  update(): void {
    const { ui, frame } = this.store;
    for (const [el, word] of this.words) text(el, say(word));
    for (const [el, layer] of this.switches) flag(el, "off", !ui.layers[layer]);
    for (const [el, s] of this.horizons) flag(el, "chosen", s === ui.horizon_s);
    const issued = frame?.issued_s;
    text(this.at, issued == null ? "–" : `${clock(issued + ui.horizon_s, false)}, ${say("issued")} ${clock(issued, false)}`);
    flag(this.at, "old", issued != null && frame!.t_s - issued > OLD_S);
    this.at.title = say("chance_in_cell");
  }
}
