/**
 * Number of each of up to 127 names, counted up from `first`: the constants of what a table lists. By way of JSON because V8 makes
 * a hash table of an object that is filled key by key, and then each use of a constant is a search in it.
 */
export function numbersOf<K extends string>(
  names: readonly K[],
  first: number,
): { readonly [N in K]: number } {
  const entries = names.map((name, index) => [name, first + index] as const);
  return JSON.parse(JSON.stringify(Object.fromEntries(entries)));
}
