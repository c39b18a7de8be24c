/* The controls: slider, play, pan and zoom, layers; the charts' upright line; times that can be clicked. */
const slider = document.getElementById("slider"), strip = document.getElementById("strip");
const play = document.getElementById("play"), read = document.getElementById("read");
const state = { t: data.at, playing: false, drawn: 0, drones: 0, labels: 0 };
window.review = { state, view, data };
document.documentElement.classList.add("js");
slider.max = (data.n - 1) * data.step;
slider.value = state.t;

function shows() {
  const out = {};
  for (const box of document.querySelectorAll("[data-layer]")) out[box.dataset.layer] = box.checked;
  return out;
}

function draw() {
  const t = state.t, show = shows();
  if (document.getElementById("follow").checked) {
    const e = at(flight.e, 0, t), n = at(flight.n, 0, t);
    if (!Number.isNaN(e)) Object.assign(view, { e, n });
  }
  labels = [];
  marks = data.sites.map(([, e, n]) => [X(e), Y(n)]);
  drawLand(show.land);
  drawAreas(t);
  if (show.sensors)
    for (const [name, e, n, far] of data.sensors) {
      ring(e, n, far, "#8fa6b3", 1, [2, 5]);
      line([[e, n + 5 / view.k], [e + 5 / view.k, n - 4 / view.k], [e - 5 / view.k, n - 4 / view.k]], null, 0, null, true, "#7f99a8");
      label(e, n, name, 50, "#6c8695", { size: 10.5 });
    }
  if (show.raids) drawRaids(t);
  if (show.advice && data.advised) {
    line(data.advised.line, INK.advice, 2.6, [9, 5]);
    const end = data.advised.line[data.advised.line.length - 1];
    if (end) label(end[0], end[1], data.advised.name, 10, INK.advice, { bold: true });
  }
  drawFlown(t);
  for (const [name, e, n] of data.sites) {
    pen.fillStyle = "#fff";
    pen.strokeStyle = INK.ink;
    pen.lineWidth = 1.4;
    pen.fillRect(X(e) - 3.5, Y(n) - 3.5, 7, 7);
    pen.strokeRect(X(e) - 3.5, Y(n) - 3.5, 7, 7);
    label(e, n, name, 30, "#44525c", { size: 11 });
  }
  state.drones = drawDrones(t, show);
  drawFlight(t);
  state.labels = drawLabels();
  drawScale();
  tell(t);
  state.drawn += 1;
}

/** What stands beside the clock: the level, the nearest drone, how many are within the limits. */
function tell(t) {
  const row = Math.round(t / data.step), level = levelAt(t), h = flight.near_h[row], v = flight.near_v[row];
  const words = data.words, parts = [];
  document.getElementById("clock").textContent = clock(t);
  const tag = document.getElementById("level");
  tag.textContent = level ? words[level] || level : "–";
  tag.style.background = INK[level] || "#e4e9ec";
  tag.style.color = ["WARNING", "BLIND", "CAUGHT"].includes(level) ? "#fff" : "#1d2730";
  if (Number.isNaN(flight.e[row])) parts.push(words.read_unknown);
  else if (data.flight.up[row] !== "1") parts.push(words.read_ground);
  if (Number.isNaN(h)) parts.push(words.read_none);
  else {
    parts.push(`${words.read_nearest} ${nautical(h)}, ${v >= 0 ? "+" : "−"}${feet(v)}`);
    parts.push(`${words.read_near}: ${data.flight.n_near[row]}`);
  }
  read.textContent = parts.join(" · ");
  for (const chart of document.querySelectorAll("svg[data-start]")) {
    const line = chart.querySelector(".cursor"), a = +chart.dataset.start, b = +chart.dataset.end;
    const x = +chart.dataset.left + ((data.start + t - a) / (b - a)) * (chart.dataset.right - chart.dataset.left);
    const inside = x >= +chart.dataset.left && x <= +chart.dataset.right;
    line.setAttribute("visibility", inside ? "visible" : "hidden");
    line.setAttribute("x1", x);
    line.setAttribute("x2", x);
  }
}

function go(t) {
  state.t = Math.min(Math.max(t, 0), +slider.max);
  slider.value = state.t;
  draw();
}

function fit() {
  const [w, s, e, n] = data.box, wide = Math.max(e - w, 1200), high = Math.max(n - s, 1200);
  Object.assign(view, { e: (w + e) / 2, n: (s + n) / 2, k: 0.86 * Math.min(view.w / wide, view.h / high) });
}

function size() {
  const dpr = window.devicePixelRatio || 1, box = canvas.getBoundingClientRect();
  view.w = box.width;
  view.h = box.height;
  canvas.width = Math.round(box.width * dpr);
  canvas.height = Math.round(box.height * dpr);
  pen.setTransform(dpr, 0, 0, dpr, 0, 0);
  const band = strip.getContext("2d"), length = +slider.max || 1;
  strip.width = strip.clientWidth * dpr;
  strip.height = strip.clientHeight * dpr;
  band.fillStyle = "#edf1f3";
  band.fillRect(0, 0, strip.width, strip.height);
  for (const [a, b, level] of data.levels) {
    band.fillStyle = INK[level];
    band.fillRect((a / length) * strip.width, 0, Math.max(((b - a) / length) * strip.width, 1), strip.height);
  }
  for (let i = 0; i < data.n; i++)
    if (data.flight.caught[i] === "1") {
      band.fillStyle = INK.CAUGHT;
      band.fillRect(((i * data.step) / length) * strip.width, strip.height / 2, (data.step / length) * strip.width + 1, strip.height / 2);
    }
}

function zoom(by, x = view.w / 2, y = view.h / 2) {
  const e = view.e + (x - view.w / 2) / view.k, n = view.n - (y - view.h / 2) / view.k;
  view.k = Math.min(Math.max(view.k * by, 1e-3), 5);
  view.e = e - (x - view.w / 2) / view.k;
  view.n = n + (y - view.h / 2) / view.k;
  draw();
}

slider.addEventListener("input", () => { state.t = +slider.value; draw(); });
for (const box of document.querySelectorAll("[data-layer], #follow")) box.addEventListener("change", draw);
document.getElementById("fit").addEventListener("click", () => { fit(); draw(); });
document.getElementById("zoom-in").addEventListener("click", () => zoom(1.5));
document.getElementById("zoom-out").addEventListener("click", () => zoom(1 / 1.5));
canvas.addEventListener("wheel", (event) => {
  event.preventDefault();
  zoom(Math.exp(-event.deltaY * 0.0015), event.offsetX, event.offsetY);
}, { passive: false });
canvas.addEventListener("pointerdown", (event) => {
  canvas.setPointerCapture(event.pointerId);
  const from = { x: event.clientX, y: event.clientY, e: view.e, n: view.n };
  const move = (m) => {
    view.e = from.e - (m.clientX - from.x) / view.k;
    view.n = from.n + (m.clientY - from.y) / view.k;
    draw();
  };
  canvas.addEventListener("pointermove", move);
  canvas.addEventListener("pointerup", () => canvas.removeEventListener("pointermove", move), { once: true });
});
document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-t]");
  if (!link) return;
  event.preventDefault();
  go(+link.dataset.t - data.start);
  document.getElementById("map").scrollIntoView({ block: "center" });
});

let before = 0;
function tick(now) {
  if (!state.playing) return;
  const speed = +document.getElementById("speed").value, dt = Math.min((now - before) / 1000, 0.2) * speed;
  before = now;
  go(state.t + dt);
  if (state.t >= +slider.max) setPlaying(false);
  requestAnimationFrame(tick);
}

function setPlaying(on) {
  state.playing = on;
  play.textContent = on ? data.words.pause : data.words.play;
  if (on) {
    if (state.t >= +slider.max) state.t = 0;
    before = performance.now();
    requestAnimationFrame(tick);
  }
}
play.addEventListener("click", () => setPlaying(!state.playing));
window.addEventListener("resize", () => { const { e, n, k } = view; size(); Object.assign(view, { e, n, k }); draw(); });
size();
fit();
draw();
