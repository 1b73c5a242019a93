import { expect, it } from "vitest";
import { AddressNotes } from "../../../../src/emit/addresses/address-notes.ts";
import { eveAddresses } from "../../../../src/emit/addresses/eve-addresses.ts";
import { MacVendors } from "../../../../src/emit/addresses/mac-vendors.ts";
import { countryDatabase } from "../../../support/mmdb-writer.ts";
import { SETTINGS } from "../records.ts";

it("knows makers of telephones, and what a list of the IEEE or of Wireshark adds", () => {
  const vendors = new MacVendors();
  expect(vendors.of("80:5e:c0:12:34:56")).toBe("Yealink");
  expect(vendors.of("02:00:00:00:00:01")).toBe("");
  const list = [
    "02-00-00   (hex)\t\tExample Inc.",
    'MA-L,030000,"Quoted, Ltd.",somewhere',
    "04:00:00\tShort\tLong Name",
    "# a comment",
    "MA-S,70B3D5001,Somebody",
  ];
  expect(vendors.add(list.join("\n"))).toBe(3);
  const of = ["02", "03", "04"].map((first) => vendors.of(`${first}:00:00:00:00:01`));
  expect(of).toEqual(["Example Inc.", "Quoted, Ltd.", "Long Name"]);
});

it("notes what is known of an address, and nothing of others", () => {
  const notes = new AddressNotes({
    country: countryDatabase({ "203.0.113.0/24": "NL" }),
    asn: null,
    vendors: new MacVendors(),
    macOf: (ip) => (ip === "10.0.0.1" ? "80:5e:c0:00:00:01" : ""),
  });
  notes.learnName("203.0.113.7", "gw.example");
  const settings = { ...SETTINGS, notes: (ip: string) => notes.of(ip) };
  const text = eveAddresses(["203.0.113.7", "10.0.0.1", "198.51.100.1", "10.0.0.1", ""], settings);
  expect(JSON.parse(`{${text.slice(1)}}`)).toEqual({
    addresses: [
      { ip: "203.0.113.7", country: "NL", name: "gw.example" },
      { ip: "10.0.0.1", mac: "80:5e:c0:00:00:01", vendor: "Yealink" },
    ],
  });
  expect(eveAddresses(["198.51.100.1"], settings)).toBe("");
  expect(eveAddresses(["203.0.113.7"], SETTINGS)).toBe("");
  expect(() => new AddressNotes({ ...notesOf(Buffer.from("no database")) })).toThrow();
});

it("notes the MAC of a device once it is known, and a name whenever it is learned", () => {
  let mac = "";
  const notes = new AddressNotes({
    ...{ country: null, asn: null, vendors: new MacVendors() },
    macOf: (ip) => (ip.startsWith("10.") ? mac : null),
  });
  expect(notes.of("10.0.0.1")).toBeNull();
  mac = "80:5e:c0:00:00:01";
  expect(notes.of("10.0.0.1")).toMatchObject({ mac, vendor: "Yealink", name: "" });
  expect(notes.of("203.0.113.7")).toBeNull();
  notes.learnName("203.0.113.7", "gw.example");
  notes.learnName("10.0.0.1", "phone.example");
  expect(notes.of("203.0.113.7")).toMatchObject({ name: "gw.example", mac: "" });
  expect(notes.of("10.0.0.1")).toMatchObject({ mac, name: "phone.example" });
});

function notesOf(country: Buffer) {
  return { country, asn: null, vendors: new MacVendors(), macOf: () => "" };
}
