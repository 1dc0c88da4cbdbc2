// Bundles scripts and styles into the package's static folder. `--watch` rebuilds on change.
import * as esbuild from "esbuild";
import { copyFile, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const out = fileURLToPath(new URL("../src/linli/static/bundle", import.meta.url));
const watch = process.argv.includes("--watch");

await rm(out, { recursive: true, force: true });
await mkdir(out, { recursive: true });

const options = {
  entryPoints: { app: "src/app.js", style: "src/style.css" },
  bundle: true,
  splitting: true,
  format: "esm",
  target: ["es2022", "chrome109", "firefox115", "safari16"],
  minify: true,
  outdir: out,
  loader: { ".svg": "dataurl", ".woff2": "file" },
  logLevel: "warning",
};

// The map's worker has to be a file of its own: the content security policy allows no blob scripts.
await copyFile("node_modules/maplibre-gl/dist/maplibre-gl-worker.mjs", `${out}/maplibre-gl-worker.mjs`);

if (watch) {
  await (await esbuild.context(options)).watch();
} else {
  await esbuild.build(options);
  // What scripts load by these names is not packed when static files are collected, and it is most of the way to a map.
  const parts = (await readdir(out)).filter((name) => /-[A-Z0-9]{8}\.js$|\.mjs$/.test(name));
  for (const name of parts) await writeFile(`${out}/${name}.gz`, gzipSync(await readFile(`${out}/${name}`), { level: 9 }));
}
