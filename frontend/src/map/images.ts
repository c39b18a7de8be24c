// Every picture on the map is drawn here: hatches and site marks for MapLibre, object marks as one atlas for deck.gl.
import type { Map as MapLibre } from "maplibre-gl";

const RATIO = 2;
type Draw = (c: CanvasRenderingContext2D) => void;

function canvas(width: number, height: number): [HTMLCanvasElement, CanvasRenderingContext2D] {
  const el = document.createElement("canvas");
  el.width = width;
  el.height = height;
  return [el, el.getContext("2d", { willReadFrequently: true })!];
}

function hatch(colour: string, spacing: number, width: number, isCross: boolean): ImageData {
  const size = spacing * RATIO;
  const [, c] = canvas(size, size);
  c.strokeStyle = colour;
  c.lineWidth = width * RATIO;
  for (const k of [-1, 0, 1]) {
    c.beginPath();
    c.moveTo(k * size - 2, size + 2);
    c.lineTo(k * size + size + 2, -2);
    c.stroke();
    if (!isCross) continue;
    c.beginPath();
    c.moveTo(k * size - 2, -2);
    c.lineTo(k * size + size + 2, size + 2);
    c.stroke();
  }
  return c.getImageData(0, 0, size, size);
}

function mark(draw: Draw): ImageData {
  const [, c] = canvas(48, 48);
  c.translate(24, 24);
  draw(c);
  return c.getImageData(0, 0, 48, 48);
}

const box = (letter: string): Draw => (c) => {
  c.fillStyle = "#0a1117";
  c.strokeStyle = "#8fd0e6";
  c.lineWidth = 3;
  c.beginPath();
  c.roundRect(-13, -13, 26, 26, 5);
  c.fill();
  c.stroke();
  c.fillStyle = "#c9ecf8";
  c.font = "600 20px 'IBM Plex Sans', sans-serif";
  c.textAlign = "center";
  c.textBaseline = "middle";
  c.fillText(letter, 0, 1);
};

const airport: Draw = (c) => {
  c.fillStyle = "#0a1117";
  c.strokeStyle = "#8fd0e6";
  c.lineWidth = 3;
  c.beginPath();
  c.arc(0, 0, 12, 0, 7);
  c.fill();
  c.stroke();
  c.lineWidth = 4;
  c.beginPath();
  c.moveTo(-12, 12);
  c.lineTo(12, -12);
  c.stroke();
};

const hospital: Draw = (c) => {
  box("")(c);
  c.strokeStyle = "#c9ecf8";
  c.lineWidth = 4.5;
  c.beginPath();
  c.moveTo(-7, 0);
  c.lineTo(7, 0);
  c.moveTo(0, -7);
  c.lineTo(0, 7);
  c.stroke();
};

export function addImages(map: MapLibre): void {
  const add = (name: string, data: ImageData) => map.addImage(name, data, { pixelRatio: RATIO });
  add("hatch-blind", hatch("rgba(150,163,175,0.16)", 8, 1, false));
  add("hatch-defended", hatch("rgba(255,122,89,0.30)", 10, 1.2, false));
  add("hatch-closed", hatch("rgba(201,212,220,0.24)", 12, 1, true));
  add("hatch-geo", hatch("rgba(255,180,41,0.20)", 12, 1, true));
  add("hatch-alert", hatch("rgba(255,180,41,0.20)", 12, 1, false));
  add("place", mark((c) => {
    c.fillStyle = "#8798a4";
    c.beginPath();
    c.arc(0, 0, 4, 0, 7);
    c.fill();
  }));
  add("site-airport", mark(airport));
  add("site-hospital", mark(hospital));
  add("site-helipad", mark(box("H")));
  add("site-other", mark(box("•")));
}

/** Kind of a site's mark from the word in the case. */
export function siteMark(kind: string | null): string {
  const word = (kind ?? "").toLowerCase();
  if (/airport|airfield|aerodrome/.test(word)) return "airport";
  if (/hosp|clinic|medical/.test(word)) return "hospital";
  if (/heli|pad|landing/.test(word)) return "helipad";
  return "other";
}

const CELL = 96;
const star = (points: [number, number][]): Draw => (c) => {
  c.beginPath();
  points.forEach(([x, y], k) => (k ? c.lineTo(x, y) : c.moveTo(x, y)));
  c.closePath();
};
const DART = star([[0, -34], [24, 28], [0, 15], [-24, 28]]);

const PLANE = star([
  [0, -40], [6, -30], [6, -12], [38, 8], [38, 16], [6, 8], [5, 26], [16, 34], [16, 40], [0, 36],
  [-16, 40], [-16, 34], [-5, 26], [-6, 8], [-38, 16], [-38, 8], [-6, -12], [-6, -30],
]);

const helicopter: Draw = (c) => {
  c.beginPath();
  c.ellipse(0, -8, 11, 20, 0, 0, 7);
  c.fill();
  c.fillRect(-3.5, 8, 7, 30);
  c.fillRect(-11, 33, 22, 6);
  c.lineWidth = 5.5;
  c.beginPath();
  c.moveTo(-28, -36);
  c.lineTo(28, 20);
  c.moveTo(28, -36);
  c.lineTo(-28, 20);
  c.stroke();
};

const SHAPES: Record<string, Draw> = {
  drone: (c) => { DART(c); c.fill(); },
  coast: (c) => { DART(c); c.lineWidth = 6; c.stroke(); },
  plane: (c) => { PLANE(c); c.fill(); },
  heli: helicopter,
  bird: (c) => { c.lineWidth = 6; c.beginPath(); c.moveTo(-22, 8); c.lineTo(0, -8); c.lineTo(22, 8); c.stroke(); },
  unknown: (c) => { c.lineWidth = 7; c.strokeRect(-17, -17, 34, 34); },
  cross: (c) => { c.lineWidth = 7; c.beginPath(); c.moveTo(-28, -28); c.lineTo(28, 28); c.moveTo(28, -28); c.lineTo(-28, 28); c.stroke(); },
  ring: (c) => { c.lineWidth = 6; c.beginPath(); c.arc(0, 0, 40, 0, 7); c.stroke(); },
  dashed: (c) => { c.lineWidth = 6; c.setLineDash([13, 12]); c.beginPath(); c.arc(0, 0, 40, 0, 7); c.stroke(); },
  arrow: (c) => { c.beginPath(); c.moveTo(0, -30); c.lineTo(20, 22); c.lineTo(-20, 22); c.closePath(); c.fill(); },
};

export interface Atlas {
  image: HTMLCanvasElement;
  mapping: Record<string, { x: number; y: number; width: number; height: number; mask: boolean }>;
}

/** All object marks, white on clear, to be tinted. */
export function makeAtlas(): Atlas {
  const names = Object.keys(SHAPES);
  const [image, c] = canvas(CELL * names.length, CELL);
  const mapping: Atlas["mapping"] = {};
  names.forEach((name, k) => {
    c.save();
    c.translate(CELL * (k + 0.5), CELL / 2);
    c.fillStyle = c.strokeStyle = "#fff";
    c.lineJoin = "round";
    SHAPES[name](c);
    c.restore();
    mapping[name] = { x: CELL * k, y: 0, width: CELL, height: CELL, mask: true };
  });
  return { image, mapping };
}
