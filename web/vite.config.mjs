// The browser app. What a browser cannot have (`node:` modules) ends the build.
import { resolve } from "node:path";
import { defineConfig } from "vite";

const noNode = {
  name: "no-node",
  enforce: "pre",
  resolveId(id, importer) {
    if (id.startsWith("node:"))
      throw new Error(`${importer} imports ${id}: the app runs in a browser`);
    return null;
  },
};

export default defineConfig({
  root: import.meta.dirname,
  // Relative: an exported folder may lie anywhere.
  base: "./",
  plugins: [noNode],
  worker: { format: "es", plugins: () => [noNode] },
  build: {
    outDir: resolve(import.meta.dirname, "../dist/web"),
    emptyOutDir: true,
    target: "es2022",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 2000,
  },
});
