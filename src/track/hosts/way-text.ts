/** MAC (48 bits; below 0 on links without) and TTL by which packets came, for people. */
export function wayText(mac: number, ttl: number): string {
  if (mac < 0) return `TTL ${ttl}`;
  const hex = mac.toString(16).padStart(12, "0");
  return `MAC ${hex.match(/../g)?.join(":") ?? hex}, TTL ${ttl}`;
}
