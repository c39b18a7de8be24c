// Messages of the console, as docs/wire.md lists them. Columns arrive as raw little-endian bytes; the setup message
// carries the form of every column, so nothing here repeats the schema except the types that the page reads.
import { decode } from "@msgpack/msgpack";

export type Words = (string | null)[];

export interface SetupTables {
  sensors: { id: Words; sensor_kind: Words; lon_deg: Float64Array; lat_deg: Float64Array; hae_m: Float32Array; max_range_m: Float32Array };
  sites: { id: Words; title: Words; site_kind: Words; lon_deg: Float64Array; lat_deg: Float64Array; hae_m: Float32Array };
  zones: {
    id: Words; zone_kind: Words; source: Words; floor_m: Float32Array; ceiling_m: Float32Array;
    ring_start: Int32Array; ring_lon_deg: Float64Array; ring_lat_deg: Float64Array;
  };
  flights: {
    id: Words; callsign: Words; aircraft_type: Words; category: Words;
    plan_start: Int32Array; plan_lon_deg: Float64Array; plan_lat_deg: Float64Array; plan_t_s: Float64Array; plan_hae_m: Float32Array;
  };
}

export interface Setup extends SetupTables {
  kind: "setup";
  wire: number; version: string; label: string; title: string; real: string; simulated: string; source: string; licence: string;
  lon_deg: number; lat_deg: number; radius_m: number; start_s: number; end_s: number;
  schema: Schema;
}

export interface Frame {
  kind: "frame";
  t_s: number;
  issued_s: number | null;
  n_rejected: number;
  tracks: {
    track: Int32Array; lon_deg: Float64Array; lat_deg: Float64Array; hae_m: Float32Array; ve_mps: Float32Array; vn_mps: Float32Array;
    vu_mps: Float32Array; sigma_h_m: Float32Array; p_exists: Float32Array; object_kind: Int8Array; p_kind: Float32Array;
    p_hostile: Float32Array; status: Int8Array; age_s: Float32Array; integrity: Int8Array; identity: Words; flight: Int32Array; raid: Int32Array;
  };
  flights: {
    level: Int8Array; is_blind: Int8Array; is_airborne: Int8Array; plan_state: Int8Array; track: Int32Array;
    lon_deg: Float64Array; lat_deg: Float64Array; hae_m: Float32Array; ve_mps: Float32Array; vn_mps: Float32Array; vu_mps: Float32Array;
    sigma_h_m: Float32Array; age_s: Float32Array; integrity: Int8Array; integrity_reason: Int8Array;
    path_start: Int32Array; path_lon_deg: Float64Array; path_lat_deg: Float64Array; path_t_s: Float64Array; path_hae_m: Float32Array;
  };
  threats: {
    flight: Int32Array; site: Int32Array; hazard: Int8Array; hazard_id: Int32Array; level: Int8Array; p: Float32Array; t_to_s: Float32Array;
    miss_h_m: Float32Array; miss_v_m: Float32Array; n: Int32Array; evidence_age_s: Float32Array; reason_en: Words; reason_uk: Words;
  };
  raids: {
    raid: Int32Array; n_expected: Float32Array; lon_deg: Float64Array; lat_deg: Float64Array; hae_m: Float32Array; course_rad: Float32Array;
    speed_mps: Float32Array; course_spread_rad: Float32Array; arrivals_per_min: Float32Array; since_s: Float64Array;
    n_lo: Float32Array; n_hi: Float32Array; n_unseen: Float32Array; n_waves: Int32Array; hae_lo_m: Float32Array; hae_hi_m: Float32Array;
    front_lon_deg: Float64Array; front_lat_deg: Float64Array;
    extent_start: Int32Array; extent_lon_deg: Float64Array; extent_lat_deg: Float64Array;
  };
  warnings: {
    warning: Int32Array; flight: Int32Array; site: Int32Array; hazard: Int8Array; level: Int8Array; raised_s: Float64Array;
    first_caution_s: Float64Array; cleared_s: Float64Array; predicted_caught_s: Float64Array; clear_again_s: Float64Array;
    clear_again_lo_s: Float64Array; clear_again_hi_s: Float64Array; decide_by_s: Float64Array;
    p: Float32Array; n: Int32Array; reason_en: Words; reason_uk: Words;
  };
  advice: {
    flight: Int32Array; option: Int8Array; rank: Int32Array; p_caught: Float32Array; delay_s: Float32Array; extra_m: Float32Array;
    decide_by_s: Float64Array; site: Int32Array; course_rad: Float32Array; text_en: Words; text_uk: Words;
    route_start: Int32Array; route_lon_deg: Float64Array; route_lat_deg: Float64Array; route_t_s: Float64Array; route_hae_m: Float32Array;
  };
  sensors: { is_live: Int8Array; age_s: Float32Array; n_reports: Int32Array };
  zones: { is_active: Int8Array; since_s: Float64Array };
  alerts: {
    area: Words; alert: Words; since_s: Float64Array; is_coarse: Int8Array;
    ring_start: Int32Array; ring_lon_deg: Float64Array; ring_lat_deg: Float64Array;
  };
  blind: { is_hole: Int8Array; ring_start: Int32Array; ring_lon_deg: Float64Array; ring_lat_deg: Float64Array };
}

export interface Forecast {
  kind: "forecast";
  issued_s: number;
  horizons: { horizon_s: Float32Array };
  cells: { ring_lon_deg: Float32Array; ring_lat_deg: Float32Array };
  chances: { p_any: Float32Array };
}

export interface PlayerState {
  kind: "player";
  t_s: number; head_s: number; start_s: number; end_s: number;
  is_playing: boolean; is_catching_up: boolean; is_ended: boolean;
  speed: number; speed_real: number; error: string | null; n_dropped: number;
  marks: [number, number][];
}

export interface Acts {
  kind: "acts";
  acts: { warning: Int32Array; t_s: Float64Array; act: Int8Array; person: Words; to_whom: Words; how: Words; note: Words };
}

export interface Refused { kind: "refused"; why: string }

export type Message = Setup | Frame | Forecast | Acts | PlayerState | Refused;
type Schema = Record<string, Record<string, Record<string, string>>>;

type Maker = new (buffer: ArrayBuffer) => ArrayLike<number>;
const FORMS: Record<string, Maker> = { f8: Float64Array, f4: Float32Array, i4: Int32Array, i1: Int8Array, u1: Uint8Array };

/** Decodes messages; learns the schema from the setup message, which comes first. */
export class Decoder {
  private schema: Schema = {};

  read(data: ArrayBuffer): Message {
    const message = decode(data) as Record<string, unknown>;
    if (message.kind === "setup") this.schema = message.schema as Schema;
    for (const [table, columns] of Object.entries(this.schema[message.kind as string] ?? {})) {
      const body = message[table] as Record<string, unknown>;
      for (const [name, form] of Object.entries(columns)) {
        const make = FORMS[form];
        // A copy, because a typed array must begin at a multiple of its item's size.
        if (make) body[name] = new make((body[name] as Uint8Array<ArrayBuffer>).slice().buffer);
      }
    }
    return message as unknown as Message;
  }
}

/** The points of row i of a ragged line, as [lon, lat]. */
export function line(start: Int32Array, lon: ArrayLike<number>, lat: ArrayLike<number>, row: number): [number, number][] {
  const points: [number, number][] = [];
  for (let k = start[row]; k < start[row + 1]; k++) points.push([lon[k], lat[k]]);
  return points;
}
