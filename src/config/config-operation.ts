import * as z from "zod";
import { choice, listenAt, text, whole } from "./config-fields.ts";

/** Options of how a sensor is run and looked after. */

export const metricsSection = () =>
  z.strictObject({
    listen: listenAt(
      "127.0.0.1:9790",
      "HOST:PORT of /metrics, /healthz, /readyz and /stats in live; empty turns them off",
    ),
  });

export const watchdogSection = () =>
  z.strictObject({
    dropsPercent: whole(
      1,
      "percent",
      "share of packets dropped in a minute that raises sensor.drops",
      {
        max: 100,
      },
    ),
    silenceS: whole(60, "seconds", "no packet for this long raises sensor.silent; 0 never", {
      max: 86_400,
    }),
  });

export const operationSection = () =>
  z.strictObject({
    user: text("", "user to become after the interfaces are open, when started as root"),
    group: text("", "group to become; empty is the user's own"),
    drainS: whole(3, "seconds", "a stop waits this long for network outputs", { max: 3_600 }),
    logFormat: choice(["text", "json"], "text", "messages on standard error"),
  });
