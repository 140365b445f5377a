import { defineConfig } from "vitest/config";

const json = process.env.VITEST_JSON;

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    benchmark: { include: ["bench/**/*.bench.ts"] },
    // Native addons (libsql) can take a thread pool down with them; forks isolate that.
    pool: "forks",
    // Vitest leaves a core free by itself: of two, half of the machine.
    maxWorkers: "100%",
    testTimeout: 60_000,
    hookTimeout: 60_000,
    reporters: json ? ["default", "json"] : ["default"],
    outputFile: json ? { json } : {},
  },
});
