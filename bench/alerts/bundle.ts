import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build, type Plugin } from "esbuild";

const SENSOR = fileURLToPath(new URL("sensor.ts", import.meta.url));
/** Beside the packages of the build, or they are not found. */
const PLACE = "node_modules/.cache/sipsentry-bench/sensor.mjs";

/**
 * `sensor.ts` with the sources of the checkout `dir` in it, as one file in its `node_modules/.cache`: run from the sources
 * by tsx, every function made on the way would be named, which is a cost that no build has. Returns its path.
 */
export async function bundleSensor(dir: string): Promise<string> {
  const outfile = join(dir, PLACE);
  await build({
    entryPoints: [SENSOR],
    outfile,
    bundle: true,
    format: "esm",
    platform: "node",
    target: "node20.20",
    packages: "external",
    logLevel: "error",
    plugins: [sourcesOf(dir)],
  });
  return outfile;
}

/** What the sensor imports comes from that checkout, and asks for its own place as if it were built. */
function sourcesOf(dir: string): Plugin {
  return {
    name: "sources",
    setup({ onLoad, onResolve }) {
      onResolve({ filter: /^\.\.\/\.\.\// }, ({ importer, path }) =>
        importer === SENSOR ? { path: placeIn(dir, path.slice("../../".length)) } : null,
      );
      onLoad({ filter: /\.ts$/ }, async ({ path }) => {
        const built = path.replace("/src/", "/dist/").replace(/\.ts$/, ".js");
        const url = path.endsWith("/base/package-root.ts") ? join(dir, "dist/main.js") : built;
        const text = await readFile(path, "utf8");
        const place = JSON.stringify(pathToFileURL(url).href);
        return { contents: text.replaceAll("import.meta.url", place), loader: "ts" };
      });
    },
  };
}

/** Where that checkout has the file: older ones have it one folder up, before `src/` was sorted into folders by subject. */
function placeIn(dir: string, path: string): string {
  const today = join(dir, path);
  return existsSync(today) ? today : join(dirname(dirname(today)), basename(today));
}
