// What people do with warnings: seen, told, read back. Keyboard first: W chooses a warning, A D B write an act down.
import { ACT_NAMES } from "../codes";
import { flag, h, text } from "../dom";
import { clock } from "../units";
import { say, type Word } from "../words";
import type { Store } from "../store";

/** Row of the chosen warning in the frame; if none is chosen, of the newest that is on and not seen. */
export function chosenWarning(store: Store): number | null {
  const w = store.frame?.warnings;
  if (!w) return null;
  const at = store.ui.warning === null ? -1 : w.warning.indexOf(store.ui.warning);
  return at >= 0 ? at : (waiting(store)[0] ?? null);
}

/** Rows of warnings that are on: not seen first, then the worst, then the newest. */
function waiting(store: Store): number[] {
  const w = store.frame!.warnings;
  const isSeen = (i: number) => Number(store.actsOf(w.warning[i]).length > 0);
  const rows = Array.from(w.warning.keys()).filter((i) => !Number.isFinite(w.cleared_s[i]));
  return rows.sort((a, b) => isSeen(a) - isSeen(b) || w.level[b] - w.level[a] || w.raised_s[b] - w.raised_s[a]);
}

/** The next warning that waits for somebody. */
export function nextWarning(store: Store, pick: (flight: number | null) => void): void {
  const w = store.frame?.warnings;
  if (!w) return;
  const rows = waiting(store);
  if (!rows.length) return;
  const at = store.ui.warning === null ? -1 : rows.findIndex((i) => w.warning[i] === store.ui.warning);
  const row = rows[(at + 1) % rows.length];
  store.ui.warning = w.warning[row];
  if (w.flight[row] >= 0 && store.ui.selected !== w.flight[row]) pick(w.flight[row]);
}

/** "seen 14:02 A. Koval · told 14:03 HUM112 (VHF)": what was done with a warning. */
export function actsText(store: Store, warning: number): string {
  return store.actsOf(warning).map((a) =>
    [say(`act${a.act}` as Word), clock(a.t_s, false), a.act === 0 ? a.person : `${a.to_whom} (${a.how})`].join(" ")).join(" · ");
}

export class ActForm {
  private readonly title = h("b");
  private readonly fields = {
    person: h("input", { name: "person", maxlength: "120", autocomplete: "off" }),
    to_whom: h("input", { name: "to_whom", maxlength: "120", autocomplete: "off" }),
    how: h("input", { name: "how", maxlength: "120", autocomplete: "off" }),
    note: h("input", { name: "note", maxlength: "500", autocomplete: "off" }),
  };
  private readonly labels = new Map<string, HTMLElement>();
  private readonly ok = h("button", { type: "submit" });
  private readonly form: HTMLFormElement;
  private warning = -1;
  private act = 0;

  constructor(private store: Store, parent: HTMLElement) {
    const rows = Object.entries(this.fields).map(([name, input]) => {
      const label = h("span");
      this.labels.set(name, label);
      return h("label", { "data-field": name }, label, input);
    });
    this.form = h("form", { class: "act-form" }, this.title, ...rows, this.ok);
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.send();
    });
    this.form.addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.close();
    });
    parent.append(this.form);
  }

  /** Write an act down; asks for what it does not know. */
  begin(act: number, row: number | null = chosenWarning(this.store)): void {
    const w = this.store.frame?.warnings;
    if (!w || row === null) return;
    this.warning = this.store.ui.warning = w.warning[row];
    this.act = act;
    const told = this.store.actsOf(this.warning).filter((a) => a.act > 0).pop();
    const flight = w.flight[row];
    this.fields.person.value = this.store.ui.person;
    this.fields.to_whom.value = told?.to_whom ?? (flight >= 0 ? (this.store.setup!.flights.callsign[flight] ?? this.store.flightName(flight)) : "");
    this.fields.how.value = told?.how ?? "";
    this.fields.note.value = "";
    if (act === 0 && this.store.ui.person) return this.send();
    flag(this.form, "shown", true);
    this.update();
    const empty = (["person", "to_whom", "how"] as const).find((name) => !this.fields[name].value && (act > 0 || name === "person"));
    this.fields[empty ?? "note"].focus();
  }

  update(): void {
    if (!this.form.classList.contains("shown")) return;
    text(this.title, `W${this.warning}: ${say(`act${this.act}` as Word)}`);
    for (const [name, label] of this.labels) {
      text(label, say(`act_${name}` as Word));
      flag(label.parentElement!, "none", this.act === 0 && name !== "person" && name !== "note");
    }
    text(this.ok, say("act_ok"));
  }

  private send(): void {
    const f = this.fields;
    this.store.ui.person = f.person.value.trim();
    if (!this.store.ui.person) return f.person.focus();
    const heard = this.act === 0 ? {} : { to_whom: f.to_whom.value, how: f.how.value };
    this.store.send({ do: "act", warning: this.warning, act: ACT_NAMES[this.act], person: f.person.value, note: f.note.value, ...heard });
    this.close();
  }

  private close(): void {
    flag(this.form, "shown", false);
    (document.activeElement as HTMLElement | null)?.blur();
    this.store.changed();
  }
}
