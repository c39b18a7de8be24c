// The bar at the bottom: play, pause, speed, and the time line with the warnings on it.
import { LEVEL_RGB } from "../codes";
import { flag, h, svg, text } from "../dom";
import { age, clock } from "../units";
import { say } from "../words";
import type { Store } from "../store";

export const SPEEDS = [0.5, 1, 2, 5, 10, 20, 40, 60, 120, 300];
const PLAY = ["M6 4 20 12 6 20z"];
const PAUSE = ["M6 4h4v16H6z", "M14 4h4v16h-4z"];

export class Transport {
  private readonly play = h("button", { class: "play", type: "button" }, svg("0 0 24 24", PLAY, "on"), svg("0 0 24 24", PAUSE, "off"));
  private readonly slower = h("button", { type: "button", title: "−" }, "−");
  private readonly faster = h("button", { type: "button", title: "+" }, "+");
  private readonly speed = h("span", { class: "speed" });
  private readonly real = h("span", { class: "real" });
  private readonly start = h("time");
  private readonly end = h("time");
  private readonly state = h("span", { class: "state" });
  private readonly newest = h("button", { class: "newest", type: "button" });
  private readonly track = h("canvas", { class: "track", role: "slider", tabindex: "-1", "aria-label": "time" });
  private readonly tip = h("div", { class: "tip" });
  private drag_s: number | null = null;

  constructor(private store: Store, parent: HTMLElement) {
    const track = h("div", { class: "track-box" }, this.track, this.tip);
    parent.append(
      h("footer", { class: "transport" }, this.play, h("div", { class: "speeds" }, this.slower, this.speed, this.faster, this.real),
        this.start, track, this.end, this.state, this.newest),
    );
    this.play.addEventListener("click", () => this.toggle());
    this.slower.addEventListener("click", () => this.step(-1));
    this.faster.addEventListener("click", () => this.step(1));
    this.newest.addEventListener("click", () => this.toNewest());
    this.track.addEventListener("pointerdown", (e) => {
      this.track.setPointerCapture(e.pointerId);
      this.drag(e);
    });
    this.track.addEventListener("pointermove", (e) => this.hover(e));
    this.track.addEventListener("pointerup", () => this.drop());
    this.track.addEventListener("pointerleave", () => flag(this.tip, "shown", false));
    for (const b of [this.play, this.slower, this.faster, this.newest]) b.addEventListener("pointerdown", (e) => e.preventDefault());
  }

  toggle(): void {
    this.store.send({ do: this.store.player?.is_playing ? "pause" : "play" });
  }

  step(by: number): void {
    const now = this.store.player?.speed ?? 1;
    const faster = SPEEDS.find((s) => s > now * 1.001) ?? SPEEDS[SPEEDS.length - 1];
    const slower = [...SPEEDS].reverse().find((s) => s < now * 0.999) ?? SPEEDS[0];
    this.store.send({ do: "speed", speed: by > 0 ? faster : slower });
  }

  seekBy(dt_s: number): void {
    const p = this.store.player;
    if (p) this.store.send({ do: "seek", t_s: p.t_s + dt_s });
  }

  toStart(): void {
    const p = this.store.player;
    if (p) this.store.send({ do: "seek", t_s: p.start_s });
  }

  toNewest(): void {
    const p = this.store.player;
    if (p) this.store.send({ do: "seek", t_s: p.head_s });
  }

  update(): void {
    const p = this.store.player;
    if (!p) return;
    flag(this.play, "playing", p.is_playing);
    this.play.title = `${p.is_playing ? say("pause") : say("play")} (space)`;
    text(this.speed, `${p.speed}×`);
    const isBehind = p.is_playing && p.speed_real < p.speed * 0.9;
    text(this.real, isBehind ? `${say("real_speed")} ${p.speed_real.toFixed(1)}×` : "");
    text(this.start, clock(p.start_s, false));
    text(this.end, clock(p.end_s, false));
    const lag = p.head_s - p.t_s;
    const isPast = lag > Math.max(3, p.speed);
    text(this.state, p.error ? say("failed") : p.is_catching_up ? say("catching_up") : isPast ? `${age(lag)} ${say("behind")}` : p.is_ended ? say("ended") : "");
    flag(this.state, "bad", !!p.error);
    text(this.newest, say("newest"));
    flag(this.newest, "hidden", !isPast);
    this.draw();
  }

  private timeAt(e: PointerEvent): number {
    const p = this.store.player!;
    const box = this.track.getBoundingClientRect();
    const share = Math.min(1, Math.max(0, (e.clientX - box.left) / box.width));
    return p.start_s + share * (p.end_s - p.start_s);
  }

  private drag(e: PointerEvent): void {
    if (!this.store.player) return;
    this.drag_s = this.timeAt(e);
    this.store.changed();
  }

  private hover(e: PointerEvent): void {
    if (!this.store.player) return;
    if (this.drag_s !== null) this.drag(e);
    text(this.tip, clock(this.timeAt(e)));
    flag(this.tip, "shown", true);
    this.tip.style.left = `${e.offsetX}px`;
  }

  private drop(): void {
    if (this.drag_s !== null) this.store.send({ do: "seek", t_s: this.drag_s });
    this.drag_s = null;
  }

  private draw(): void {
    const p = this.store.player!;
    const ratio = devicePixelRatio;
    const [w, hgt] = [this.track.clientWidth, this.track.clientHeight];
    if (this.track.width !== Math.round(w * ratio)) {
      this.track.width = Math.round(w * ratio);
      this.track.height = Math.round(hgt * ratio);
    }
    const c = this.track.getContext("2d")!;
    c.setTransform(ratio, 0, 0, ratio, 0, 0);
    c.clearRect(0, 0, w, hgt);
    const x = (t: number) => ((t - p.start_s) / Math.max(1, p.end_s - p.start_s)) * w;
    const mid = hgt / 2;
    const bar = (from: number, to: number, colour: string) => {
      c.fillStyle = colour;
      c.fillRect(from, mid - 2.5, Math.max(0, to - from), 5);
    };
    bar(0, w, "#18232b");
    bar(0, x(p.head_s), "#33495a");
    bar(0, x(p.t_s), "#6fa9c9");
    this.ticks(c, x, hgt, w);
    this.activeSpans(c, x, mid);
    for (const [t, level] of p.marks) {
      c.fillStyle = `rgb(${LEVEL_RGB[level].join()})`;
      c.beginPath();
      c.moveTo(x(t), mid - 4);
      c.lineTo(x(t) - 4.5, mid - 12);
      c.lineTo(x(t) + 4.5, mid - 12);
      c.fill();
    }
    const head = x(this.drag_s ?? p.t_s);
    c.fillStyle = "#e8f4fb";
    c.fillRect(head - 1, mid - 10, 2, 20);
    c.beginPath();
    c.arc(head, mid, 5, 0, 7);
    c.fill();
  }

  private ticks(c: CanvasRenderingContext2D, x: (t: number) => number, hgt: number, w: number): void {
    const p = this.store.player!;
    const length = p.end_s - p.start_s;
    const step = [60, 300, 600, 900, 1800, 3600, 7200, 21600].find((s) => (s / length) * w > 62) ?? 86400;
    c.fillStyle = "#71858f";
    c.font = "10px 'IBM Plex Mono', monospace";
    c.textAlign = "center";
    for (let t = Math.ceil(p.start_s / step) * step; t < p.end_s; t += step) {
      if (x(t) < 18 || x(t) > w - 18) continue;
      c.fillRect(Math.round(x(t)), hgt / 2 + 4, 1, 4);
      c.fillText(clock(t, false), x(t), hgt - 1);
    }
  }

  /** When each warning stood, as far as the shown frame knows. */
  private activeSpans(c: CanvasRenderingContext2D, x: (t: number) => number, mid: number): void {
    const { frame } = this.store;
    if (!frame) return;
    const w = frame.warnings;
    for (let i = 0; i < w.warning.length; i++) {
      const to = Number.isFinite(w.cleared_s[i]) ? w.cleared_s[i] : frame.t_s;
      c.fillStyle = `rgb(${LEVEL_RGB[w.level[i]].join()})`;
      c.fillRect(x(w.raised_s[i]), mid - 4.5, Math.max(2, x(to) - x(w.raised_s[i])), 2);
    }
  }
}
