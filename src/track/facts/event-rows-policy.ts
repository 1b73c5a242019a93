import type { EventRow } from "./event-row.ts";

/**
 * What a site has declared and does not hold, and what everybody would want to know of their telephony once (`policy:` in the
 * configuration). Each is raised once in 24 hours for the same hosts, or server. How phones are set up for SRTP (keys, fingerprints,
 * what is refused or not taken) is told once for their server, or for the network in which they call each other directly.
 */
export const POLICY_ROWS = {
  POLICY_CLEAR_SIP: {
    name: "policy.clear_sip",
    about: "SIP that everybody on the way can read, to or from an address of policy.secure",
  },
  POLICY_CLEAR_RTP: {
    name: "policy.clear_rtp",
    about: "an answer that agrees on audio without SRTP, from or to an address of policy.secure",
  },
  POLICY_KEYS_IN_CLEAR: {
    name: "policy.keys_in_clear",
    about: "keys of SRTP (a=crypto, RFC 4568 7) in signalling that everybody on the way can read",
  },
  POLICY_FINGERPRINT_IN_CLEAR: {
    name: "policy.fingerprint_in_clear",
    about:
      "the fingerprint of DTLS-SRTP (RFC 5763 7.1) in signalling that somebody on the way could change",
  },
  POLICY_SRTP_DOWNGRADED: {
    name: "policy.srtp_downgraded",
    about: "SRTP was offered and audio without it answered",
    value: "2 although the offer left no choice (RTP/SAVP), 1 where it did (RFC 8643)",
  },
  POLICY_SRTP_REFUSED: {
    name: "policy.srtp_refused",
    about: "an offer of SRTP met 415, 488 or 606",
    value: "status code",
  },
  POLICY_CODEC: {
    name: "policy.codec",
    about: "an answer agrees on a codec that is not in policy.codecs",
  },
  POLICY_WEAK_DIGEST: {
    name: "policy.weak_digest",
    about:
      "a challenge with MD5, or without qop, so that a digest can be used again (RFC 7616, RFC 8760)",
  },
  POLICY_FOREIGN_DOMAIN: {
    name: "policy.foreign_domain",
    about: "INVITE or REGISTER for a domain that is not in policy.domains was accepted",
    value: "status code",
  },
  POLICY_UNKNOWN_PEER: {
    name: "policy.unknown_peer",
    about: "a host that is not in policy.trunks was served at a port of policy.trunkPorts",
    value: "status code",
  },
  POLICY_UNSIGNED_CALL: {
    name: "policy.unsigned_call",
    about: "a call without Identity from an address of policy.signed",
  },
  POLICY_USERS_LEAK: {
    name: "policy.users_leak",
    about:
      "a registrar tells a client without credentials which users of a domain exist: 404 for some, a challenge for others; once for each server",
  },
  POLICY_WEAK_TLS: {
    name: "policy.weak_tls",
    about:
      "a server of SIP over TLS, or of DTLS, chooses a version below 1.2 or a weak cipher (RFC 9325): none, for export, RC4, DES, 3DES, without certificate",
  },
  POLICY_TLS_CLIENT: {
    name: "policy.tls_client",
    about:
      "the kind of a client of SIP over TLS, or of DTLS (JA4), and the name of the server that it asks for, with or without ECH; once for each kind and server",
  },
  POLICY_TLS_SERVER: {
    name: "policy.tls_server",
    about:
      "what a server of SIP over TLS shows: version, cipher suite, whose certificate, whether it asks clients for theirs (mTLS); the last two up to TLS 1.2 only",
    value: "version that it chose: 771 is TLS 1.2, 772 TLS 1.3",
  },
  POLICY_CERTIFICATE: {
    name: "policy.certificate",
    about:
      "the certificate of a server of SIP over TLS is expired, not yet valid, or signed by itself; up to TLS 1.2, where it can be read",
    value: "1 signed by itself, 2 out of its time, 3 both",
  },
  POLICY_CLEAR_PROVISIONING: {
    name: "policy.clear_provisioning",
    about:
      "a phone's configuration, as its file is called, goes by TFTP or HTTP so that everybody on the way can read it; once for each server",
    value: "2 when a password was in it or in the request, else 1",
  },
  POLICY_LEGACY_PROTOCOL: {
    name: "policy.legacy_protocol",
    about:
      "MGCP, H.323 (H.225 RAS, H.225 over TCP), SCCP or IAX2 goes by on its port; this sensor reads none of them",
  },
} as const satisfies Record<string, EventRow>;
