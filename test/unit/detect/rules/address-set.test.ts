import fc from "fast-check";
import ipaddr from "ipaddr.js";
import { describe, expect, it } from "vitest";
import { hostKeyOfText } from "../../../../src/decode/host-text.ts";
import { type AddressSet, parseAddressSet } from "../../../../src/detect/rules/address-set.ts";
import { parsePortSet } from "../../../../src/detect/rules/port-set.ts";
import { DEFAULT_VARIABLES } from "../../../../src/detect/rules/variables.ts";

function addresses(text: string, variables: Record<string, string> = {}): AddressSet {
  return parseAddressSet({ text, at: 0 }, { ...DEFAULT_VARIABLES.addresses, ...variables });
}

function has(set: AddressSet, text: string): boolean {
  return set.matches(hostKeyOfText(text), Uint8Array.from(ipaddr.parse(text).toByteArray()), 0);
}

describe("address expressions", () => {
  it.each([
    ["any", ["1.2.3.4", "2001:db8::1"], []],
    ["10.0.0.1", ["10.0.0.1"], ["10.0.0.2", "2001:db8::1"]],
    ["10.1.2.3/16", ["10.1.0.0", "10.1.255.255"], ["10.0.255.255", "10.2.0.0"]],
    ["10.1.2.3/255.255.0.0", ["10.1.0.0", "10.1.255.255"], ["10.2.0.0"]],
    ["10.0.0.5-10.0.0.9", ["10.0.0.5", "10.0.0.9"], ["10.0.0.4", "10.0.0.10"]],
    ["[10.0.0.0/8,!10.1.0.0/16]", ["10.0.0.1", "10.2.0.0"], ["10.1.2.3", "11.0.0.0"]],
    ["2001:db8::/32", ["2001:db8::1", "2001:db8:ffff::"], ["2001:db9::", "10.0.0.1"]],
    ["[2001:db8::/32, 10.0.0.1]", ["2001:db8::1", "10.0.0.1"], ["10.0.0.2"]],
    ["!10.0.0.1", ["10.0.0.2", "0.0.0.0", "255.255.255.255"], ["10.0.0.1", "2001:db8::1"]],
    ["$HOME_NET", ["192.168.1.1", "172.16.0.1", "fd00::1"], ["8.8.8.8", "2001:db8::1"]],
    ["$EXTERNAL_NET", ["8.8.8.8", "2001:db8::1"], ["192.168.1.1", "fd00::1"]],
    ["!$EXTERNAL_NET", ["192.168.1.1", "fd00::1"], ["8.8.8.8"]],
    ["[any,!10.0.0.0/8]", ["9.9.9.9", "2001:db8::1"], ["10.0.0.1"]],
  ])("%s", (text, inside, outside) => {
    const set = addresses(text);
    expect(inside.filter((address) => !has(set, address))).toEqual([]);
    expect(outside.filter((address) => has(set, address))).toEqual([]);
  });

  it.each([
    ["!any", "covers the whole address space"],
    ["[10.0.0.1,!10.0.0.1]", "no address is left"],
    ["[10.0.0.0/8,!11.0.0.0/8]", "not all IPv4 negations could be applied"],
    ["[10.0.0.1", "properly closed"],
    ["$LOOP", "refers to itself"],
    ["$EMPTY", "is empty"],
    ["10.0.0.9-10.0.0.1", "not an address range"],
    ["10.0.0.0/33", "no valid netmask"],
    ["10.0.0.0/255.0.255.0", "no valid netmask"],
    ["10.0.0.1,10.0.0.2", "needs brackets"],
    ["!!10.0.0.1", "doubled negation"],
    [`${"[".repeat(70)}10.0.0.1${"]".repeat(70)}`, "nested"],
    ["256.1.1.1", "is not an IP address"],
  ])("refuses %s", (text, message) => {
    expect(() => addresses(text, { LOOP: "[$LOOP]", EMPTY: "" })).toThrow(message);
  });

  it("means union of positives minus union of negatives (property, IPv4)", () => {
    const network = fc.record({
      base: fc.integer({ min: 0, max: 255 }),
      prefix: fc.integer({ min: 24, max: 32 }),
      negated: fc.boolean(),
    });
    fc.assert(
      fc.property(
        fc.array(network, { minLength: 1, maxLength: 6 }),
        fc.integer({ min: 0, max: 255 }),
        (parts, probe) => {
          const text = `[${parts.map(({ base, prefix, negated }) => `${negated ? "!" : ""}10.0.0.${base}/${prefix}`).join(",")}]`;
          let set: AddressSet;
          try {
            set = addresses(text);
          } catch {
            return;
          }
          const covers = ({ base, prefix }: { base: number; prefix: number }) =>
            base >> (32 - prefix) === probe >> (32 - prefix);
          const positives = parts.filter(({ negated }) => !negated);
          const expected =
            (positives.length === 0 || positives.some(covers)) &&
            !parts.filter(({ negated }) => negated).some(covers);
          expect(has(set, `10.0.0.${probe}`)).toBe(expected);
        },
      ),
    );
  });
});

describe("port expressions", () => {
  const ports = (text: string) =>
    parsePortSet({ text, at: 0 }, { ...DEFAULT_VARIABLES.ports, LOW: ":1023" });

  it.each([
    ["any", [0, 65535], []],
    ["5060", [5060], [5059, 5061]],
    ["5060:5061", [5060, 5061], [5059, 5062]],
    ["1024:", [1024, 65535], [1023]],
    [":1023", [0, 1023], [1024]],
    ["!5060", [5059, 5061], [5060]],
    ["[5060,5062:5064,!5063]", [5060, 5062, 5064], [5061, 5063]],
    ["$SIP_PORTS", [5060, 5061], [5062]],
    ["!$SIP_PORTS", [5059, 5062], [5060, 5061]],
    ["[$SIP_PORTS, $LOW]", [80, 5061], [2000]],
  ])("%s", (text, inside, outside) => {
    const set = ports(text);
    expect(inside.filter((port) => !set.matches(port))).toEqual([]);
    expect(outside.filter((port) => set.matches(port))).toEqual([]);
  });

  it.each([
    ["70000", "is not a port"],
    ["a", "is not a port"],
    ["9:1", "above its last"],
    ["1:!9", "negation in a range"],
    ["!any", "no port is left"],
    ["[5060,!5060]", "no port is left"],
    ["$NOPE", "not defined"],
  ])("refuses %s", (text, message) => {
    expect(() => ports(text)).toThrow(message);
  });

  it("takes a negation that removes nothing, as Suricata does, and says so", () => {
    const said: string[] = [];
    const token = { text: "[5060,5062,!5061]", at: 0 };
    const set = parsePortSet(token, DEFAULT_VARIABLES.ports, (text) => said.push(text));
    expect([5060, 5061, 5062].map((port) => set.matches(port))).toEqual([true, false, true]);
    expect(said).toEqual(['the port negation "!5061" removes nothing']);
  });
});
