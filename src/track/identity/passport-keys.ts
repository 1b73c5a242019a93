/** What a local certificate says of a signature. */
export const Verdict = { UNKNOWN: 0, RIGHT: 1, WRONG: 2, EXPIRED: 3 } as const;
export type Verdict = (typeof Verdict)[keyof typeof Verdict];

/**
 * Certificates of signers that the operator has (`policy.certificates`). A signature is checked in the same call, so that a replay
 * gives the same alerts; nothing is ever fetched.
 */
export interface PassportKeys {
  /** UNKNOWN when there is no certificate for that address. */
  verify(certificate: string, signed: string, signature: Buffer, timeUs: number): Verdict;
}
