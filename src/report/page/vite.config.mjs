// Bundles the report's page into one script, which the report carries inside its HTML.
import { resolve } from "node:path";
import { defineConfig } from "vite";

export default defineConfig({
  root: import.meta.dirname,
  build: {
    lib: {
      entry: resolve(import.meta.dirname, "main.ts"),
      formats: ["iife"],
      name: "tidemark",
      fileName: () => "page.js",
    },
    outDir: resolve(import.meta.dirname, "../../../dist/report"),
    // The TypeScript build writes into the same folder.
    emptyOutDir: false,
    target: "es2022",
    minify: true,
    sourcemap: false,
  },
});
