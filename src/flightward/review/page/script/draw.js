/* Drawing: everything on one canvas, again for each moment; labels last, each only where it covers no other. */
const INK = {
  CAUGHT: "#67001f", WARNING: "#b2182b", CAUTION: "#e08214", BLIND: "#7b5ea7", ADVISORY: "#d9c04a", CLEAR: "#c9d3d9",
  flight: "#0b5c8a", drone: "#b2182b", plan: "#6b7a84", advice: "#1b7837", soft: "#66737d", ink: "#1d2730",
  defended: "#b2182b", closed: "#7a1f5c", alert: "#c77d12", geo: "#55606a",
};
const canvas = document.querySelector("#map canvas"), pen = canvas.getContext("2d");
const view = { e: 0, n: 0, k: 1, w: 1, h: 1 };
let labels = [], marks = [];

const X = (e) => view.w / 2 + (e - view.e) * view.k;
const Y = (n) => view.h / 2 - (n - view.n) * view.k;

function line(list, colour, width, dash, close, fill) {
  if (!list.length) return;
  pen.beginPath();
  let up = true;
  for (const [e, n] of list) {
    if (Number.isNaN(e) || Number.isNaN(n)) { up = true; continue; }
    up ? pen.moveTo(X(e), Y(n)) : pen.lineTo(X(e), Y(n));
    up = false;
  }
  if (close) pen.closePath();
  if (fill) { pen.fillStyle = fill; pen.fill(); }
  if (colour) {
    pen.setLineDash(dash || []);
    pen.strokeStyle = colour;
    pen.lineWidth = width;
    pen.stroke();
    pen.setLineDash([]);
  }
}

function ring(e, n, r, colour, width, dash) {
  pen.beginPath();
  pen.arc(X(e), Y(n), r * view.k, 0, 7);
  pen.setLineDash(dash || []);
  pen.strokeStyle = colour;
  pen.lineWidth = width;
  pen.stroke();
  pen.setLineDash([]);
}

/** Remembers a label; the lower its rank the surer it is drawn. */
function label(e, n, words, rank, colour, more) {
  labels.push({ x: X(e), y: Y(n), words, rank, colour, size: 11.5, bold: false, dx: 9, dy: -8, ...more });
}

function drawLabels() {
  const taken = marks.map(([x, y]) => [x - 4, y - 4, x + 4, y + 4]);  // no words over a place's own mark
  labels.sort((a, b) => a.rank - b.rank);
  for (const l of labels) {
    if (l.x < -20 || l.y < -20 || l.x > view.w + 20 || l.y > view.h + 20) continue;
    pen.font = `${l.bold ? 600 : 400} ${l.size}px "Segoe UI", system-ui, "Liberation Sans", Arial, sans-serif`;
    const w = pen.measureText(l.words).width, h = l.size + 3;
    const places = [[l.dx, l.dy], [-w - l.dx, l.dy], [l.dx, -l.dy + h - 4], [-w - l.dx, -l.dy + h - 4]];
    if (l.middle) places.splice(0, 4, [-w / 2, l.below ? h + 2 : h / 2 - 3], [-w / 2, -h], [-w / 2, h + 8]);
    for (const [dx, dy] of places) {
      const box = [l.x + dx - 2, l.y + dy - h + 3, l.x + dx + w + 2, l.y + dy + 4];
      if (box[0] < 2 || box[1] < 2 || box[2] > view.w - 2 || box[3] > view.h - 2) continue;
      if (taken.some((b) => box[0] < b[2] && b[0] < box[2] && box[1] < b[3] && b[1] < box[3])) continue;
      taken.push(box);
      pen.lineJoin = "round";
      pen.lineWidth = 3;
      pen.strokeStyle = "rgba(255,255,255,.9)";
      pen.strokeText(l.words, l.x + dx, l.y + dy);
      pen.fillStyle = l.colour;
      pen.fillText(l.words, l.x + dx, l.y + dy);
      break;
    }
  }
  return taken.length;
}

function drawLand(on) {
  const has = on && data.land.land && data.land.land.length;
  pen.fillStyle = has ? "#dce7ee" : "#f5f6f4";
  pen.fillRect(0, 0, view.w, view.h);
  if (!on) return;
  for (const p of data.land.land) line(p, "#b9c6cc", 0.8, null, true, "#f7f6f1");
  for (const p of data.land.admin1) line(p, "#d5d6cf", 1, [3, 3]);
  for (const p of data.land.borders) line(p, "#a79fae", 1.3);
  const most = 10 + 4 * Math.log2(1 + view.k * 40);
  for (const [name, rank, e, n] of data.land.places || []) {
    if (rank > most * 3) break;
    pen.fillStyle = "#8b949a";
    pen.fillRect(X(e) - 1.5, Y(n) - 1.5, 3, 3);
    label(e, n, name, 60 + rank, "#7a858c", { size: 11, dx: 5, dy: -3 });
  }
}

function arrow(d, t, hollow, colour) {
  const e = at(d.e, d.i, t), n = at(d.n, d.i, t);
  if (Number.isNaN(e)) return false;
  const ago = Math.max(t - 15, d.i * data.step), dx = X(e) - X(at(d.e, d.i, ago)), dy = Y(n) - Y(at(d.n, d.i, ago));
  const turn = Math.hypot(dx, dy) > 0.05 ? Math.atan2(dy, dx) : -Math.PI / 2;
  pen.save();
  pen.translate(X(e), Y(n));
  pen.rotate(turn);
  pen.beginPath();
  pen.moveTo(8, 0); pen.lineTo(-5, 4.6); pen.lineTo(-3, 0); pen.lineTo(-5, -4.6);
  pen.closePath();
  pen.lineWidth = hollow ? 1.4 : 1;
  pen.strokeStyle = hollow ? colour : "#fff";
  pen.fillStyle = hollow ? "rgba(255,255,255,.75)" : colour;
  pen.fill();
  pen.stroke();
  pen.restore();
  return true;
}

function tail(column, first, t, length) {
  const out = [];
  for (let s = Math.max(0, t - length); s < t; s += data.step) out.push([at(column.e, first, s), at(column.n, first, s)]);
  out.push([at(column.e, first, t), at(column.n, first, t)]);
  return out;
}

function drawDrones(t, show) {
  let n = 0;
  if (show.picture)
    for (const d of data.picture) {
      if (!data.truth.length || !show.truth) line(tail(d, d.i, t, data.tail), "rgba(178,24,43,.35)", 1.2);
      n += arrow(d, t, show.truth && data.truth.length > 0, data.truth.length && show.truth ? "#4a545b" : INK.drone);
    }
  if (show.truth)
    for (const d of data.truth) {
      line(tail(d, d.i, t, data.tail), "rgba(178,24,43,.35)", 1.2);
      n += arrow(d, t, false, INK.drone);
    }
  return n;
}

function drawRaids(t) {
  const latest = new Map();
  for (const raid of data.raids) if (raid[0] <= t && t - raid[0] < 45) latest.set(raid[1], raid);
  for (const [, id, n, shape] of latest.values()) {
    line(shape, "rgba(178,24,43,.7)", 1.2, null, true, "rgba(178,24,43,.08)");
    const top = shape.reduce((a, b) => (b[1] > a[1] ? b : a));
    label(top[0], top[1], `${id}: ${n}`, 20, INK.drone, { bold: true, middle: false });
  }
}

function drawAreas(t) {
  for (const z of [...data.alerts, ...data.zones]) {
    const on = z.on.some((s) => s[0] <= t && t <= s[1]), colour = INK[z.kind || "alert"] || INK.geo;
    pen.globalAlpha = on ? 1 : 0.45;
    line(z.ring, colour, on ? 1.6 : 1, on ? null : [5, 4], true, on ? colour + "22" : colour + "08");
    pen.globalAlpha = 1;
    const e = z.ring.reduce((a, p) => a + p[0], 0) / z.ring.length, n = z.ring.reduce((a, p) => a + p[1], 0) / z.ring.length;
    const south = Math.min(...z.ring.map((p) => p[1])), west = Math.min(...z.ring.map((p) => p[0]));
    const wide = 2 * (e - west) * view.k > 8 * z.name.length;  // words that do not fit inside stand below
    label(e, wide ? n : south, z.name, on ? 15 : 40, colour, { middle: true, below: !wide, bold: on });
  }
}

/** The way flown until t, coloured by what was shown and whether it was caught; the rest of it faint. */
function drawFlown(t) {
  const whole = Array.from(flight.e, (e, i) => [e, flight.n[i]]);
  const up = whole.map((p, i) => (data.flight.up[i] === "1" ? p : [NaN, NaN]));
  line(data.plan, INK.plan, 1.2, [3, 4]);
  line(up, "rgba(11,92,138,.28)", 2);
  const last = Math.floor(t / data.step);
  for (let i = 0; i < last; i++) {
    const level = levelAt(i * data.step), caught = level === "CAUGHT";
    const colour = caught || level === "CAUTION" || level === "WARNING" || level === "BLIND" ? INK[level] : INK.flight;
    line([up[i], up[i + 1]], colour, caught ? 5 : 3);
  }
}

function drawFlight(t) {
  const e = at(flight.e, 0, t), n = at(flight.n, 0, t), level = levelAt(t);
  for (const [s, fe, fn] of data.false) if (s <= t && t - s < 600) ring(fe, fn, 4 / view.k, INK.BLIND, 1.3);
  const lately = data.false.filter((f) => f[0] <= t && t - f[0] < 60).pop();
  if (lately) label(lately[1], lately[2], clock(lately[0]) + " ?", 5, INK.BLIND, { bold: true });
  if (Number.isNaN(e)) return;
  if (data.flight.up[Math.round(t / data.step)] === "1") ring(e, n, data.raid_m / 10, INK.flight, 1.2, [6, 5]);
  pen.beginPath();
  pen.arc(X(e), Y(n), 7, 0, 7);
  pen.fillStyle = level && level !== "CLEAR" ? INK[level] : INK.flight;
  pen.fill();
  pen.lineWidth = 2.5;
  pen.strokeStyle = "#fff";
  pen.stroke();
  label(e, n, data.who, 0, INK.flight, { bold: true, size: 13, dx: 12, dy: -10 });
}

function drawScale() {
  const wanted = (view.w / view.k / 8) * 10 / 1852, power = 10 ** Math.floor(Math.log10(wanted));
  const nmi = [1, 2, 5, 10].map((x) => x * power).find((x) => x >= wanted), size = (nmi * 185.2) * view.k;
  const x = view.w - size - 22, y = view.h - 16;
  pen.fillStyle = "rgba(255,255,255,.86)";
  pen.fillRect(x - 10, y - 22, size + 20, 32);
  line([], "", 0);
  pen.strokeStyle = pen.fillStyle = INK.ink;
  pen.lineWidth = 2;
  pen.beginPath();
  pen.moveTo(x, y - 4); pen.lineTo(x, y); pen.lineTo(x + size, y); pen.lineTo(x + size, y - 4);
  pen.stroke();
  pen.font = '11px "Segoe UI", system-ui, "Liberation Sans", Arial, sans-serif';
  pen.textAlign = "center";
  const km = (nmi * 1.852).toFixed(nmi < 5 ? 1 : 0);
  pen.fillText(data.lang === "uk" ? `${km.replace(".", ",")} км` : `${nmi} NM (${km} km)`, x + size / 2, y - 8);
  pen.textAlign = "start";
}
