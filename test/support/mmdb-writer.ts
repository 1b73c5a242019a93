import ipaddr from "ipaddr.js";

/** Writes small MaxMind DB files (its format specification, version 2.0): no database of that kind may be kept here. */

const RECORD_BYTES = 3;
const SEPARATOR_BYTES = 16;
const MARKER = Buffer.from("\xab\xcd\xefMaxMind.com", "latin1");

type Value = string | number | { readonly [key: string]: Value };

interface Node {
  readonly ends: (Node | number | null)[];
}

/** An MMDB of IPv6 with these networks (CIDR) and their country codes. */
export function countryDatabase(networks: Readonly<Record<string, string>>): Buffer {
  const root: Node = { ends: [null, null] };
  const data: Buffer[] = [];
  let dataBytes = 0;
  for (const [network, code] of Object.entries(networks)) {
    add(root, network, dataBytes);
    const record = encode({ country: { iso_code: code } });
    data.push(record);
    dataBytes += record.length;
  }
  const nodes = numbered(root);
  const tree = Buffer.alloc(2 * RECORD_BYTES * nodes.length);
  for (const [i, node] of nodes.entries()) {
    for (const [side, end] of node.ends.entries()) {
      const value =
        end === null
          ? nodes.length
          : typeof end === "number"
            ? nodes.length + SEPARATOR_BYTES + end
            : nodes.indexOf(end);
      tree.writeUIntBE(value, (2 * i + side) * RECORD_BYTES, RECORD_BYTES);
    }
  }
  const metadata = {
    binary_format_major_version: 2,
    binary_format_minor_version: 0,
    build_epoch: 1,
    database_type: "Test-Country",
    ip_version: 6,
    node_count: nodes.length,
    record_size: 8 * RECORD_BYTES,
  };
  return Buffer.concat([tree, Buffer.alloc(SEPARATOR_BYTES), ...data, MARKER, encode(metadata)]);
}

function add(root: Node, network: string, offset: number): void {
  const [address, prefix] = ipaddr.parseCIDR(network);
  const isV4 = address.kind() === "ipv4";
  // IPv4 lies at ::/96.
  const bytes = isV4
    ? [...new Array<number>(12).fill(0), ...address.toByteArray()]
    : address.toByteArray();
  const length = isV4 ? 96 + prefix : prefix;
  let node = root;
  for (let bit = 0; bit < length; bit++) {
    const side = ((bytes[bit >> 3] as number) >> (7 - (bit & 7))) & 1;
    if (bit === length - 1) {
      node.ends[side] = offset;
      return;
    }
    let next = node.ends[side];
    if (next === null || typeof next !== "object") {
      next = { ends: [null, null] };
      node.ends[side] = next;
    }
    node = next as Node;
  }
}

function numbered(root: Node): Node[] {
  const nodes = [root];
  for (const node of nodes)
    for (const end of node.ends) if (end !== null && typeof end === "object") nodes.push(end);
  return nodes;
}

function encode(value: Value): Buffer {
  if (typeof value === "string") {
    const text = Buffer.from(value);
    return Buffer.concat([Buffer.from([(2 << 5) | text.length]), text]);
  }
  if (typeof value === "number") {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(value);
    return Buffer.concat([Buffer.from([(6 << 5) | 4]), bytes]);
  }
  const entries = Object.entries(value);
  const parts = entries.flatMap(([key, inner]) => [encode(key), encode(inner)]);
  return Buffer.concat([Buffer.from([(7 << 5) | entries.length]), ...parts]);
}
