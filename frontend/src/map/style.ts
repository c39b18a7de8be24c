// The base map: land, borders, first-level divisions, graticule and place names, all from files in the package.
// No glyph server: MapLibre draws the letters from the fonts of the page.
import type { StyleSpecification } from "maplibre-gl";
import type { Feature, FeatureCollection } from "geojson";

export const FONT = "IBM Plex Sans";
const file = (name: string) => new URL(`basemap/${name}.json`, document.baseURI).href;
export const NOTHING: FeatureCollection = { type: "FeatureCollection", features: [] };

function graticule(): FeatureCollection {
  const features: Feature[] = [];
  const add = (coordinates: number[][], step: number) =>
    features.push({ type: "Feature", properties: { step }, geometry: { type: "LineString", coordinates } });
  for (let lon = -180; lon < 180; lon++) add(Array.from({ length: 33 }, (_, k) => [lon, -80 + 5 * k]), lon % 5 === 0 ? 5 : 1);
  for (let lat = -80; lat <= 80; lat++) add([[-180, lat], [180, lat]], lat % 5 === 0 ? 5 : 1);
  return { type: "FeatureCollection", features };
}

const RANK_ZOOM = [3.5, 5, 6, 7, 8, 8.8];

export const baseStyle = (): StyleSpecification => ({
  version: 8,
  sources: {
    land: { type: "geojson", data: file("land"), tolerance: 0.3 },
    borders: { type: "geojson", data: file("borders"), tolerance: 0.3 },
    admin1: { type: "geojson", data: file("admin1"), tolerance: 0.3 },
    places: { type: "geojson", data: file("places") },
    graticule: { type: "geojson", data: graticule() },
    blind: { type: "geojson", data: NOTHING },
    coverage: { type: "geojson", data: NOTHING },
    area: { type: "geojson", data: NOTHING },
    forecast: { type: "geojson", data: NOTHING, tolerance: 0, buffer: 0 },
    alerts: { type: "geojson", data: NOTHING },
    zones: { type: "geojson", data: NOTHING },
    sites: { type: "geojson", data: NOTHING },
  },
  layers: [
    { id: "sea", type: "background", paint: { "background-color": "#060a0e" } },
    { id: "land", type: "fill", source: "land", paint: { "fill-color": "#10181f", "fill-antialias": true } },
    { id: "coast", type: "line", source: "land", paint: { "line-color": "#2c3c49", "line-width": 0.7 } },
    {
      id: "graticule", type: "line", source: "graticule", minzoom: 3,
      filter: ["any", ["==", ["get", "step"], 5], [">=", ["zoom"], 6]],
      paint: { "line-color": "#1a2730", "line-width": 0.6 },
    },
    { id: "admin1", type: "line", source: "admin1", minzoom: 4.5, paint: { "line-color": "#2a3a46", "line-width": 0.8, "line-dasharray": [3, 2] } },
    {
      id: "borders", type: "line", source: "borders",
      paint: { "line-color": "#5b6f7e", "line-width": ["interpolate", ["linear"], ["zoom"], 3, 0.6, 7, 1.3, 10, 2] },
    },
    { id: "coverage-fill", type: "fill", source: "coverage", filter: ["==", ["get", "live"], 1], paint: { "fill-color": "#2f7f86", "fill-opacity": 0.045 } },
    { id: "blind-fill", type: "fill", source: "blind", paint: { "fill-pattern": "hatch-blind" } },
    {
      id: "coverage-line", type: "line", source: "coverage", filter: ["==", ["get", "live"], 1],
      paint: { "line-color": "#4fb3b8", "line-width": 0.9, "line-opacity": 0.45 },
    },
    {
      id: "coverage-dead", type: "line", source: "coverage", filter: ["==", ["get", "live"], 0],
      paint: { "line-color": "#8b97a0", "line-width": 1, "line-opacity": 0.8, "line-dasharray": [2, 3] },
    },
    { id: "area-line", type: "line", source: "area", paint: { "line-color": "#48606f", "line-width": 1, "line-dasharray": [6, 4] } },
    { id: "alert-fill", type: "fill", source: "alerts", filter: ["==", ["geometry-type"], "Polygon"], paint: { "fill-color": "#ffb429", "fill-opacity": 0.05 } },
    {
      id: "forecast", type: "fill", source: "forecast",
      paint: {
        "fill-antialias": false,
        "fill-color": [
          "interpolate", ["linear"], ["get", "p"],
          0.005, "#3a2a6e", 0.05, "#6a2f8f", 0.15, "#a83a8b", 0.35, "#dd4f76", 0.6, "#f98b63", 1, "#fcd9a0",
        ],
        "fill-opacity": ["interpolate", ["linear"], ["get", "p"], 0.005, 0.18, 0.1, 0.42, 0.4, 0.6, 1, 0.72],
      },
    },
    { id: "alert-line", type: "line", source: "alerts", filter: ["==", ["geometry-type"], "Polygon"], paint: { "line-color": "#ffb429", "line-width": 1.4, "line-opacity": 0.75, "line-dasharray": [5, 3] } },
    { id: "zone-fill", type: "fill", source: "zones", filter: ["==", ["get", "active"], 1], paint: { "fill-pattern": ["concat", "hatch-", ["get", "kind"]] } },
    {
      id: "zone-line", type: "line", source: "zones",
      paint: {
        "line-color": ["match", ["get", "kind"], "defended", "#ff7a59", "closed", "#c9d4dc", "#ffb429"],
        "line-width": ["case", ["==", ["get", "active"], 1], 1.8, 0.9],
        "line-opacity": ["case", ["==", ["get", "active"], 1], 0.95, 0.4],
      },
    },
    ...placeLayers(),
    {
      id: "zone-name", type: "symbol", source: "zones",
      layout: { "text-field": ["get", "name"], "text-font": [FONT], "text-size": 11, "text-letter-spacing": 0.04, "symbol-placement": "point" },
      paint: { "text-color": ["case", ["==", ["get", "active"], 1], "#ffb199", "#74858f"], "text-halo-color": "#060a0e", "text-halo-width": 1.4 },
    },
    {
      id: "alert-name", type: "symbol", source: "alerts",
      layout: { "text-field": ["get", "name"], "text-font": [FONT], "text-size": 11, "text-anchor": "bottom", "text-offset": [0, -0.3], "text-allow-overlap": true },
      filter: ["==", ["geometry-type"], "Point"],
      paint: { "text-color": "#ffc45c", "text-halo-color": "#060a0e", "text-halo-width": 1.4 },
    },
    {
      id: "sites", type: "symbol", source: "sites",
      layout: {
        "icon-image": ["concat", "site-", ["get", "kind"]], "icon-size": ["interpolate", ["linear"], ["zoom"], 5, 0.5, 8, 0.75], "icon-allow-overlap": true,
        "text-field": ["step", ["zoom"], "", 5.8, ["get", "name"]], "text-font": [FONT], "text-size": 11, "text-offset": [0.95, 0], "text-anchor": "left",
        "text-optional": true, "text-max-width": 12,
      },
      paint: { "text-color": "#a9c4d4", "text-halo-color": "#060a0e", "text-halo-width": 1.4 },
    },
  ],
});

function placeLayers(): StyleSpecification["layers"] {
  return [
    {
      id: "place-name", type: "symbol", source: "places",
      filter: [">=", ["zoom"], ["match", ["get", "rank"], ...RANK_ZOOM.slice(0, 5).flatMap((zoom, rank) => [rank, zoom]), RANK_ZOOM[5]] as never],
      layout: {
        "text-field": ["get", "name"], "text-font": [FONT], "text-max-width": 8,
        "text-size": ["match", ["get", "rank"], 0, 13, 1, 12, 2, 11.5, 3, 11, 10.5],
        "symbol-sort-key": ["-", 0, ["get", "pop"]], "text-padding": 6, "icon-image": "place", "icon-size": 0.5,
        "text-variable-anchor": ["left", "right", "top", "bottom"], "text-radial-offset": 0.5, "text-justify": "auto",
      },
      paint: {
        "text-color": ["match", ["get", "rank"], 0, "#9fb0bc", 1, "#8fa1ae", "#748793"],
        "text-halo-color": "#080d12", "text-halo-width": 1.3, "icon-opacity": 0.7,
      },
    },
  ];
}
