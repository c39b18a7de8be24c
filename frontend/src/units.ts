// Numbers for people: feet, knots, nautical miles, UTC. Unknown is a dash, never a zero.
const FT_M = 0.3048;
const NMI_M = 1852;
const KT_MPS = NMI_M / 3600;
export const DASH = "–";

const two = (n: number) => String(n).padStart(2, "0");
const known = (x: number | null | undefined): x is number => x != null && Number.isFinite(x);

export function clock(t_s: number, withSeconds = true): string {
  if (!known(t_s)) return DASH;
  const d = new Date(t_s * 1000);
  const hm = `${two(d.getUTCHours())}:${two(d.getUTCMinutes())}`;
  return withSeconds ? `${hm}:${two(d.getUTCSeconds())}` : hm;
}

export const day = (t_s: number): string => (known(t_s) ? new Date(t_s * 1000).toISOString().slice(0, 10) : DASH);

/** A countdown: 12:05, and with a minus when it is over. */
export function countdown(dt_s: number): string {
  if (!known(dt_s)) return DASH;
  const s = Math.abs(Math.trunc(dt_s));
  const sign = dt_s < 0 ? "−" : "";
  return s >= 3600 ? `${sign}${Math.trunc(s / 3600)}h${two(Math.trunc((s % 3600) / 60))}` : `${sign}${two(Math.trunc(s / 60))}:${two(s % 60)}`;
}

export function age(dt_s: number): string {
  if (!known(dt_s)) return DASH;
  if (dt_s < 60) return `${dt_s < 10 ? dt_s.toFixed(1) : dt_s.toFixed(0)} s`;
  return dt_s < 3600 ? `${Math.trunc(dt_s / 60)} min` : `${Math.trunc(dt_s / 3600)} h`;
}

/** Height in feet; from 10,000 ft up as a flight level's hundreds would be wrong without QNH, so always feet. */
export const height = (hae_m: number): string => (known(hae_m) ? `${(Math.round(hae_m / FT_M / 100) * 100).toLocaleString("en-US")} ft` : DASH);
export const feet = (m: number): string => (known(m) ? `${Math.round(m / FT_M / 10) * 10} ft` : DASH);
export const knots = (mps: number): string => (known(mps) ? `${Math.round(mps / KT_MPS)} kt` : DASH);

export function miles(m: number): string {
  if (!known(m)) return DASH;
  const nmi = m / NMI_M;
  return `${nmi < 10 ? nmi.toFixed(1) : nmi.toFixed(0)} NM`;
}

export const course = (rad: number): string => (known(rad) ? `${String(Math.round((rad * 180) / Math.PI) % 360).padStart(3, "0")}°` : DASH);

/** A chance as per cent. Never 0 % and never 100 %: an ensemble of draws cannot know that. */
export function chance(p: number): string {
  if (!known(p)) return DASH;
  if (p < 0.01) return "<1%";
  if (p > 0.99) return ">99%";
  return `${Math.round(p * 100)}%`;
}

export function climb(mps: number): string {
  if (!known(mps) || Math.abs(mps) < 1) return "";
  return mps > 0 ? "↑" : "↓";
}

export function position(lon: number, lat: number): string {
  const part = (x: number, width: number, pos: string, neg: string) => {
    const minutes = Math.round(Math.abs(x) * 6000) / 100;
    const deg = Math.trunc(minutes / 60);
    return `${String(deg).padStart(width, "0")}°${(minutes - deg * 60).toFixed(2).padStart(5, "0")}′${x < 0 ? neg : pos}`;
  };
  return `${part(lat, 2, "N", "S")} ${part(lon, 3, "E", "W")}`;
}

/** Great-circle distance (m) and initial true bearing (rad), on a sphere: for the read-out under the cursor only. */
export function rangeBearing(lon1: number, lat1: number, lon2: number, lat2: number): [number, number] {
  const r = Math.PI / 180;
  const [a, b, dl] = [lat1 * r, lat2 * r, (lon2 - lon1) * r];
  const h = Math.sin((b - a) / 2) ** 2 + Math.cos(a) * Math.cos(b) * Math.sin(dl / 2) ** 2;
  const bearing = Math.atan2(Math.sin(dl) * Math.cos(b), Math.cos(a) * Math.sin(b) - Math.sin(a) * Math.cos(b) * Math.cos(dl));
  return [2 * 6371008.8 * Math.asin(Math.sqrt(h)), (bearing + 2 * Math.PI) % (2 * Math.PI)];
}

/** The point at a distance and true bearing, on a sphere: for vectors and circles on the map. */
export function ahead(lon: number, lat: number, bearing: number, distance_m: number): [number, number] {
  const r = Math.PI / 180;
  const d = distance_m / 6371008.8;
  const a = lat * r;
  const b = Math.asin(Math.sin(a) * Math.cos(d) + Math.cos(a) * Math.sin(d) * Math.cos(bearing));
  const l = lon * r + Math.atan2(Math.sin(bearing) * Math.sin(d) * Math.cos(a), Math.cos(d) - Math.sin(a) * Math.sin(b));
  return [l / r, b / r];
}
