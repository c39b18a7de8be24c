// What lies over the map: the day's label, stale and failed banners, the list of keys.
import { flag, h, text } from "../dom";
import { age } from "../units";
import { say, type Word } from "../words";
import type { Store } from "../store";

/** The list beside the map is newer than the map from here on. */
const SLOW_MS = 2500;
const KEYS: [string, Word][] = [
  ["Space", "key_space"], ["← →", "key_arrows"], ["Home End", "key_ends"], ["− +", "key_speed"], ["1 … 9", "key_number"], ["N", "key_worst"], ["W", "key_warning"], ["A D B", "key_acts"],
  ["[ ]", "key_horizon"], ["F C Z T L", "key_layers"], ["O", "key_follow"], ["G", "key_fit"], ["U", "key_lang"], ["?", "key_help"],
];

export class Notices {
  private readonly banner = h("div", { class: "banner", role: "alert" });
  private readonly mark = h("div", { class: "watermark" });
  private readonly help = h("div", { class: "help" });
  private readonly credit = h("div", { class: "credit" });

  constructor(private store: Store, parent: HTMLElement) {
    parent.append(this.mark, this.banner, this.help, this.credit);
  }

  update(): void {
    const { setup, player, ui } = this.store;
    const now = performance.now();
    const isStale = this.store.isStale(now);
    flag(document.body, "is-stale", isStale);
    const say_ = !this.store.isConnected && !this.store.wasConnected ? say("connecting")
      : !this.store.isConnected ? `${say("lost")} ${age((now - this.store.heardAt) / 1000)}`
      : isStale ? `${say("stale")} ${age((now - this.store.heardAt) / 1000)}`
      : this.store.refused ? `${say("refused")}: ${this.store.refused}`
      : player?.error ? `${say("failed")}: ${player.error}`
      : this.store.mapWait_ms > SLOW_MS ? `${say("map_slow")} ${age(this.store.mapWait_ms / 1000)}` : "";
    flag(this.banner, "mild", say_.startsWith(say("map_slow")));
    text(this.banner, say_);
    flag(this.banner, "shown", say_ !== "");
    text(this.mark, setup && setup.label !== "LIVE" ? say(setup.label as Word) : "");
    text(this.credit, `${say("not_certified")}  Natural Earth · GeoNames CC BY 4.0 · Flightward ${setup?.version ?? ""}`);
    flag(this.help, "shown", ui.help);
    if (ui.help) this.help.replaceChildren(h("h2", {}, say("help")), ...KEYS.map(([key, word]) => h("div", {}, h("kbd", {}, key), h("span", {}, say(word)))));
  }
}
