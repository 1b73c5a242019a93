import type { EveRecord } from "./eve-record.ts";
import { rfc3339 } from "./eve-record.ts";

type Fields = Record<string, unknown>;

/** Calls that nobody took, and registrations that were refused. */
const FAILURES: ReadonlySet<string> = new Set(["failed", "cancelled", "unanswered", "refused"]);

/** ECS `event` of a call or a registration; {} of other records. Empty fields are for the caller to leave out. */
export function callEvent(eve: EveRecord): Fields {
  const kind = kindOf(eve);
  if (kind === null) return {};
  const state = eve.text(kind, "state");
  return {
    // ECS allows no other types for what a network shows of a session.
    type: kind === "call" ? ["connection", ...edgeOf(state)] : ["info"],
    action: `${kind}_${state}`,
    outcome: state === "counted" ? "unknown" : FAILURES.has(state) ? "failure" : "success",
    reason: [eve.number(kind, "code"), eve.text(kind, "reason")].filter(Boolean).join(" "),
    start: rfc3339(
      eve.text(kind, "answered") || eve.text(kind, "setup") || eve.text(kind, "start"),
    ),
    end: rfc3339(eve.text(kind, "ended") || eve.text(kind, "end")),
  };
}

function edgeOf(state: string): string[] {
  if (state === "answered") return ["start"];
  return state === "ended" ? ["end"] : [];
}

/** A line for people; "" of other records. */
export function callMessage(eve: EveRecord): string {
  const kind = kindOf(eve);
  if (kind === null) return "";
  const state = eve.text(kind, "state");
  if (kind === "registration") return `registration of ${eve.text(kind, "aor") || "?"} ${state}`;
  const who = eve.text("call", "caller", "user") || eve.text("src_ip");
  const whom = eve.text("call", "number", "e164") || eve.text("call", "dialled");
  const seconds = eve.number("call", "duration");
  const length =
    seconds === undefined || state !== "ended" ? "" : ` after ${Math.round(seconds)} s`;
  return state === "counted"
    ? "calls beyond the limit"
    : `call from ${who} to ${whom || "?"} ${state}${length}`;
}

/** `user@server` that the record is about; "" of other records. */
export function callAccount(eve: EveRecord): string {
  return eve.text("call", "account") || eve.text("registration", "account");
}

export function callAgent(eve: EveRecord): string {
  return eve.text("call", "caller", "user_agent") || eve.text("registration", "user_agent");
}

/** Users and numbers that it names. */
export function callUsers(eve: EveRecord): string[] {
  return [
    eve.text("call", "caller", "user"),
    eve.text("call", "callee", "user"),
    eve.text("call", "dialled"),
    eve.text("call", "number", "e164"),
    eve.text("registration", "aor"),
  ];
}

function kindOf(eve: EveRecord): "call" | "registration" | null {
  const type = eve.text("event_type");
  return type === "call" || type === "registration" ? type : null;
}
