// Where each track has been, as the page saw it: kept for a few minutes of the day's time, forgotten on a jump.
import type { Frame } from "../wire";

const KEEP_S = 300;
const JUMP_S = 180;

export interface Trail {
  track: number;
  path: [number, number][];
  times: number[];
  seen_s: number;
}

export class Trails {
  private trails = new Map<number, Trail>();
  private last_s = Number.NaN;

  take(frame: Frame): void {
    if (frame.t_s === this.last_s) return;
    if (!(frame.t_s > this.last_s && frame.t_s - this.last_s < JUMP_S)) this.trails.clear();
    this.last_s = frame.t_s;
    const t = frame.tracks;
    for (let i = 0; i < t.track.length; i++) {
      let trail = this.trails.get(t.track[i]);
      if (!trail) this.trails.set(t.track[i], (trail = { track: t.track[i], path: [], times: [], seen_s: 0 }));
      trail.path.push([t.lon_deg[i], t.lat_deg[i]]);
      trail.times.push(frame.t_s);
      trail.seen_s = frame.t_s;
      let old = 0;
      while (trail.times[old] < frame.t_s - KEEP_S) old++;
      if (old) {
        trail.path.splice(0, old);
        trail.times.splice(0, old);
      }
    }
    for (const [track, trail] of this.trails) if (frame.t_s - trail.seen_s > KEEP_S / 5) this.trails.delete(track);
  }

  all(): Trail[] {
    return [...this.trails.values()].filter((trail) => trail.path.length > 1);
  }
}
