// What moves: plans, trails, vectors, drones, raids, flights, the advised route. Drawn by deck.gl over the base map.
import { IconLayer, LineLayer, PathLayer, PolygonLayer, ScatterplotLayer } from "@deck.gl/layers";
import { PathStyleExtension } from "@deck.gl/extensions";
import type { Layer } from "@deck.gl/core";
import { HOSTILE, Integrity, Kind, LEVEL_RGB, Level, OTHER, OWN, TrackStatus, UNSURE, type RGB } from "../codes";
import { ahead } from "../units";
import { line, type Frame } from "../wire";
import type { Store } from "../store";
import type { Atlas } from "./images";
import type { Trails } from "./trails";

type RGBA = [number, number, number, number];
type Point = [number, number];
const VECTOR_S = 60;
const RAID_VECTOR_S = 600;
const ROUTE_RGB: RGB = [120, 235, 190];
const alpha = (c: RGB, a: number): RGBA => [c[0], c[1], c[2], Math.round(a)];
const dashes = (pattern: [number, number]) => ({ getDashArray: pattern, dashJustified: false, extensions: [new PathStyleExtension({ dash: true })] });

const angle = (ve: number, vn: number) => (-Math.atan2(ve, vn) * 180) / Math.PI;

export function trackColour(f: Frame, i: number): RGB {
  const t = f.tracks;
  if (t.flight[i] >= 0) return OWN;
  if (t.object_kind[i] === Kind.DRONE || t.object_kind[i] === Kind.UNKNOWN) return t.p_hostile[i] >= 0.5 ? HOSTILE : UNSURE;
  return OTHER;
}

function trackIcon(f: Frame, i: number): string {
  const t = f.tracks;
  switch (t.object_kind[i]) {
    case Kind.AIRCRAFT: return "plane";
    case Kind.HELICOPTER: return "heli";
    case Kind.BIRD: return "bird";
    case Kind.DRONE: return t.status[i] === TrackStatus.COASTING ? "coast" : "drone";
    default: return "unknown";
  }
}

export function makeLayers(store: Store, atlas: Atlas, trails: Trails, onPick: (flight: number) => void): Layer[] {
  const { frame, setup } = store;
  if (!frame || !setup) return [];
  return [
    ...planLayers(store),
    ...raidLayers(frame),
    ...(store.ui.layers.trails ? trailLayers(frame, trails) : []),
    ...adviceLayers(store),
    ...trackLayers(frame, atlas),
    ...flightLayers(store, atlas, onPick),
  ];
}

function planLayers(store: Store): Layer[] {
  const { setup, frame, ui } = store;
  const f = setup!.flights;
  const s = frame!.flights;
  const rows = Array.from(f.id.keys()).filter((r) => s.plan_state[r] !== 5);
  const colour = (r: number): RGBA => {
    const base = s.level[r] === Level.CLEAR ? ([118, 150, 170] as RGB) : LEVEL_RGB[s.level[r]];
    return alpha(base, r === ui.selected ? 230 : s.level[r] >= Level.CAUTION ? 170 : 80);
  };
  return [
    new PathLayer<number>({
      id: "plans", data: rows, getPath: (r) => line(f.plan_start, f.plan_lon_deg, f.plan_lat_deg, r),
      getColor: (r: number) => alpha([118, 150, 170], r === ui.selected ? 120 : 45), getWidth: 1, widthUnits: "pixels",
      updateTriggers: { getColor: [ui.selected] },
    }),
    new PathLayer<number>({
      id: "paths", data: rows.filter((r) => s.path_start[r + 1] - s.path_start[r] > 1),
      getPath: (r: number) => line(s.path_start, s.path_lon_deg, s.path_lat_deg, r),
      getColor: colour, getWidth: (r: number) => (r === ui.selected ? 2.4 : 1.6), widthUnits: "pixels", ...dashes([4, 3]),
      updateTriggers: { getColor: [frame!.t_s, ui.selected], getWidth: [ui.selected] },
    } as never),
  ];
}

function raidLayers(frame: Frame): Layer[] {
  const r = frame.raids;
  const rows = Array.from(r.raid.keys());
  const moving = rows.filter((i) => Number.isFinite(r.course_rad[i]));
  const tip = (i: number): Point => ahead(r.lon_deg[i], r.lat_deg[i], r.course_rad[i], r.speed_mps[i] * RAID_VECTOR_S);
  const edge = (i: number, side: number): Point =>
    ahead(r.lon_deg[i], r.lat_deg[i], r.course_rad[i] + side * Math.min(Math.max(r.course_spread_rad[i] || 0, 0.03), 0.8), r.speed_mps[i] * RAID_VECTOR_S);
  const centre = (i: number): Point => [r.lon_deg[i], r.lat_deg[i]];
  return [
    new PolygonLayer<number>({
      id: "raid-fans", data: moving, getPolygon: (i) => [centre(i), edge(i, -1), tip(i), edge(i, 1)],
      getFillColor: alpha(HOSTILE, 22), stroked: false,
    }),
    new PolygonLayer<number>({
      id: "raid-extents", data: rows, getPolygon: (i) => line(r.extent_start, r.extent_lon_deg, r.extent_lat_deg, i),
      getFillColor: alpha(HOSTILE, 16), getLineColor: alpha(HOSTILE, 200), lineWidthUnits: "pixels", getLineWidth: 1.4,
    }),
    new LineLayer<number>({
      id: "raid-courses", data: moving, getSourcePosition: centre, getTargetPosition: tip,
      getColor: alpha(HOSTILE, 210), getWidth: 1.6, widthUnits: "pixels",
    }),
  ];
}

function trailLayers(frame: Frame, trails: Trails): Layer[] {
  const t = frame.tracks;
  const row = new Map(Array.from(t.track.keys(), (i) => [t.track[i], i]));
  return [
    new PathLayer({
      id: "trails", data: trails.all().filter((trail) => row.has(trail.track)), getPath: (trail) => trail.path,
      getColor: (trail) => alpha(trackColour(frame, row.get(trail.track)!), 70), getWidth: 1.2, widthUnits: "pixels",
      jointRounded: true, updateTriggers: { getColor: [frame.t_s] },
    }),
  ];
}

function adviceLayers(store: Store): Layer[] {
  const { frame, ui } = store;
  const a = frame!.advice;
  const worst = ui.selected ?? store.ranked()[0];
  if (worst === undefined || store.levelOf(worst) < Level.CAUTION) return [];
  const best = store.adviceOf(worst)[0];
  if (best === undefined || a.option[best] === 0) return [];
  const route = line(a.route_start, a.route_lon_deg, a.route_lat_deg, best);
  if (route.length < 2) return [];
  return [
    new PathLayer({ id: "advice-glow", data: [route], getPath: (p) => p, getColor: alpha(ROUTE_RGB, 50), getWidth: 8, widthUnits: "pixels", capRounded: true, jointRounded: true }),
    new PathLayer({ id: "advice", data: [route], getPath: (p) => p, getColor: alpha(ROUTE_RGB, 240), getWidth: 2.4, widthUnits: "pixels", capRounded: true, jointRounded: true }),
    new ScatterplotLayer({
      id: "advice-end", data: [route[route.length - 1]], getPosition: (p) => p, getRadius: 6, radiusUnits: "pixels", filled: false,
      stroked: true, getLineColor: alpha(ROUTE_RGB, 240), getLineWidth: 2, lineWidthUnits: "pixels",
    }),
  ];
}

function trackLayers(frame: Frame, atlas: Atlas): Layer[] {
  const t = frame.tracks;
  const rows = Array.from(t.track.keys()).filter((i) => t.flight[i] < 0);
  const seen = (i: number) => (t.status[i] === TrackStatus.COASTING ? 170 : 255) * Math.max(0.35, Math.min(1, t.p_exists[i]));
  const at = (i: number): Point => [t.lon_deg[i], t.lat_deg[i]];
  const swift = rows.filter((i) => Math.hypot(t.ve_mps[i], t.vn_mps[i]) > 5 && t.object_kind[i] !== Kind.BIRD);
  return [
    new LineLayer<number>({
      id: "vectors", data: swift, getSourcePosition: at,
      getTargetPosition: (i) => ahead(t.lon_deg[i], t.lat_deg[i], Math.atan2(t.ve_mps[i], t.vn_mps[i]), Math.hypot(t.ve_mps[i], t.vn_mps[i]) * VECTOR_S),
      getColor: (i) => alpha(trackColour(frame, i), 130), getWidth: 1, widthUnits: "pixels",
    }),
    new IconLayer<number>({
      id: "tracks", data: rows, iconAtlas: atlas.image as never, iconMapping: atlas.mapping, getIcon: (i) => trackIcon(frame, i),
      getPosition: at, getAngle: (i) => angle(t.ve_mps[i], t.vn_mps[i]), getColor: (i) => alpha(trackColour(frame, i), seen(i)),
      getSize: (i) => (t.object_kind[i] === Kind.DRONE ? 17 : t.object_kind[i] === Kind.BIRD ? 12 : 18), sizeUnits: "pixels", billboard: true,
    }),
  ];
}

function flightLayers(store: Store, atlas: Atlas, onPick: (flight: number) => void): Layer[] {
  const { frame, ui } = store;
  const f = frame!.flights;
  const t = frame!.tracks;
  const rows = Array.from(f.level.keys()).filter((r) => Number.isFinite(f.lon_deg[r]));
  const at = (r: number): Point => [f.lon_deg[r], f.lat_deg[r]];
  const kindOf = (r: number): string => {
    const i = t.flight.indexOf(r);
    return i >= 0 && t.object_kind[i] === Kind.AIRCRAFT ? "plane" : i >= 0 && t.object_kind[i] === Kind.HELICOPTER ? "heli" : guess(store, r);
  };
  const ink = (r: number): RGBA => alpha(f.level[r] === Level.CLEAR ? OWN : LEVEL_RGB[f.level[r]], f.is_airborne[r] === 0 ? 130 : 255);
  const unsure = rows.filter((r) => f.sigma_h_m[r] > 300);
  const doubted = rows.filter((r) => f.integrity[r] === Integrity.FALSE);
  const common = { iconAtlas: atlas.image as never, iconMapping: atlas.mapping, getPosition: at, sizeUnits: "pixels" as const, billboard: true };
  return [
    new ScatterplotLayer<number>({
      id: "flight-sigma", data: unsure, getPosition: at, getRadius: (r) => 2 * f.sigma_h_m[r], radiusUnits: "meters", getFillColor: alpha(LEVEL_RGB[2], 22),
      stroked: true, getLineColor: alpha(LEVEL_RGB[2], 150), getLineWidth: 1, lineWidthUnits: "pixels",
      updateTriggers: { getRadius: [frame!.t_s] },
    }),
    new LineLayer<number>({
      id: "flight-vectors", data: rows.filter((r) => Math.hypot(f.ve_mps[r], f.vn_mps[r]) > 5), getSourcePosition: at,
      getTargetPosition: (r) => ahead(f.lon_deg[r], f.lat_deg[r], Math.atan2(f.ve_mps[r], f.vn_mps[r]), Math.hypot(f.ve_mps[r], f.vn_mps[r]) * VECTOR_S),
      getColor: (r) => ink(r), getWidth: 1.4, widthUnits: "pixels",
    }),
    new IconLayer<number>({
      id: "flight-rings", data: rows.filter((r) => f.level[r] > Level.CLEAR || r === ui.selected), ...common,
      getIcon: (r) => (f.level[r] === Level.BLIND || f.is_blind[r] === 1 ? "dashed" : "ring"), getColor: ink, getSize: (r) => (f.level[r] === Level.WARNING ? 44 : 38),
    }),
    new IconLayer<number>({
      id: "flights", data: rows, ...common, getIcon: kindOf, getAngle: (r) => angle(f.ve_mps[r], f.vn_mps[r]), getColor: (r) => alpha(OWN, f.is_airborne[r] === 0 ? 140 : 255),
      getSize: 26, pickable: true, onClick: ({ object }: { object?: number }) => { if (object !== undefined) onPick(object); return true; },
    }),
    new IconLayer<number>({ id: "flight-false", data: doubted, ...common, getIcon: () => "cross", getColor: alpha(LEVEL_RGB[2], 255), getSize: 34 }),
  ];
}

/** A mark for a flight without a track: helicopters by their usual type designators. */
function guess(store: Store, row: number): string {
  const type = store.setup!.flights.aircraft_type[row] ?? "";
  return /^(EC|H1|AS|A1[0-9]{2}|MI|BK|S7|S9|R4|R6|B0|B4|UH|NH)/i.test(type) && !/^A1[0-9]N/.test(type) ? "heli" : "plane";
}
