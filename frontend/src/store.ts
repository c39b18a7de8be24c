// What the page knows. Views are called after every change, at most once per animation frame.
import type { Acts, Forecast, Frame, PlayerState, Setup } from "./wire";
import { Level } from "./codes";

export interface Ui {
  selected: number | null;
  horizon_s: number;
  follow: boolean;
  help: boolean;
  /** Number of the chosen warning. */
  warning: number | null;
  /** Who sits here. */
  person: string;
  layers: { forecast: boolean; coverage: boolean; zones: boolean; trails: boolean; names: boolean };
}

export interface Command {
  do: "play" | "pause" | "speed" | "seek" | "act";
  speed?: number;
  t_s?: number;
  warning?: number;
  act?: string;
  person?: string;
  to_whom?: string;
  how?: string;
  note?: string;
}

export interface Act { act: number; t_s: number; person: string; to_whom: string; how: string; note: string }

/** Without a frame for this long while time should run, the page says that it is stale. */
export const STALE_MS = 3000;
const KEPT_FORECASTS = 4;

export class Store {
  setup: Setup | null = null;
  frame: Frame | null = null;
  player: PlayerState | null = null;
  acts: Acts["acts"] | null = null;
  /** Why the last command was refused; "": it was not. */
  refused = "";
  forecasts = new Map<number, Forecast>();
  isConnected = false;
  wasConnected = false;
  heardAt = 0;
  n_frames = 0;
  /** For how long the map has been drawing its present picture. */
  mapWait_ms = 0;
  ui: Ui = {
    selected: null, horizon_s: 600, follow: false, help: false, warning: null, person: "",
    layers: { forecast: true, coverage: true, zones: true, trails: true, names: true },
  };
  send: (command: Command) => void = () => {};
  private views: (() => void)[] = [];
  private isDue = false;

  onChange(view: () => void): void {
    this.views.push(view);
  }

  changed(): void {
    if (this.isDue) return;
    this.isDue = true;
    requestAnimationFrame(() => {
      this.isDue = false;
      for (const view of this.views) view();
    });
  }

  keepForecast(forecast: Forecast): void {
    this.forecasts.set(forecast.issued_s, forecast);
    while (this.forecasts.size > KEPT_FORECASTS) this.forecasts.delete(this.forecasts.keys().next().value as number);
  }

  forecast(): Forecast | null {
    const issued = this.frame?.issued_s;
    return issued == null ? null : (this.forecasts.get(issued) ?? null);
  }

  /** What was done with a warning, oldest first. */
  actsOf(warning: number): Act[] {
    const a = this.acts;
    if (!a) return [];
    const rows = Array.from(a.warning.keys()).filter((i) => a.warning[i] === warning);
    return rows.map((i) => ({ act: a.act[i], t_s: a.t_s[i], person: a.person[i] ?? "", to_whom: a.to_whom[i] ?? "", how: a.how[i] ?? "", note: a.note[i] ?? "" }));
  }

  isStale(now: number): boolean {
    if (!this.isConnected) return this.wasConnected;
    const p = this.player;
    return !!p && p.is_playing && !p.is_ended && now - this.heardAt > STALE_MS;
  }

  /** Rows of the flight table, worst first, then soonest, then by number. */
  ranked(): number[] {
    const f = this.frame?.flights;
    if (!f) return [];
    const soon = new Map<number, number>();
    const t = this.frame!.threats;
    for (let i = 0; i < t.flight.length; i++) {
      const s = Number.isFinite(t.t_to_s[i]) ? t.t_to_s[i] : Infinity;
      if (t.level[i] === f.level[t.flight[i]]) soon.set(t.flight[i], Math.min(soon.get(t.flight[i]) ?? Infinity, s));
    }
    const rows = Array.from(f.level.keys());
    const order = (r: number) => soon.get(r) ?? Infinity;
    return rows.sort((a, b) => f.level[b] - f.level[a] || (order(a) === order(b) ? 0 : order(a) - order(b)) || a - b);
  }

  /** Threat rows of a flight, worst first. */
  threatsOf(flight: number): number[] {
    const t = this.frame?.threats;
    if (!t) return [];
    const rows: number[] = [];
    for (let i = 0; i < t.flight.length; i++) if (t.flight[i] === flight) rows.push(i);
    return rows.sort((a, b) => t.level[b] - t.level[a] || (t.p[b] || 0) - (t.p[a] || 0));
  }

  /** Advice rows of a flight, best first. */
  adviceOf(flight: number): number[] {
    const a = this.frame?.advice;
    if (!a) return [];
    const rows: number[] = [];
    for (let i = 0; i < a.flight.length; i++) if (a.flight[i] === flight) rows.push(i);
    return rows.sort((x, y) => a.rank[x] - a.rank[y]);
  }

  flightName(row: number): string {
    const f = this.setup?.flights;
    return (f && (f.callsign[row] ?? f.id[row])) || `#${row + 1}`;
  }

  levelOf(row: number): number {
    return this.frame?.flights.level[row] ?? Level.CLEAR;
  }
}
