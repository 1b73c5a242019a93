import { isIPv6 } from "node:net";

/** A receiver's place on the network. */
export interface HostPort {
  /** Name or address; an IPv6 address without its brackets. */
  readonly host: string;
  readonly port: number;
}

const HOST_PORT = /^(?:\[([0-9A-Fa-f:.%\w]{2,64})\]|([A-Za-z0-9._-]{1,253}))(?::(\d{1,5}))?$/;

/** Reads `HOST`, `HOST:PORT` or `[IPv6]:PORT`; a text that says what is wrong when it is none of these. */
export function parseHostPort(text: string, defaultPort: number): HostPort | string {
  if (text.includes("@")) return "a login does not belong here; it goes into the configuration";
  if (isIPv6(text)) return `put the IPv6 address in brackets: [${text}]:${defaultPort}`;
  const match = HOST_PORT.exec(text);
  const [, address, name, digits] = match ?? [];
  const host = address ?? name;
  if (host === undefined || (address !== undefined && !isIPv6(address))) {
    return text === ""
      ? "the host is missing"
      : `"${text}" is no HOST:PORT; an IPv6 address is written [::1]:${defaultPort}`;
  }
  const port = digits === undefined ? defaultPort : Number(digits);
  if (port < 1 || port > 65_535) return `port ${port} is not within 1 to 65535`;
  return { host, port };
}

/** As `parseHostPort` reads it. */
export function hostPortText({ host, port }: HostPort): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}
