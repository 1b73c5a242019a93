import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { Messages } from "../../../src/commands/messages.ts";

let written = "";
beforeEach(() => {
  written = "";
  vi.spyOn(process.stderr, "write").mockImplementation((text) => {
    written += text;
    return true;
  });
});
afterEach(() => {
  vi.restoreAllMocks();
});

it("a message for people is one line, without what it is about", () => {
  new Messages().warn("eth0: gone", { interface: "eth0" });
  expect(written).toBe("sipsentry: eth0: gone\n");
});

it("a JSON line has level, time, pid, message and what it is about, and is written at once", () => {
  const messages = new Messages();
  messages.format = "json";
  messages.error("eth0: gone", { interface: "eth0", drops: 3 });
  const { time, ...rest } = JSON.parse(written) as Record<string, unknown>;
  expect(rest).toEqual({
    level: "error",
    pid: process.pid,
    interface: "eth0",
    drops: 3,
    msg: "eth0: gone",
  });
  expect(time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  expect(written.endsWith("}\n")).toBe(true);
});

it("neither form lets text from a packet steer a terminal or begin a line of its own", () => {
  const hostile = "a\u001b[2Jb\ncd\u009b2J\u202e %s %o";
  for (const format of ["text", "json"] as const) {
    const messages = new Messages();
    messages.format = format;
    messages.info(hostile, { output: hostile });
    expect(written.slice(0, -1)).not.toMatch(/[\0-\x1f\x7f-\x9f\u202e]|\\u00|\\n/);
    expect(written).toContain("a?[2Jb?cd");
    expect(written).toContain("%s %o");
    written = "";
  }
});

it("a line of a lower level than asked for is not written, in either form", () => {
  for (const format of ["text", "json"] as const) {
    const messages = new Messages();
    messages.format = format;
    messages.level = "warn";
    messages.info("no");
    messages.debug("no");
    expect(written).toBe("");
    messages.level = "debug";
    messages.debug("yes");
    expect(written).toContain("yes");
    written = "";
  }
});

it("what is drawn on the terminal makes room before a line, not after", () => {
  const messages = new Messages();
  messages.format = "json";
  messages.onWrite = () => {
    written += "|";
  };
  messages.info("x");
  expect(written).toMatch(/^\|\{/);
});
