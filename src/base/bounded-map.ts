import { AgedMap } from "./aged-map.ts";

/**
 * A Map that never holds more than `capacity` entries: adding one to a full map evicts the oldest
 * (the one longest untouched). Evictions are counted, so that a limit that bites is visible.
 */
export class BoundedMap<K, V> {
  readonly capacity: number;
  evictions = 0;
  readonly #map = new AgedMap<K, V>();
  readonly #onEvict: ((value: V, key: K) => void) | undefined;

  constructor(capacity: number, onEvict?: (value: V, key: K) => void) {
    this.capacity = capacity;
    this.#onEvict = onEvict;
  }

  get size(): number {
    return this.#map.size;
  }

  get(key: K): V | undefined {
    return this.#map.get(key);
  }

  set(key: K, value: V): void {
    if (this.#map.size >= this.capacity && !this.#map.has(key)) this.#evictOldest();
    this.#map.set(key, value);
  }

  /** Makes an entry the youngest. Call it when the entry matters, not for each packet. */
  touch(key: K): void {
    this.#map.touch(key);
  }

  delete(key: K): boolean {
    return this.#map.delete(key);
  }

  /** Oldest first. Deleting while iterating is allowed. */
  entries(): IterableIterator<[K, V]> {
    return this.#map.entries();
  }

  values(): IterableIterator<V> {
    return this.#map.values();
  }

  #evictOldest(): void {
    const key = this.#map.oldestKey();
    if (key === undefined) return;
    const value = this.#map.get(key);
    this.#map.delete(key);
    this.evictions++;
    if (value !== undefined) this.#onEvict?.(value, key);
  }
}
