// The list of protected flights, worst first; the number in front of a flight never changes.
import { actsText, chosenWarning, type ActForm } from "./acts";
import { Integrity, LEVEL_CLASS, Level } from "../codes";
import { cls, flag, h, text } from "../dom";
import { age, chance, clock, countdown, course, height, knots, miles } from "../units";
import { either, levelWord, optionWord, say, type Word } from "../words";
import type { Store } from "../store";

const ORDER = [Level.WARNING, Level.CAUTION, Level.BLIND, Level.ADVISORY, Level.CLEAR];

interface Row {
  el: HTMLElement;
  number: HTMLElement;
  level: HTMLElement;
  name: HTMLElement;
  type: HTMLElement;
  state: HTMLElement;
  time: HTMLElement;
  timeWord: HTMLElement;
  by: HTMLElement;
  byWord: HTMLElement;
  reason: HTMLElement;
  advice: HTMLElement;
}

export class FlightList {
  private readonly counts = new Map<number, HTMLElement>();
  private readonly list = h("div", { class: "rows", role: "listbox" });
  private readonly title = h("h2");
  private readonly empty = h("p", { class: "empty" });
  private rows: Row[] = [];
  private order = "";

  constructor(private store: Store, parent: HTMLElement, private onPick: (flight: number) => void) {
    const counts = h("div", { class: "counts" });
    for (const level of ORDER) {
      const n = h("b");
      const el = h("span", { class: `count ${LEVEL_CLASS[level]}` }, h("i", { class: "mark" }), n);
      this.counts.set(level, n);
      counts.append(el);
    }
    parent.append(h("section", { class: "flights" }, h("header", {}, this.title, counts), this.list, this.empty));
  }

  update(): void {
    const { setup, frame } = this.store;
    text(this.title, say("flights"));
    if (!setup || !frame) return;
    while (this.rows.length < setup.flights.id.length) this.rows.push(this.makeRow(this.rows.length));
    const levels = Array.from(frame.flights.level);
    for (const [level, el] of this.counts) {
      const n = levels.filter((l) => l === level).length;
      text(el, String(n));
      flag(el.parentElement!, "zero", n === 0);
      el.parentElement!.title = levelWord(level);
    }
    const ranked = this.store.ranked();
    const order = ranked.join();
    if (order !== this.order) {
      this.order = order;
      this.list.append(...ranked.map((r) => this.rows[r].el));
    }
    for (const r of ranked) this.fill(this.rows[r], r);
    text(this.empty, levels.length ? "" : say("none_flights"));
  }

  private makeRow(flight: number): Row {
    const span = (c: string) => h("span", { class: c });
    const row: Row = {
      el: h("div", { role: "option" }), number: h("kbd", {}, String(flight + 1)), level: span("level"), name: span("name"),
      type: span("type"), state: span("state"), time: span("time"), timeWord: span("unit"), by: span("time by"), byWord: span("unit"),
      reason: span("reason"), advice: span("advice"),
    };
    row.el.append(
      h("div", { class: "line" }, row.number, row.name, row.type, row.state, row.level),
      h("div", { class: "times" }, h("div", {}, row.timeWord, row.time), h("div", {}, row.byWord, row.by)),
      row.reason, row.advice,
    );
    row.el.addEventListener("click", () => this.onPick(flight));
    return row;
  }

  private fill(row: Row, r: number): void {
    const { setup, frame, ui } = this.store;
    const f = frame!.flights;
    const t = frame!.threats;
    const level = f.level[r];
    const worst = this.store.threatsOf(r)[0];
    cls(row.el, `row ${LEVEL_CLASS[level]}${r === ui.selected ? " selected" : ""}`);
    row.el.dataset.flight = String(r);
    row.el.dataset.level = LEVEL_CLASS[level];
    row.el.setAttribute("aria-selected", String(r === ui.selected));
    text(row.level, f.is_blind[r] === 1 && level > Level.BLIND ? `${levelWord(level)} + ${levelWord(Level.BLIND)}` : levelWord(level));
    text(row.name, this.store.flightName(r));
    text(row.type, [setup!.flights.aircraft_type[r], setup!.flights.category[r]].filter(Boolean).join(" · "));
    text(row.state, this.state(r));
    const isHot = level >= Level.CAUTION;
    const best = this.store.adviceOf(r)[0];
    const dt = worst === undefined ? Number.NaN : t.t_to_s[worst];
    text(row.timeWord, isHot ? say("in_time") : "");
    text(row.time, isHot ? countdown(dt) : "");
    const by = best === undefined ? Number.NaN : frame!.advice.decide_by_s[best] - frame!.t_s;
    text(row.byWord, isHot && Number.isFinite(by) ? say("decide_by") : "");
    text(row.by, isHot && Number.isFinite(by) ? (by < 0 ? say("too_late") : countdown(by)) : "");
    flag(row.by, "urgent", by < 120);
    text(row.reason, level === Level.CLEAR || worst === undefined ? "" : (either(t.reason_en[worst], t.reason_uk[worst]) ?? ""));
    text(row.advice, isHot && best !== undefined ? `${say("best")}: ${shortAdvice(this.store, best)}` : "");
  }

  private state(r: number): string {
    const f = this.store.frame!.flights;
    if (f.integrity[r] === Integrity.FALSE) return say("false_pos");
    if (f.is_airborne[r] === 0) return say(f.plan_state[r] === 5 ? "plan5" : f.plan_state[r] === 1 ? "plan1" : "on_ground");
    if (!(f.age_s[r] < 15)) return `${say("stale")} ${age(f.age_s[r])}`;
    if (f.plan_state[r] === 4) return say("plan4");
    return `${height(f.hae_m[r])} ${knots(Math.hypot(f.ve_mps[r], f.vn_mps[r]))}`;
  }
}

/** "Divert Westmere helipad 269°, risk 1%": the option in a few words. */
export function shortAdvice(store: Store, row: number): string {
  const a = store.frame!.advice;
  const s = store.setup!.sites;
  const parts = [optionWord(a.option[row])];
  if (a.site[row] >= 0) parts.push(s.title[a.site[row]] ?? s.id[a.site[row]] ?? "");
  if (Number.isFinite(a.course_rad[row])) parts.push(course(a.course_rad[row]));
  return `${parts.join(" ")}, ${say("risk")} ${chance(a.p_caught[row])}`;
}

/** Where the flight is and how old that is, its hazards, and its options side by side. */
export class FlightDetail {
  private readonly el = h("section", { class: "detail" });
  private readonly title = h("h2");
  private readonly sub = h("span", { class: "sub" });
  private readonly facts = h("div", { class: "facts" });
  private readonly hazards = h("div", { class: "hazards" });
  private readonly options = h("table", { class: "options" });
  private readonly sentence = h("p", { class: "sentence" });
  private last = "";

  constructor(private store: Store, parent: HTMLElement) {
    this.el.append(h("header", {}, this.title, this.sub), this.facts, this.hazards, this.options, this.sentence);
    parent.append(this.el);
  }

  update(): void {
    const { setup, frame, ui } = this.store;
    if (!setup || !frame) return;
    const r = ui.selected ?? this.store.ranked().find((row) => this.store.levelOf(row) >= Level.CAUTION) ?? null;
    flag(this.el, "none", r === null);
    const key = `${r}|${frame.t_s}|${say("options")}`;
    if (key === this.last) return;
    this.last = key;
    if (r === null) {
      text(this.title, "");
      text(this.sub, "");
      this.facts.replaceChildren(h("p", { class: "empty" }, say("pick")));
      this.hazards.replaceChildren();
      this.options.replaceChildren();
      text(this.sentence, "");
      return;
    }
    const f = frame.flights;
    text(this.title, `${r + 1}  ${this.store.flightName(r)}`);
    text(this.sub, [setup.flights.id[r], setup.flights.aircraft_type[r], setup.flights.category[r], say(`plan${Math.max(0, f.plan_state[r])}` as Word)].filter(Boolean).join(" · "));
    const course_ = Math.atan2(f.ve_mps[r], f.vn_mps[r]);
    const speed = Math.hypot(f.ve_mps[r], f.vn_mps[r]);
    this.facts.replaceChildren(
      fact("HAE", height(f.hae_m[r])), fact("GS", knots(speed)), fact("TRK", speed > 3 ? course((course_ + 2 * Math.PI) % (2 * Math.PI)) : "–"),
      fact("±", miles(2 * f.sigma_h_m[r])), fact(say("age"), age(f.age_s[r]), !(f.age_s[r] < 15) && f.is_airborne[r] !== 0),
    );
    this.fillHazards(r);
    this.fillOptions(r);
  }

  private fillHazards(r: number): void {
    const t = this.store.frame!.threats;
    const rows = this.store.threatsOf(r).slice(0, 4).map((i) =>
      h("div", { class: `hazard ${LEVEL_CLASS[t.level[i]]}` },
        h("i", { class: "mark" }), h("b", {}, say(`hazard${Math.max(1, t.hazard[i])}` as Word)),
        h("span", { class: "num" }, chance(t.p[i])), h("span", { class: "num" }, countdown(t.t_to_s[i])),
        h("span", { class: "why" }, either(t.reason_en[i], t.reason_uk[i]) ?? "")),
    );
    this.hazards.replaceChildren(...(rows.length ? rows : [h("p", { class: "empty" }, say("none_hazard"))]));
  }

  private fillOptions(r: number): void {
    const { frame, setup } = this.store;
    const a = frame!.advice;
    const rows = this.store.adviceOf(r);
    if (!rows.length) {
      this.options.replaceChildren();
      // Only CLEAR may say that nothing threatens: BLIND is not safe.
      text(this.sentence, this.store.levelOf(r) === Level.CLEAR ? say("none_option") : "");
      return;
    }
    const head = h("tr", {}, h("th", {}, say("options")), ...["risk", "delay", "extra", "decide_by"].map((w) => h("th", { class: "n" }, say(w as Word))));
    const lines = rows.slice(0, 6).map((i, k) => {
      const left = a.decide_by_s[i] - frame!.t_s;
      const place = a.site[i] >= 0 ? (setup!.sites.title[a.site[i]] ?? "") : Number.isFinite(a.course_rad[i]) ? course(a.course_rad[i]) : "";
      return h("tr", { class: k === 0 ? "best" : "" },
        h("td", {}, h("b", {}, optionWord(a.option[i])), place ? ` ${place}` : ""),
        h("td", { class: "n" }, chance(a.p_caught[i])),
        h("td", { class: "n" }, a.delay_s[i] > 30 ? `+${Math.round(a.delay_s[i] / 60)} min` : "–"),
        h("td", { class: "n" }, a.extra_m[i] > 200 ? `+${miles(a.extra_m[i])}` : "–"),
        h("td", { class: left < 120 ? "n urgent" : "n" }, Number.isFinite(left) ? (left < 0 ? say("too_late") : countdown(left)) : "–"));
    });
    this.options.replaceChildren(head, ...lines);
    text(this.sentence, either(a.text_en[rows[0]], a.text_uk[rows[0]]) ?? "");
  }
}

function fact(name: string, value: string, isBad = false): HTMLElement {
  return h("div", { class: isBad ? "fact bad" : "fact" }, h("span", {}, name), h("b", {}, value));
}

/** All warnings so far, newest first. */
export class WarningLog {
  private readonly title = h("h2");
  private readonly list = h("div", { class: "log-rows" });
  private last = "";

  constructor(private store: Store, parent: HTMLElement, private onPick: (flight: number) => void, private acts: ActForm) {
    parent.append(h("section", { class: "log" }, h("header", {}, this.title), this.list));
  }

  update(): void {
    const { frame, setup } = this.store;
    text(this.title, say("log"));
    if (!frame || !setup) return;
    const w = frame.warnings;
    const chosen = chosenWarning(this.store);
    const key = `${chosen}|${this.store.acts?.warning.length}|${w.decide_by_s.join()}|${w.clear_again_s.join()}|${w.warning.join()}|${w.level.join()}|${w.cleared_s.join()}|${w.p.join()}|${say("log")}`;
    if (key === this.last) return;
    this.last = key;
    const rows = Array.from(w.warning.keys()).sort((a, b) => w.raised_s[b] - w.raised_s[a] || w.warning[b] - w.warning[a]);
    this.list.replaceChildren(...(rows.length ? rows.slice(0, 60).map((i) => this.row(i)) : [h("p", { class: "empty" }, say("none_log"))]));
  }

  private row(i: number): HTMLElement {
    const w = this.store.frame!.warnings;
    const isOver = Number.isFinite(w.cleared_s[i]);
    const isChosen = i === chosenWarning(this.store);
    const name = w.flight[i] >= 0 ? this.store.flightName(w.flight[i]) : (this.store.setup!.sites.title[w.site[i]] ?? `#${w.site[i]}`);
    const el = h("div", { class: `entry ${LEVEL_CLASS[w.level[i]]}${isOver ? " over" : ""}${isChosen ? " chosen" : ""}`, "data-warning": String(w.warning[i]) },
      h("time", {}, clock(w.raised_s[i])), h("i", { class: "mark" }), h("b", {}, levelWord(w.level[i])), h("span", { class: "who" }, name),
      h("span", { class: "end" }, isOver ? `${say("cleared")} ${clock(w.cleared_s[i], false)}` : say("active")),
      h("span", { class: "why" }, either(w.reason_en[i], w.reason_uk[i]) ?? ""),
      h("span", { class: "why" }, this.times(i, isOver)), h("span", { class: "why acts" }, actsText(this.store, w.warning[i])), isChosen && this.buttons(i));
    el.addEventListener("click", () => {
      this.store.ui.warning = w.warning[i];
      this.store.changed();
    });
    if (w.flight[i] >= 0) el.addEventListener("click", () => this.onPick(w.flight[i]));
    return el;
  }

  /** "decide by 14:05Z · clear again about 14:20 (14:12 to 14:35)". */
  private times(i: number, isOver: boolean): string {
    const w = this.store.frame!.warnings;
    const parts: string[] = [];
    if (!isOver && Number.isFinite(w.decide_by_s[i])) parts.push(`${say("decide_at")} ${clock(Math.floor(w.decide_by_s[i] / 60) * 60, false)}`);
    if (!isOver && Number.isFinite(w.clear_again_s[i])) parts.push(`${say("clear_again")} ${clock(w.clear_again_s[i], false)} (${clock(w.clear_again_lo_s[i], false)}–${clock(w.clear_again_hi_s[i], false)})`);
    return parts.join(" · ");
  }

  private buttons(i: number): HTMLElement {
    const number = this.store.frame!.warnings.warning[i];
    const make = (act: number, key: string) => {
      const button = h("button", { type: "button", "data-act": String(act) }, h("kbd", {}, key), ` ${say(`act${act}` as Word)}`);
      button.addEventListener("click", (event) => {
        event.stopPropagation();
        // The rows of a frame may have moved since this button was made; the number has not.
        const row = this.store.frame!.warnings.warning.indexOf(number);
        this.acts.begin(act, row < 0 ? null : row);
      });
      return button;
    };
    return h("span", { class: "act-buttons" }, make(0, "A"), make(1, "D"), make(2, "B"));
  }
}
