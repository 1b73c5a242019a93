import { describe, expect, it } from "vitest";
import { NO_HOST } from "../../../src/decode/host.ts";
import { hostKeyOfText, isPrivateText } from "../../../src/decode/host-text.ts";
import {
  isPrivateV4Host,
  isPublicV4Host,
  isSiteV4Host,
  placedHost,
} from "../../../src/decode/private-host.ts";

/** The first and the last address of each range, and their neighbours. */
const SITE = ["10.0.0.0", "10.255.255.255", "172.16.0.0", "172.31.255.255", "192.168.0.0"];
const LINK = ["169.254.0.0", "169.254.255.255"];
const CARRIER = ["100.64.0.0", "100.127.255.255"];
const PUBLIC = ["9.255.255.255", "11.0.0.0", "172.15.255.255", "172.32.0.0", "192.167.255.255"];
const BESIDE = ["192.169.0.0", "169.253.255.255", "169.255.0.0", "100.63.255.255", "100.128.0.0"];

function kindsOf(text: string, domain = 0): { site: boolean; private: boolean; public: boolean } {
  const host = placedHost(hostKeyOfText(text), domain);
  return { site: isSiteV4Host(host), private: isPrivateV4Host(host), public: isPublicV4Host(host) };
}

describe("what an address says of who has it", () => {
  it.each([...SITE, "192.168.255.255", ...LINK])("%s is of a site, in any domain", (text) => {
    expect(kindsOf(text)).toEqual({ site: true, private: true, public: false });
    expect(kindsOf(text, 3)).toEqual({ site: true, private: true, public: false });
    expect(isPrivateText(text)).toBe(true);
  });

  it.each(CARRIER)("%s is a carrier's customer (RFC 6598), in any domain", (text) => {
    expect(kindsOf(text)).toEqual({ site: false, private: true, public: false });
    expect(kindsOf(text, 3)).toEqual({ site: false, private: true, public: false });
    expect(isPrivateText(text)).toBe(true);
  });

  it.each([...PUBLIC, ...BESIDE])("%s is of the Internet", (text) => {
    expect(kindsOf(text)).toEqual({ site: false, private: false, public: true });
    expect(isPrivateText(text)).toBe(false);
  });

  it.each([
    ["fd00::1", true],
    ["fe80::1", true],
    ["febf::1", true],
    ["fec0::1", false],
    ["fbff::1", false],
    ["2001:db8::1", false],
  ])("%s: private by its text, %s; its key tells nothing", (text, isPrivate) => {
    expect(isPrivateText(text)).toBe(isPrivate);
    expect(kindsOf(text)).toEqual({ site: false, private: false, public: false });
  });

  it("no host is of none", () => {
    const all = [isSiteV4Host(NO_HOST), isPrivateV4Host(NO_HOST), isPublicV4Host(NO_HOST)];
    expect(all).toEqual([false, false, false]);
  });
});
