import type { RecordHeader } from "../record-header.ts";

/** What a REGISTER changed (RFC 3261 10); the header's source is the phone, its destination the registrar. */
export interface RegistrationRecord extends RecordHeader {
  /** `moved`: known before, and now from another address or with another Contact. */
  readonly state: "registered" | "moved" | "removed" | "refused";
  readonly account: string;
  /** User and host of To. */
  readonly aor: string;
  readonly contact: string;
  readonly userAgent: string;
  /** Seconds that were asked for; 0 of what was removed or refused. */
  readonly expiresS: number;
  readonly code: number;
  readonly reason: string;
  /** Where the user was before; "" and 0 when nowhere. */
  readonly previousIp: string;
  readonly previousPort: number;
}

/** Registrations of one minute that are too many to be written one by one. */
export interface RegistrationCountRecord {
  /** End of the minute, packet time. */
  readonly timeUs: number;
  readonly startUs: number;
  readonly accepted: number;
  readonly refused: number;
  readonly sources: readonly { readonly ip: string; readonly calls: number }[];
}
