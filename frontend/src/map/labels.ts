// Labels of flights and raids: HTML over the map, placed so that they do not cover each other, with a leader line.
import type { Map as MapLibre } from "maplibre-gl";
import { Integrity, LEVEL_CLASS, Level } from "../codes";
import { cls, flag, h, text } from "../dom";
import { age, climb, course, height, knots } from "../units";
import { levelWord, say } from "../words";
import type { Store } from "../store";

interface Label {
  el: HTMLElement;
  head: HTMLElement;
  body: HTMLElement;
  width: number;
  height: number;
  corner: number;
}

interface Box { x: number; y: number; w: number; h: number }
const GAP = 22;
/** Width of a letter of a site's name on the map, pixels, about. */
const SITE_LETTER = 5.6;
/** Corners to try, the first that is free wins; a label keeps its corner while that is free. */
const CORNERS: [number, number][] = [[1, -1], [-1, -1], [1, 1], [-1, 1], [1, 0], [-1, 0], [0, -1], [0, 1]];

export class Labels {
  private labels = new Map<string, Label>();
  private readonly root: HTMLElement;
  private readonly canvas: HTMLCanvasElement;

  constructor(private map: MapLibre, private store: Store, parent: HTMLElement, private onPick: (flight: number) => void) {
    this.root = h("div", { class: "labels" });
    this.canvas = h("canvas", { class: "leaders" });
    parent.append(this.canvas, this.root);
  }

  update(): void {
    const { frame, ui } = this.store;
    if (!frame) return;
    const wanted = new Set<string>();
    const boxes: Box[] = [];
    const marks: Box[] = [];
    const leaders: [number, number, number, number][] = [];
    const place = (key: string, lon: number, lat: number, fill: (label: Label) => void, flight: number | null, gap = GAP) => {
      const p = this.map.project([lon, lat]);
      const size = this.map.getContainer();
      if (p.x < -20 || p.y < -20 || p.x > size.clientWidth + 20 || p.y > size.clientHeight + 20) return;
      wanted.add(key);
      const label = this.label(key, flight);
      fill(label);
      const box = this.free(label, p.x, p.y, gap, boxes, marks, size.clientWidth, size.clientHeight);
      boxes.push(box);
      label.el.style.transform = `translate(${Math.round(box.x)}px, ${Math.round(box.y)}px)`;
      leaders.push([p.x, p.y, Math.min(Math.max(p.x, box.x), box.x + box.w), Math.min(Math.max(p.y, box.y), box.y + box.h)]);
    };
    const f = frame.flights;
    for (const el of Array.from(this.root.parentElement!.parentElement!.querySelectorAll<HTMLElement>(".legend")))
      boxes.push({ x: el.offsetLeft, y: el.offsetTop, w: el.offsetWidth, h: el.offsetHeight });
    const sites = this.store.setup!.sites;
    for (const i of sites.id.keys()) {
      const p = this.map.project([sites.lon_deg[i], sites.lat_deg[i]]);
      marks.push({ x: p.x - 8, y: p.y - 8, w: 24 + SITE_LETTER * (sites.title[i] ?? "").length, h: 16 });
    }
    for (const row of f.level.keys()) {
      const p = Number.isFinite(f.lon_deg[row]) ? this.map.project([f.lon_deg[row], f.lat_deg[row]]) : null;
      if (p) marks.push({ x: p.x - 14, y: p.y - 14, w: 28, h: 28 });
    }
    for (const row of this.store.ranked())
      if (Number.isFinite(f.lon_deg[row]) && (ui.layers.names || f.level[row] > Level.ADVISORY || row === ui.selected))
        place(`f${row}`, f.lon_deg[row], f.lat_deg[row], (label) => this.fillFlight(label, row), row);
    const r = frame.raids;
    const order = Array.from(r.raid.keys()).sort((a, b) => r.n_expected[b] - r.n_expected[a]);
    for (const i of order) if (ui.layers.names || r.n_expected[i] >= 3) place(`r${r.raid[i]}`, r.lon_deg[i], r.lat_deg[i], (label) => this.fillRaid(label, i), null, this.raidGap(i));
    for (const [key, label] of this.labels)
      if (!wanted.has(key)) {
        label.el.remove();
        this.labels.delete(key);
      }
    this.lead(leaders);
  }

  /** Far enough from the centre of a raid to leave its drones to be seen. */
  private raidGap(i: number): number {
    const r = this.store.frame!.raids;
    const centre = this.map.project([r.lon_deg[i], r.lat_deg[i]]);
    let side = 0;
    for (let k = r.extent_start[i]; k < r.extent_start[i + 1]; k++)
      side = Math.max(side, Math.abs(this.map.project([r.extent_lon_deg[k], r.extent_lat_deg[k]]).x - centre.x));
    return Math.min(90, Math.max(GAP, side + 8));
  }

  private label(key: string, flight: number | null): Label {
    const found = this.labels.get(key);
    if (found) return found;
    const head = h("b");
    const body = h("span");
    const el = h("div", { class: "label" }, head, body);
    if (flight !== null) el.addEventListener("click", () => this.onPick(flight));
    this.root.append(el);
    const made = { el, head, body, width: 0, height: 0, corner: 0 };
    this.labels.set(key, made);
    return made;
  }

  private fillFlight(label: Label, row: number): void {
    const f = this.store.frame!.flights;
    const level = f.level[row];
    cls(label.el, `label own ${LEVEL_CLASS[level]}`);
    flag(label.el, "selected", row === this.store.ui.selected);
    const mark = level > Level.CLEAR ? ` ${levelWord(level)}` : "";
    text(label.head, `${this.store.flightName(row)}${mark}`);
    const speed = Math.hypot(f.ve_mps[row], f.vn_mps[row]);
    const parts = f.is_airborne[row] === 0 ? [say("on_ground")] : [`${height(f.hae_m[row])}${climb(f.vu_mps[row])}`, knots(speed)];
    if (f.integrity[row] === Integrity.FALSE) parts.push(say("false_pos"));
    else if (!(f.age_s[row] < 15) && f.is_airborne[row] !== 0) parts.push(`${say("stale")} ${age(f.age_s[row])}`);
    this.body(label, parts.join("  "));
  }

  private fillRaid(label: Label, i: number): void {
    const r = this.store.frame!.raids;
    const n = Math.max(1, Math.round(r.n_expected[i]));
    cls(label.el, n > 1 ? "label raid" : "label raid lone");
    text(label.head, n > 1 ? `R${r.raid[i]} × ${n}` : `R${r.raid[i]}`);
    const parts = [course(r.course_rad[i]), knots(r.speed_mps[i])];
    if (r.arrivals_per_min[i] >= 0.05 && n > 1) parts.push(`${r.arrivals_per_min[i].toFixed(1)}${say("per_min")}`);
    this.body(label, parts.join("  "));
  }

  private body(label: Label, value: string): void {
    const before = `${label.el.className}${label.head.textContent}${label.body.textContent}`.length;
    text(label.body, value);
    // Measuring makes the browser lay the page out: only when the text has grown or shrunk.
    if (!label.width || before !== `${label.el.className}${label.head.textContent}${value}`.length) label.width = 0;
    if (!label.width) {
      label.width = label.el.offsetWidth;
      label.height = label.el.offsetHeight;
    }
  }

  private free(label: Label, x: number, y: number, gap: number, boxes: Box[], marks: Box[], width: number, height_: number): Box {
    let best: Box | null = null;
    let bestCost = Infinity;
    let bestCorner = label.corner;
    CORNERS.forEach(([sx, sy], k) => {
      const box = {
        x: x + (sx > 0 ? gap : sx < 0 ? -gap - label.width : -label.width / 2),
        y: y + (sy > 0 ? gap - 6 : sy < 0 ? -gap + 6 - label.height : -label.height / 2),
        w: label.width, h: label.height,
      };
      const outside = box.x < 4 || box.y < 4 || box.x + box.w > width - 4 || box.y + box.h > height_ - 4;
      const cost = (k === label.corner ? 0 : 30 + k) + (outside ? 4000 : 0) + 4 * covered(box, boxes) + covered(box, marks);
      if (cost < bestCost) [best, bestCost, bestCorner] = [box, cost, k];
    });
    label.corner = bestCorner;
    return best!;
  }

  private lead(leaders: [number, number, number, number][]): void {
    const { clientWidth, clientHeight } = this.map.getContainer();
    const ratio = devicePixelRatio;
    if (this.canvas.width !== Math.round(clientWidth * ratio) || this.canvas.height !== Math.round(clientHeight * ratio)) {
      this.canvas.width = Math.round(clientWidth * ratio);
      this.canvas.height = Math.round(clientHeight * ratio);
    }
    const c = this.canvas.getContext("2d")!;
    c.setTransform(ratio, 0, 0, ratio, 0, 0);
    c.clearRect(0, 0, clientWidth, clientHeight);
    c.strokeStyle = "rgba(160,185,200,0.45)";
    c.lineWidth = 1;
    for (const [x0, y0, x1, y1] of leaders) {
      const d = Math.hypot(x1 - x0, y1 - y0);
      if (d < 12) continue;
      c.beginPath();
      c.moveTo(x0 + ((x1 - x0) * 11) / d, y0 + ((y1 - y0) * 11) / d);
      c.lineTo(x1, y1);
      c.stroke();
    }
  }
}

/** Area that a box shares with others. */
function covered(a: Box, others: Box[]): number {
  let sum = 0;
  for (const b of others) {
    const w = Math.min(a.x + a.w, b.x + b.w) - Math.max(a.x, b.x);
    const t = Math.min(a.y + a.h, b.y + b.h) - Math.max(a.y, b.y);
    if (w > 0 && t > 0) sum += w * t;
  }
  return sum;
}
