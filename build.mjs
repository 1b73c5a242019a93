import { deepStrictEqual } from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { build, transform } from "esbuild";
import { tsImport } from "tsx/esm/api";

/**
 * `npm run build`: the program as few files as can be in `dist/` (`--outdir DIR` for another place), because loading
 * hundreds of modules took most of the time of a small replay: what starts it (`main.js`), the program as one script of which
 * compiled code can be kept (src/commands/compiled-program.ts), and the delivery thread. What package.json lists under `dependencies`
 * stays outside; all other packages go in, with their licences beside.
 */
const { values } = parseArgs({ options: { outdir: { type: "string", default: "dist" } } });
const { outdir } = values;
const root = import.meta.dirname;
const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
const outside = Object.keys({ ...manifest.dependencies, ...manifest.optionalDependencies });

rmSync(outdir, { recursive: true, force: true });
const options = {
  absWorkingDir: root,
  outdir,
  bundle: true,
  platform: "node",
  target: "node20.20",
  sourcemap: true,
  external: outside.flatMap((name) => [name, `${name}/*`]),
  legalComments: "none",
  metafile: true,
  logLevel: "warning",
};
const modules = await build({
  ...options,
  entryPoints: ["src/main.ts", "src/emit/delivery/delivery-thread.ts"],
  entryNames: "[name]",
  chunkNames: "[name]-[hash]",
  splitting: true,
  format: "esm",
  // For the CommonJS packages among those that go in.
  banner: {
    js: 'import { createRequire as requireOf } from "node:module"; const require = requireOf(import.meta.url);',
  },
});
/** Takes the place of the hash in the first line until all that follows is there. */
const NO_HASH = "0".repeat(32);
const script = await build({
  ...options,
  entryPoints: ["src/commands/program.ts"],
  entryNames: "[name]",
  format: "cjs",
  define: {
    "import.meta.url": "scriptUrl",
    BUILT_DEFAULTS: JSON.stringify(await builtDefaults()),
  },
  // The sources alone, which are modules, ask where they are otherwise.
  logOverride: { "empty-import-meta": "silent" },
  banner: {
    js: `(function (exports, require, module, scriptPath) { "use strict"; // ${NO_HASH}
const scriptUrl = require("node:url").pathToFileURL(scriptPath).href;`,
  },
  footer: { js: "})" },
});
const outputs = { ...modules.metafile.outputs, ...script.metafile.outputs };
refuseLateModules(join(outdir, "program.js"));
for (const path of Object.keys(outputs))
  if (path.endsWith(".js")) await restoreConstants(join(root, path));
signScript(join(outdir, "program.js"));
// The manual page comes from the commands themselves; `npm install -g` links it.
writeFileSync(
  join(outdir, "sipsentry.1"),
  execFileSync(process.execPath, [join(outdir, "main.js"), "man"]),
);
writeFileSync(
  join(outdir, "THIRD-PARTY-LICENSES.txt"),
  licences(Object.keys({ ...modules.metafile.inputs, ...script.metafile.inputs })),
);

/**
 * In one script, `import()` of a module makes variables that are filled in later of it and of all that it imports, down to `base/`,
 * which `restoreConstants` cannot cure. Packages are loaded later by `loadLater`.
 */
function refuseLateModules(path) {
  const [, late] = /= __esm\(\{\s*"(.+?)"/.exec(readFileSync(path, "utf8")) ?? [];
  if (late !== undefined) throw new Error(`${late} is imported by import(); import it at the top`);
}

/**
 * Makes constants of a module `const` again, which esbuild turns into `var`: V8 compiles what a `const` holds (a table,
 * a number, a class) into the code that uses it, and reads and checks a `var` each time. Not of what some code assigns.
 */
async function restoreConstants(path) {
  const declaration = /^var (?=([\w$]+) = )/gm;
  const code = readFileSync(path, "utf8");
  const { warnings } = await transform(code.replaceAll(declaration, "const "), {
    logLevel: "silent",
  });
  const assigned = new Set(
    warnings.flatMap(({ id, text }) =>
      id === "assign-to-constant" ? text.match(/"(.+)"/)?.[1] : [],
    ),
  );
  const restored = code.replaceAll(declaration, (word, name) =>
    assigned.has(name) ? word : "const ",
  );
  // In texts esbuild escapes them. One in a comment is enough for V8 to keep the whole source with two bytes a character.
  const inAscii = (comment) => comment.replaceAll(/[^\0-\x7f]/g, "?");
  writeFileSync(path, restored.replaceAll(/^\s*\/\/.*$/gm, inAscii));
}

/** The configuration of a start without any, as JSON: to make the schema takes longer than to read that. */
async function builtDefaults() {
  const { defaultConfig } = await tsImport("./src/config/config.ts", import.meta.url);
  const config = defaultConfig();
  const json = JSON.stringify(config);
  deepStrictEqual(JSON.parse(json), config);
  return json;
}

/** Puts the hash of a script into its first line: V8 takes any source of the same length for the one that it has compiled. */
function signScript(path) {
  const code = readFileSync(path, "utf8");
  const hash = createHash("sha256").update(code).digest("hex").slice(0, NO_HASH.length);
  writeFileSync(path, code.replace(NO_HASH, hash));
}

/** Licence texts of the packages that files were taken from. */
function licences(inputs) {
  const folders = inputs.flatMap((path) => path.match(/^.*node_modules\/(?:@[^/]+\/)?[^/]+/) ?? []);
  const texts = [...new Set(folders)].sort().map((folder) => {
    const files = readdirSync(join(root, folder)).filter((name) => /^licen[cs]e/i.test(name));
    if (files.length === 0) throw new Error(`${folder} has no licence file`);
    const { name, version } = JSON.parse(readFileSync(join(root, folder, "package.json"), "utf8"));
    const text = files.map((file) => readFileSync(join(root, folder, file), "utf8").trim());
    return `${name} ${version}\n\n${text.join("\n\n")}\n`;
  });
  return texts.join(`\n${"-".repeat(80)}\n\n`);
}
