// The command as few files: what tsc wrote and the libraries in JavaScript, one file for each verb and
// for what several verbs share. Node takes a millisecond to load a module, and there are 700 of them.
// Worker threads and child processes run the modules of dist/ as they are.
import { join, relative, sep } from "node:path";
import { build } from "vite";

/** With native code, or looked for by a path of their own. */
const AS_THEY_ARE = ["libsql", "onnxruntime-node", "onnxruntime-web", "sharp", "webgpu"];

export async function bundle(root) {
  const dist = join(root, "dist");
  const out = join(dist, "bundle");
  const slashes = (path) => path.split(sep).join("/");
  const isOurs = (id) => slashes(id).startsWith(`${slashes(dist)}/`);
  await build({
    configFile: false,
    root,
    logLevel: "warn",
    plugins: [
      {
        name: "own-places",
        // A module finds data, workers and child processes beside itself: it keeps its old address.
        transform(code, id) {
          if (!isOurs(id) || !code.includes("import.meta.url")) return null;
          const place = JSON.stringify(slashes(relative(out, id)));
          const url = `new URL(${place}, import.meta.url).href`;
          return { code: code.replaceAll("import.meta.url", url), map: null };
        },
      },
    ],
    ssr: { noExternal: true, external: AS_THEY_ARE },
    build: {
      ssr: join(dist, "cli/main.js"),
      outDir: out,
      emptyOutDir: true,
      target: "node20",
      minify: false,
      license: { fileName: "licenses.md" },
      rolldownOptions: {
        // No module of ours is there for what it does when it is imported.
        treeshake: { moduleSideEffects: (id) => !isOurs(id) },
        output: { entryFileNames: "tidemark.js", chunkFileNames: "[name]-[hash].js" },
      },
    },
  });
}
