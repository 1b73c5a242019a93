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

/** The same, and nothing that is given up when it costs too much. */
export function isDecidedByMethod(section: Asked): boolean {
  return isOnMethodAlone(section) && section.matches.every(({ kind }) => kind === "content");
}

export function holdsOnMethod({ bsize, matches }: Asked, method: string): boolean {
  const bytes = Buffer.from(method, "latin1");
  if (bsize !== null && !bsize.matches(bytes.length)) return false;
  const inspector = new BufferInspector();
  const holds = inspector.inspect(matches, bytes, 0, bytes.length);
  // What was given up is asked again, of each fact.
  return holds || inspector.isOverspent || inspector.limitReached > 0;
}
