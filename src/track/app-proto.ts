/** What a flow carries, once it is known (EVE `app_proto`). */
export const AppProto = {
  UNKNOWN: 0,
  SIP: 1,
  RTP: 2,
  RTCP: 3,
  STUN: 4,
  DTLS: 5,
} as const;
export type AppProto = (typeof AppProto)[keyof typeof AppProto];

/** By number; empty while it is unknown. */
export const APP_PROTO_NAMES: readonly string[] = ["", "sip", "rtp", "rtcp", "stun", "dtls"];
