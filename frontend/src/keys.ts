// The keyboard: all that a watch needs without a mouse.
import type { Store } from "./store";
import type { MapView } from "./map/view";
import { nextWarning, type ActForm } from "./panel/acts";
import type { Legend } from "./panel/legend";
import type { Transport } from "./panel/transport";
import { getLang, setLang } from "./words";

const LAYER_KEYS = { f: "forecast", c: "coverage", z: "zones", t: "trails", l: "names" } as const;

export function listen(store: Store, map: MapView, transport: Transport, legend: Legend, pick: (flight: number | null) => void, acts: ActForm): void {
  const actions: Record<string, (event: KeyboardEvent) => void> = {
    " ": () => transport.toggle(),
    ArrowLeft: (e) => transport.seekBy(e.shiftKey ? -60 : -10),
    ArrowRight: (e) => transport.seekBy(e.shiftKey ? 60 : 10),
    Home: () => transport.toStart(),
    End: () => transport.toNewest(),
    "-": () => transport.step(-1),
    "+": () => transport.step(1),
    "=": () => transport.step(1),
    "[": () => legend.stepHorizon(-1),
    "]": () => legend.stepHorizon(1),
    "0": () => pick(null),
    Escape: () => {
      store.refused = "";
      if (store.ui.help) store.ui.help = false;
      else pick(null);
    },
    n: () => next(store, pick),
    w: () => nextWarning(store, pick),
    a: () => acts.begin(0),
    d: () => acts.begin(1),
    b: () => acts.begin(2),
    g: () => map.fit(),
    o: () => (store.ui.follow = !store.ui.follow),
    u: () => setLang(getLang() === "en" ? "uk" : "en"),
    "?": () => (store.ui.help = !store.ui.help),
  };
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    // Who writes is not giving commands; a button takes Space and Enter itself.
    if (event.target instanceof HTMLInputElement) return;
    if (event.target instanceof HTMLButtonElement && (event.key === " " || event.key === "Enter")) return;
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    const layer = LAYER_KEYS[key as keyof typeof LAYER_KEYS];
    if (actions[key]) actions[key](event);
    else if (layer) legend.toggle(layer);
    else if (/^[1-9]$/.test(key)) {
      const flight = Number(key) - 1;
      if (flight >= (store.setup?.flights.id.length ?? 0)) return;
      pick(flight);
    } else return;
    event.preventDefault();
    store.changed();
  });
}

/** The next flight in the order of the list. */
function next(store: Store, pick: (flight: number | null) => void): void {
  const ranked = store.ranked();
  if (!ranked.length) return;
  const at = store.ui.selected === null ? -1 : ranked.indexOf(store.ui.selected);
  pick(ranked[(at + 1) % ranked.length]);
}
