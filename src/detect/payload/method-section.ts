import { SIP_METHOD_NAMES } from "../../decode/sip/methods.ts";
import type { BufferSection } from "../rules/signature.ts";
import { BufferInspector } from "./buffer-inspector.ts";
import { BufferId } from "./buffers.ts";

type Asked = Omit<BufferSection, "isDecidedByMethod">;

/** What the section asks for depends on the method and on nothing else. */
export function isOnMethodAlone({ absent, buffer, matches, transforms }: Asked): boolean {
  return (
    buffer === BufferId.SIP_METHOD &&
    absent === "no" &&
    transforms.length === 0 &&
    matches.every(
      (match) => match.kind === "pcre" || (match.kind === "content" && match.variables === null),
    )
  );
}

/** The same, and on no known method is it given up because it costs too much. */
export function isDecidedByMethod(section: Asked): boolean {
  return (
    isOnMethodAlone(section) &&
    SIP_METHOD_NAMES.every((method) => verdictOn(section, method) !== "given up")
  );
}

/** What was given up is asked again, of each fact. */
export function holdsOnMethod(section: Asked, method: string): boolean {
  return verdictOn(section, method) !== "fails";
}

function verdictOn({ bsize, matches }: Asked, method: string): "holds" | "fails" | "given up" {
  const bytes = Buffer.from(method, "latin1");
  if (bsize !== null && !bsize.matches(bytes.length)) return "fails";
  const inspector = new BufferInspector();
  if (inspector.inspect(matches, bytes, 0, bytes.length)) return "holds";
  return inspector.isOverspent || inspector.limitReached > 0 ? "given up" : "fails";
}
