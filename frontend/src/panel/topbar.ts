// The line at the top: whose day it is, what it is (simulated, replay, live, exercise), the time, and how old all is.
import { flag, h, svg, text } from "../dom";
import { age, clock, day } from "../units";
import { say, type Word } from "../words";
import type { Store } from "../store";

const OLD_S = 10;
const SENSOR_ORDER = ["radar", "acoustic", "rf", "camera", "adsb", "remote_id"];

export class TopBar {
  private readonly title = h("span", { class: "case" });
  private readonly label = h("span", { class: "badge" });
  private readonly date = h("span", { class: "date" });
  private readonly time = h("span", { class: "clock" });
  private readonly picture = h("div", { class: "cell" }, h("span"), h("b"));
  private readonly sensors = h("div", { class: "cell" }, h("span"), h("b"));
  private readonly dots = h("div", { class: "dots" });
  private readonly rejected = h("div", { class: "cell" }, h("span"), h("b"));
  private readonly link = h("span", { class: "link" });

  constructor(private store: Store, parent: HTMLElement) {
    parent.append(
      h("header", { class: "topbar" },
        h("div", { class: "brand" }, svg("0 0 32 32", ["M16 2 28 7v9c0 7-5 11.500-12 14C9 27.500 4 23 4 16V7z", "M16 8l6 13-6-3.500L10 21z"]), "FLIGHTWARD"),
        this.label, this.title, h("div", { class: "spacer" }), this.rejected, this.sensors, this.dots, this.picture,
        h("div", { class: "now" }, this.date, this.time, h("span", { class: "utc" }, "UTC")), this.link),
    );
  }

  update(): void {
    const { setup, frame, player } = this.store;
    const fill = (cell: HTMLElement, name: string, value: string) => {
      text(cell.children[0], name);
      text(cell.children[1], value);
    };
    text(this.link, this.store.isConnected ? "●" : "○");
    this.link.title = this.store.isConnected ? say("connected") : say("lost");
    flag(this.link, "bad", !this.store.isConnected);
    if (!setup) return;
    text(this.title, setup.title);
    this.title.title = `${say("source_real")}: ${setup.real}\n${say("source_simulated")}: ${setup.simulated}\n${setup.source}`;
    text(this.label, say(setup.label as Word));
    this.label.dataset.label = setup.label;
    const t = frame?.t_s ?? player?.t_s ?? Number.NaN;
    text(this.date, day(t));
    text(this.time, clock(t));
    if (!frame) return;
    const s = frame.sensors;
    const live = s.is_live.reduce((sum, x) => sum + x, 0);
    const newest = s.age_s.reduce((a, b) => (b < a ? b : a), Infinity);
    fill(this.picture, say("picture_age"), Number.isFinite(newest) ? age(newest) : "–");
    flag(this.picture, "bad", !(newest < OLD_S));
    fill(this.sensors, say("sensors"), `${live}/${s.is_live.length}`);
    flag(this.sensors, "bad", live < s.is_live.length);
    fill(this.rejected, say("rejected"), String(frame.n_rejected));
    flag(this.rejected, "hidden", frame.n_rejected === 0);
    this.fillDots();
  }

  private fillDots(): void {
    const { setup, frame } = this.store;
    const kinds = setup!.sensors.sensor_kind;
    if (this.dots.children.length !== kinds.length) {
      const rows = Array.from(kinds.keys()).sort((a, b) => SENSOR_ORDER.indexOf(kinds[a] ?? "") - SENSOR_ORDER.indexOf(kinds[b] ?? "") || a - b);
      this.dots.replaceChildren(...rows.map((i) => h("i", { "data-sensor": String(i), class: `dot ${kinds[i]}` })));
    }
    for (const el of Array.from(this.dots.children) as HTMLElement[]) {
      const i = Number(el.dataset.sensor);
      flag(el, "dead", frame!.sensors.is_live[i] === 0);
      el.title = `${setup!.sensors.id[i]} (${kinds[i]}): ${age(frame!.sensors.age_s[i])}`;
    }
  }
}
