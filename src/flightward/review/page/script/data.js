/* What the page carries, read once: whole steps as differences become positions (10 m to a step). */
"use strict";
const data = JSON.parse(document.getElementById("data").textContent);

function unpack(values) {
  const out = new Float64Array(values.length);
  let last = null;
  values.forEach((v, i) => {
    last = v === null ? null : last === null ? v : last + v;
    out[i] = last === null ? NaN : last;
  });
  return out;
}

function points(flat) {
  const out = [];
  let e = 0, n = 0;
  for (let i = 0; i < flat.length; i += 2) {
    e += flat[i];
    n += flat[i + 1];
    out.push([e, n]);
  }
  return out;
}

const flight = {};
for (const key of ["e", "n", "h", "near_h", "near_v"]) flight[key] = unpack(data.flight[key]);
for (const kind of ["truth", "picture"])
  for (const d of data[kind]) for (const key of ["e", "n", "h"]) d[key] = unpack(d[key]);
for (const one of [...data.zones, ...data.alerts]) one.ring = points(one.ring);
for (const raid of data.raids) raid[3] = points(raid[3]);
data.plan = points(data.plan);
if (data.advised) data.advised.line = points(data.advised.line);
for (const name of ["land", "borders", "admin1"]) data.land[name] = (data.land[name] || []).map(points);

/** The value of a column at a time, straight between samples; NaN where either is unknown. */
function at(column, first, t) {
  const x = t / data.step - first, i = Math.floor(x);
  if (i < 0 || i >= column.length) return NaN;
  if (i === column.length - 1 || x === i) return x - i > 0.01 ? NaN : column[i];
  return column[i] + (x - i) * (column[i + 1] - column[i]);
}

function levelAt(t) {
  const row = Math.round(t / data.step);
  if (data.flight.caught[row] === "1") return "CAUGHT";
  const span = data.levels.find((s) => s[0] <= t && t < s[1]);
  return span ? span[2] : "";
}

function clock(t) {
  return new Date((data.start + t) * 1000).toISOString().slice(11, 19);
}

function nautical(steps) {
  const nmi = (steps * 10) / 1852, shown = nmi >= 10 ? nmi.toFixed(0) : nmi.toFixed(1);
  return data.lang === "uk" ? shown.replace(".", ",") + " мор. миль" : shown + " NM";
}

function feet(steps) {
  const ft = Math.abs(steps * 10) / 0.3048, to = ft < 1000 ? 10 : 100;
  const shown = Math.round(ft / to) * to;
  return shown.toString().replace(/\B(?=(\d{3})+$)/g, data.lang === "uk" ? " " : ",") + (data.lang === "uk" ? " фт" : " ft");
}
