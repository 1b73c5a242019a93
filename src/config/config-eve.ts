import * as z from "zod";
import { EVE_TYPES } from "../emit/record-types.ts";
import { flag, text, whole } from "./config-fields.ts";

/** How EVE records are written. */
export const eveSection = () =>
  z.strictObject({
    types: z
      .array(z.enum(EVE_TYPES))
      .default(["alert", "incident", "case"])
      .meta({ description: `records to write: ${EVE_TYPES.join(", ")}` }),
    ipv6Compress: flag(
      false,
      "write IPv6 addresses in short form (2001:db8::1); Suricata's default is the long one",
    ),
    communityId: flag(
      false,
      "add community_id (version 1), which joins flows with Zeek's and Suricata's logs",
    ),
    communityIdSeed: whole(0, "seed", "seed of community_id", { max: 65_535 }),
    sensor: text("", "name of this sensor, written as host; empty leaves it out"),
    textMax: whole(2_048, "characters", "longer texts from packets are cut and end in ...", {
      min: 64,
      max: 65_535,
    }),
    statsIntervalS: whole(8, "seconds", "packet time between two stats records", {
      min: 1,
      max: 86_400,
    }),
    callAttemptsMax: whole(
      6_000,
      "records",
      "records of a minute for calls that nobody took, and for refused registrations; beyond them, and beyond a quarter from one source, they are counted in one record",
      { min: 1, max: 1_000_000 },
    ),
    homeCountry: text(
      "",
      "country of the site (ISO 3166, such as DE), so that call records know what nationally dialled numbers mean; empty: only those dialled with + or 00",
    ),
    rotateMib: whole(256, "MiB", "live: begin a new EVE file at this size; 0 never", {
      max: 1_048_576,
    }),
    rotateS: whole(0, "seconds", "live: begin a new EVE file at this age; 0 never", {
      max: 31_536_000,
    }),
    rotateKeep: whole(7, "files", "rotated EVE files that are kept; the oldest goes", {
      max: 10_000,
    }),
  });
