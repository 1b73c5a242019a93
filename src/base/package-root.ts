/** False under tsx and vitest, which run the sources. */
export const IS_BUILT = import.meta.url.endsWith(".js");

/** Folder of the package. Built, all modules lie in `dist`, whatever folder of `src` they come from. */
export const PACKAGE_ROOT = new URL(IS_BUILT ? "../" : "../../", import.meta.url);

/** Where the built modules lie. */
export const BUILT_FOLDER = new URL("./", import.meta.url);
