import { defineConfig } from "vite";

// The page is served by the Python package from its own folder, on any port: relative addresses, nothing inlined
// (the server's content policy allows neither inline scripts nor data: fonts).
export default defineConfig({
  base: "./",
  build: {
    outDir: "../src/flightward/web/static",
    emptyOutDir: true,
    target: "es2022",
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 3000,
    modulePreload: { polyfill: false },
  },
  server: { proxy: { "/ws": { target: "ws://127.0.0.1:8801", ws: true }, "/api": "http://127.0.0.1:8801" } },
});
