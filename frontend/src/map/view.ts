// The map: base map, areas, moving objects, labels; and what the cursor points at.
import { Map as MapLibre, ScaleControl, setWorkerUrl } from "maplibre-gl";
import workerUrl from "maplibre-gl/dist/maplibre-gl-worker.mjs?url";
import { MapLibreOverlay } from "@deck.gl/maplibre";
import "maplibre-gl/dist/maplibre-gl.css";
import { ahead, course, miles, position, rangeBearing } from "../units";
import { h, text } from "../dom";
import type { Store } from "../store";
import { Areas } from "./areas";
import { addImages, makeAtlas } from "./images";
import { Labels } from "./labels";
import { makeLayers } from "./layers";
import { baseStyle } from "./style";
import { Pace } from "./pace";
import { Trails } from "./trails";

setWorkerUrl(workerUrl);

export class MapView {
  private readonly map: MapLibre;
  private readonly overlay: MapLibreOverlay;
  private readonly areas: Areas;
  private readonly labels: Labels;
  private readonly trails = new Trails();
  readonly pace = new Pace();
  private readonly atlas = makeAtlas();
  private readonly readout = h("div", { class: "readout" });
  private isReady = false;
  private fitted = "";

  constructor(private store: Store, parent: HTMLElement, private onPick: (flight: number) => void) {
    const box = h("div", { class: "map" });
    parent.append(box);
    this.map = new MapLibre({
      container: box, style: baseStyle(), center: [31, 49], zoom: 5, attributionControl: false, dragRotate: false,
      pitchWithRotate: false, touchPitch: false, keyboard: false, fadeDuration: 0, minZoom: 2, maxZoom: 14, renderWorldCopies: false,
    });
    this.map.touchZoomRotate.disableRotation();
    this.map.addControl(new ScaleControl({ unit: "nautical", maxWidth: 140 }), "bottom-right");
    this.overlay = new MapLibreOverlay({ interleaved: false, layers: [], useDevicePixels: true, onAfterRender: ({ gl }) => this.pace.drawn(gl) });
    this.map.addControl(this.overlay);
    this.areas = new Areas(this.map, store);
    this.labels = new Labels(this.map, store, box, onPick);
    parent.append(this.readout);
    this.map.on("style.load", () => {
      addImages(this.map);
      this.isReady = true;
      this.update();
    });
    this.map.on("error", (event) => console.error("map:", event.error.message));
    this.map.on("move", () => this.labels.update());
    this.map.on("mousemove", (event) => this.point(event.lngLat.lng, event.lngLat.lat));
    this.map.on("mouseout", () => text(this.readout, ""));
  }

  /** The whole area in view. */
  fit(isAnimated = true): void {
    const s = this.store.setup;
    if (!s) return;
    const reach = Math.min(s.radius_m, this.reach() * 1.15);
    const [w, e] = [ahead(s.lon_deg, s.lat_deg, -Math.PI / 2, reach)[0], ahead(s.lon_deg, s.lat_deg, Math.PI / 2, reach)[0]];
    const [south, north] = [ahead(s.lon_deg, s.lat_deg, Math.PI, reach)[1], ahead(s.lon_deg, s.lat_deg, 0, reach)[1]];
    this.map.fitBounds([[w, south], [e, north]], { padding: { left: 232, right: 20, top: 30, bottom: 28 }, animate: isAnimated });
  }

  /** How far from the centre the case has anything: an area may be drawn far larger than what happens in it. */
  private reach(): number {
    const s = this.store.setup!;
    let far = 50e3;
    const see = (lon: ArrayLike<number>, lat: ArrayLike<number>) => {
      for (let i = 0; i < lon.length; i++) far = Math.max(far, rangeBearing(s.lon_deg, s.lat_deg, lon[i], lat[i])[0] || 0);
    };
    see(s.flights.plan_lon_deg, s.flights.plan_lat_deg);
    see(s.sensors.lon_deg, s.sensors.lat_deg);
    see(s.zones.ring_lon_deg, s.zones.ring_lat_deg);
    return far;
  }

  update(): void {
    const { setup, frame, ui } = this.store;
    if (!setup || !this.isReady) return;
    if (this.fitted !== setup.title) {
      this.fitted = setup.title;
      this.fit(false);
    }
    if (!frame) return;
    this.trails.take(frame);
    // What is on the map and what stands beside it must be of one time: no new picture before the last one is out.
    this.store.mapWait_ms = this.pace.waiting();
    if (this.pace.isBusy()) return;
    this.pace.asked();
    this.areas.update();
    this.overlay.setProps({ layers: makeLayers(this.store, this.atlas, this.trails, this.onPick) });
    if (ui.follow && ui.selected !== null && Number.isFinite(frame.flights.lon_deg[ui.selected]))
      this.map.jumpTo({ center: [frame.flights.lon_deg[ui.selected], frame.flights.lat_deg[ui.selected]] });
    this.labels.update();
  }

  zoom(by: number): void {
    this.map.zoomTo(this.map.getZoom() + by);
  }

  private point(lon: number, lat: number): void {
    const { frame, ui } = this.store;
    let extra = "";
    if (frame && ui.selected !== null && Number.isFinite(frame.flights.lon_deg[ui.selected])) {
      const [d, b] = rangeBearing(frame.flights.lon_deg[ui.selected], frame.flights.lat_deg[ui.selected], lon, lat);
      extra = `   ${this.store.flightName(ui.selected)} ${course(b)} ${miles(d)}`;
    }
    text(this.readout, position(lon, lat) + extra);
  }
}
