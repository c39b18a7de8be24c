// What is drawn as areas under the objects: coverage, blindness, alerts, zones, sites, forecast. Each source is set only
// when what it shows has changed.
import type { GeoJSONSource, Map as MapLibre } from "maplibre-gl";
import type { Feature, FeatureCollection, Position } from "geojson";
import { ahead } from "../units";
import { line } from "../wire";
import type { Store } from "../store";
import { siteMark } from "./images";
import { NOTHING } from "./style";

const P_DRAWN = 0.01;
const CORNERS = 6;

const collection = (features: Feature[]): FeatureCollection => ({ type: "FeatureCollection", features });
const polygon = (rings: Position[][], properties: Record<string, unknown>): Feature => ({ type: "Feature", properties, geometry: { type: "Polygon", coordinates: rings } });

function circle(lon: number, lat: number, radius_m: number): Position[] {
  return Array.from({ length: 97 }, (_, k) => ahead(lon, lat, (k / 96) * 2 * Math.PI, radius_m));
}

function closed(ring: [number, number][]): Position[] {
  return ring.length ? [...ring, ring[0]] : ring;
}

export class Areas {
  private keys = new Map<string, string>();

  constructor(private map: MapLibre, private store: Store) {}

  update(): void {
    const { setup, frame, ui } = this.store;
    if (!setup || !frame) return;
    const live = Array.from(frame.sensors.is_live).join("");
    this.set("area", setup.title, () => collection([polygon([circle(setup.lon_deg, setup.lat_deg, setup.radius_m)], {})]));
    this.set("coverage", `${ui.layers.coverage}${live}`, () => (ui.layers.coverage ? this.coverage() : NOTHING));
    this.set("blind", `${ui.layers.coverage}${live}`, () => (ui.layers.coverage ? this.blind() : NOTHING));
    this.set("zones", `${ui.layers.zones}${Array.from(frame.zones.is_active).join("")}`, () => (ui.layers.zones ? this.zones() : NOTHING));
    this.set("alerts", `${ui.layers.zones}${frame.alerts.area.join("|")}`, () => (ui.layers.zones ? this.alerts() : NOTHING));
    this.set("sites", setup.title, () => this.sites());
    const key = `${ui.layers.forecast}${frame.issued_s}/${ui.horizon_s}/${this.store.forecast() !== null}`;
    this.set("forecast", key, () => (ui.layers.forecast ? this.forecast() : NOTHING));
  }

  private set(source: string, key: string, make: () => FeatureCollection): void {
    if (this.keys.get(source) === key) return;
    this.keys.set(source, key);
    (this.map.getSource(source) as GeoJSONSource).setData(make());
  }

  private coverage(): FeatureCollection {
    const { setup, frame } = this.store;
    const s = setup!.sensors;
    const features: Feature[] = [];
    for (let i = 0; i < s.id.length; i++) {
      // A receiver of what aircraft say about themselves sees no hostile drone: its range would look like safety.
      if (!Number.isFinite(s.max_range_m[i]) || s.sensor_kind[i] === "adsb" || s.sensor_kind[i] === "remote_id") continue;
      features.push(polygon([circle(s.lon_deg[i], s.lat_deg[i], s.max_range_m[i])], { live: frame!.sensors.is_live[i] }));
    }
    return collection(features);
  }

  private blind(): FeatureCollection {
    const b = this.store.frame!.blind;
    const outer: Position[][][] = [];
    for (let i = 0; i + 1 < b.ring_start.length; i++) {
      const ring = line(b.ring_start, b.ring_lon_deg, b.ring_lat_deg, i);
      if (b.is_hole[i]) outer[outer.length - 1].push(ring);
      else outer.push([ring]);
    }
    return collection(outer.map((rings) => polygon(rings, {})));
  }

  private zones(): FeatureCollection {
    const z = this.store.setup!.zones;
    const active = this.store.frame!.zones.is_active;
    return collection(
      Array.from(z.id.keys(), (i) =>
        polygon([closed(line(z.ring_start, z.ring_lon_deg, z.ring_lat_deg, i))], { kind: z.zone_kind[i], name: z.id[i], active: active[i] }),
      ),
    );
  }

  private alerts(): FeatureCollection {
    const a = this.store.frame!.alerts;
    const features: Feature[] = [];
    for (let i = 0; i < a.area.length; i++) {
      const ring = line(a.ring_start, a.ring_lon_deg, a.ring_lat_deg, i);
      if (ring.length < 3) continue;
      const top = ring.reduce((best, p) => (p[1] > best[1] ? p : best));
      features.push(polygon([closed(ring)], {}));
      features.push({ type: "Feature", properties: { name: a.area[i] ?? "" }, geometry: { type: "Point", coordinates: top } });
    }
    return collection(features);
  }

  private sites(): FeatureCollection {
    const s = this.store.setup!.sites;
    return collection(
      Array.from(s.id.keys(), (i) => ({
        type: "Feature",
        properties: { kind: siteMark(s.site_kind[i]), name: s.title[i] ?? s.id[i] ?? "" },
        geometry: { type: "Point", coordinates: [s.lon_deg[i], s.lat_deg[i]] },
      })),
    );
  }

  private forecast(): FeatureCollection {
    const f = this.store.forecast();
    if (!f) return NOTHING;
    const horizon = nearest(f.horizons.horizon_s, this.store.ui.horizon_s);
    const lon = f.cells.ring_lon_deg;
    const lat = f.cells.ring_lat_deg;
    const n = lon.length / CORNERS;
    const features: Feature[] = [];
    for (let i = 0; i < n; i++) {
      const p = f.chances.p_any[horizon * n + i];
      if (p < P_DRAWN) continue;
      const ring: Position[] = [];
      for (let k = 0; k <= CORNERS; k++) ring.push([lon[i * CORNERS + (k % CORNERS)], lat[i * CORNERS + (k % CORNERS)]]);
      features.push(polygon([ring], { p }));
    }
    return collection(features);
  }
}

export function nearest(values: ArrayLike<number>, wanted: number): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) if (Math.abs(values[i] - wanted) < Math.abs(values[best] - wanted)) best = i;
  return best;
}
