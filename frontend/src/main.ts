// The live console of Flightward: one page, drawn from what the server says and from nothing else.
import "@fontsource/ibm-plex-sans/latin-400.css";
import "@fontsource/ibm-plex-sans/latin-500.css";
import "@fontsource/ibm-plex-sans/latin-600.css";
import "@fontsource/ibm-plex-sans/latin-ext-400.css";
import "@fontsource/ibm-plex-sans/cyrillic-400.css";
import "@fontsource/ibm-plex-sans/cyrillic-500.css";
import "@fontsource/ibm-plex-sans/cyrillic-600.css";
import "@fontsource/ibm-plex-mono/latin-400.css";
import "@fontsource/ibm-plex-mono/latin-500.css";
import "@fontsource/ibm-plex-mono/latin-600.css";
import "./style.css";
import { h } from "./dom";
import { listen } from "./keys";
import { MapView } from "./map/view";
import { ActForm } from "./panel/acts";
import { FlightDetail, FlightList, WarningLog } from "./panel/flights";
import { Legend } from "./panel/legend";
import { Notices } from "./panel/notices";
import { TopBar } from "./panel/topbar";
import { Transport } from "./panel/transport";
import { connect } from "./socket";
import { Store } from "./store";

/** For tests and scripts: what the page shows, to read only. */
declare global {
  interface Window { flightward: Readonly<Record<string, unknown>> }
}

const HEARTBEAT_MS = 500;

async function start(): Promise<void> {
  // The map draws its letters with these fonts, once: they must be there first.
  await Promise.allSettled([document.fonts.load("400 12px 'IBM Plex Sans'"), document.fonts.load("400 12px 'IBM Plex Sans'", "Київ"), document.fonts.load("400 12px 'IBM Plex Sans'", "Łódź")]);
  const app = document.getElementById("app")!;
  const store = new Store();
  const pick = (flight: number | null) => {
    store.ui.selected = flight !== null && store.ui.selected === flight ? null : flight;
    if (store.ui.selected === null) store.ui.follow = false;
    store.changed();
  };
  const top = new TopBar(store, app);
  const stage = h("main", { class: "stage" });
  const side = h("div", { class: "side" });
  app.append(h("div", { class: "middle" }, stage, side));
  const map = new MapView(store, stage, pick);
  const legend = new Legend(store, stage);
  const notices = new Notices(store, stage);
  const acts = new ActForm(store, stage);
  const panels = [new FlightList(store, side, pick), new FlightDetail(store, side), new WarningLog(store, side, pick, acts), acts];
  const transport = new Transport(store, app);
  const views = [map, top, legend, notices, ...panels, transport];
  store.onChange(() => {
    for (const view of views) view.update();
  });
  addEventListener("resize", () => store.changed());
  setInterval(() => store.changed(), HEARTBEAT_MS);
  listen(store, map, transport, legend, pick, acts);
  connect(store);
  window.flightward = Object.freeze({
    get isConnected() { return store.isConnected; },
    get nFrames() { return store.n_frames; },
    get time() { return store.frame?.t_s ?? null; },
    get label() { return store.setup?.label ?? null; },
    get flights() {
      const f = store.frame?.flights;
      return f ? Array.from(f.level.keys(), (r) => ({ name: store.flightName(r), level: f.level[r], lon_deg: f.lon_deg[r], lat_deg: f.lat_deg[r] })) : [];
    },
    get nTracks() { return store.frame?.tracks.track.length ?? 0; },
    get nWarnings() { return store.frame?.warnings.warning.length ?? 0; },
    get nActs() { return store.acts?.warning.length ?? 0; },
    get nPictures() { return map.pace.n_drawn; },
    get player() { return store.player ? { ...store.player } : null; },
  });
}

void start();
