// The one connection to the server; it comes back by itself.
import { Decoder } from "./wire";
import type { Store } from "./store";

const RETRY_MS = [250, 500, 1000, 2000, 4000];

export function connect(store: Store): void {
  let tries = 0;
  const open = () => {
    const address = new URL("ws", location.href);
    address.protocol = location.protocol === "https:" ? "wss:" : "ws:";
    const socket = new WebSocket(address);
    const decoder = new Decoder();
    socket.binaryType = "arraybuffer";
    socket.onopen = () => {
      tries = 0;
      store.isConnected = store.wasConnected = true;
      store.send = (command) => socket.send(JSON.stringify(command));
      store.changed();
    };
    socket.onmessage = (event: MessageEvent<ArrayBuffer>) => {
      const message = decoder.read(event.data);
      store.heardAt = performance.now();
      if (message.kind === "setup") store.setup = message;
      else if (message.kind === "frame") {
        store.frame = message;
        store.n_frames++;
      } else if (message.kind === "forecast") store.keepForecast(message);
      else if (message.kind === "player") store.player = message;
      else if (message.kind === "acts") {
        store.acts = message.acts;
        store.refused = "";
      } else store.refused = message.why;
      store.changed();
    };
    socket.onclose = () => {
      store.isConnected = false;
      store.send = () => {};
      store.changed();
      setTimeout(open, RETRY_MS[Math.min(tries++, RETRY_MS.length - 1)]);
    };
  };
  open();
}
