/**
 * A Map that knows its oldest entry at constant cost. A plain Map does not: it keeps the holes of
 * deleted entries until it grows, and a fresh iterator walks all of them, so that taking the first
 * entry again and again costs the square of the size. Here one iterator lives on and passes each
 * hole once.
 */
export class AgedMap<K, V> {
  readonly #map = new Map<K, V>();
  #walk = this.#map.keys();
  /** The oldest key, when the walk has come to it. */
  #oldest: K | undefined;

  get size(): number {
    return this.#map.size;
  }

  get(key: K): V | undefined {
    return this.#map.get(key);
  }

  has(key: K): boolean {
    return this.#map.has(key);
  }

  /** A new key is the youngest; a known one keeps its age. */
  set(key: K, value: V): void {
    this.#map.set(key, value);
  }

  /** Makes an entry the youngest. */
  touch(key: K): void {
    const value = this.#map.get(key);
    if (value === undefined) return;
    this.delete(key);
    this.#map.set(key, value);
  }

  delete(key: K): boolean {
    if (key === this.#oldest) this.#oldest = undefined;
    return this.#map.delete(key);
  }

  clear(): void {
    this.#map.clear();
    this.#walk = this.#map.keys();
    this.#oldest = undefined;
  }

  /** The key that was added or touched longest ago; undefined when the map is empty. */
  oldestKey(): K | undefined {
    if (this.#oldest !== undefined || this.#map.size === 0) return this.#oldest;
    let { done, value } = this.#walk.next();
    if (done === true) {
      // A walk that met an empty map is over for good.
      this.#walk = this.#map.keys();
      ({ done, value } = this.#walk.next());
    }
    this.#oldest = value;
    return value;
  }

  /** What belongs to it. */
  oldest(): V | undefined {
    const key = this.oldestKey();
    return key === undefined ? undefined : this.#map.get(key);
  }

  /** Oldest first. For looking through all of it, not for taking the first. */
  entries(): IterableIterator<[K, V]> {
    return this.#map.entries();
  }

  values(): IterableIterator<V> {
    return this.#map.values();
  }
}
