import { isIPv6 } from "node:net";

export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

/** `HOST:PORT`, `[IPV6]:PORT`, or `:PORT` for 127.0.0.1; null for anything else. */
export function listenAddressOf(text: string): ListenAddress | null {
  const match = /^(?:\[([0-9A-Fa-f:.]{2,45})\]|([A-Za-z0-9._-]{0,253})):(\d{1,5})$/.exec(text);
  if (match === null) return null;
  const [, ipv6, name = "", digits] = match;
  const port = Number(digits);
  if (port > 65_535 || (ipv6 !== undefined && !isIPv6(ipv6))) return null;
  return { host: ipv6 ?? (name === "" ? "127.0.0.1" : name), port };
}

/** As it stands in an URL. */
export function listenText({ host, port }: ListenAddress): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}
