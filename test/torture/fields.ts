/** What RFC 4475 3.1.1 says that a message is: the fields by which a sensor follows it, as the text of the RFC has them. */
export interface Fields {
  /** Method, or status code. */
  readonly what: string;
  /** Of the request URI; "" of a response. */
  readonly uriUser: string;
  readonly from: string;
  readonly fromTag: string;
  readonly to: string;
  readonly toTag: string;
  readonly callId: string;
  readonly cseq: string;
  readonly via: string;
  readonly branch: string;
  readonly vias: number;
  readonly maxForwards: string;
  readonly bodyBytes: number;
}

const INTMETH_USER = "1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*";
const INTMETH_METHOD = "!interesting-Method0123456789_*+`.%indeed'~";
const COOKIE = "z9hG4bKkdjuw";

function fields(
  what: string,
  [uriUser, from, fromTag, to, toTag]: readonly [string, string, string, string, string],
  [callId, cseq, maxForwards, bodyBytes]: readonly [string, string, string, number],
  [via, branch, vias]: readonly [string, string, number],
): Fields {
  const names = { what, uriUser, from, fromTag, to, toTag, callId, cseq };
  return { ...names, via, branch, vias, maxForwards, bodyBytes };
}

/** By file name. */
export const VALID_FIELDS: Readonly<Record<string, Fields>> = {
  wsinv: fields(
    "INVITE",
    ["vivekg", "jdrosen@example.com", "98asjd8", "vivekg@chair-dnrc.example.com", "1918181833n"],
    ["wsinv.ndaksdj@192.0.2.1", "9 INVITE", "0068", 150],
    ["192.0.2.2", "390skdjuw", 3],
  ),
  intmeth: fields(
    INTMETH_METHOD,
    [INTMETH_USER, "mundane@example.com", "_token~1'+`*%!-.", `${INTMETH_USER}@example.com`, ""],
    [`intmeth.word%ZK-!.*_+'@word\`~)(><:\\/"][?}{`, `139122385 ${INTMETH_METHOD}`, "255", 0],
    ["host1.example.com", "z9hG4bK-.!%66*_+`'~", 1],
  ),
  esc01: fields(
    "INVITE",
    [
      "sips%3Auser%40example.com",
      "I%20have%20spaces@example.net",
      "938",
      "%75se%72@example.com",
      "",
    ],
    ["esc01.239409asdfakjkn23onasd0-3234", "234234 INVITE", "87", 150],
    ["host5.example.net", COOKIE, 1],
  ),
  escnull: fields(
    "REGISTER",
    ["", "null-%00-null@example.com", "839923423", "null-%00-null@example.com", ""],
    ["escnull.39203ndfvkjdasfkq3w4otrq0adsfdfnavd", "14398234 REGISTER", "70", 0],
    ["host5.example.com", COOKIE, 1],
  ),
  esc02: fields(
    // Not REGISTER: what is escaped in a method is its name (RFC 4475 3.1.1.5).
    "RE%47IST%45R",
    ["", "resource@example.com", "f232jadfj23", "resource@example.com", ""],
    ["esc02.asdfnqwo34rq23i34jrjasdcnl23nrlknsdf", "29344 RE%47IST%45R", "70", 0],
    ["host.example.com", "z9hG4bK209%fzsnel234", 1],
  ),
  lwsdisp: fields(
    "OPTIONS",
    ["user", "caller@example.com", "323", "user@example.com", ""],
    ["lwsdisp.1234abcd@funky.example.com", "60 OPTIONS", "70", 0],
    ["funky.example.com", COOKIE, 1],
  ),
  longreq: fields(
    "INVITE",
    [
      "user",
      `${"amazinglylongcallername".repeat(5)}@example.net`,
      `12${"982".repeat(50)}424`,
      "user@example.com",
      "",
    ],
    [`longreq.one${"really".repeat(20)}longcallid`, "3882340 INVITE", "70", 150],
    ["sip33.example.com", "", 34],
  ),
  dblreq: fields(
    "REGISTER",
    ["", "j.user@example.com", "43251j3j324", "j.user@example.com", ""],
    ["dblreq.0ha0isndaksdj99sdfafnl3lk233412", "8 REGISTER", "8", 0],
    ["192.0.2.125", "z9hG4bKkdjuw23492", 1],
  ),
  semiuri: fields(
    "OPTIONS",
    ["user;par=u%40example.net", "caller@example.org", "33242", "j_user@example.com", ""],
    ["semiuri.0ha0isndaksdj", "8 OPTIONS", "3", 0],
    ["192.0.2.1", COOKIE, 1],
  ),
  transports: fields(
    "OPTIONS",
    ["user", "caller@example.com", "323", "user@example.com", ""],
    ["transports.kijh4akdnaqjkwendsasfdj", "60 OPTIONS", "70", 0],
    ["t1.example.com", COOKIE, 5],
  ),
  mpart01: fields(
    "MESSAGE",
    ["kumiko", "fluffy@example.com", "2fb0dcc9", "kumiko@example.org", ""],
    ["3d9485ad0c49859b@Zmx1ZmZ5LW1hYy0xNi5sb2NhbA..", "1 MESSAGE", "70", 553],
    ["127.0.0.1", "z9hG4bK-d87543-4dade06d0bdb11ee-1--d87543-", 1],
  ),
  unreason: fields(
    "200",
    ["", "user@example.com", "11141343", "user@example.edu", "2229"],
    ["unreason.1234ksdfak3j2erwedfsASdf", "35 INVITE", "", 154],
    ["192.0.2.198", "z9hG4bK1324923", 1],
  ),
  noreason: fields(
    "100",
    ["", "user@example.com", "39ansfi3", "user@example.edu", "902jndnke3"],
    ["noreason.asndj203insdf99223ndf", "35 INVITE", "", 0],
    ["192.0.2.105", "z9hG4bK2398ndaoe", 1],
  ),
};
