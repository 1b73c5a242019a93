/** A byte order mark in UTF-8, which editors of Windows put before the first line. */
const MARK = Buffer.from([0xef, 0xbb, 0xbf]);

/** The bytes of a rule file as its readers take them. */
export interface RuleBytes {
  readonly bytes: Buffer;
  /** The file began with a byte order mark, which is left out. */
  readonly hadMark: boolean;
}

/**
 * Takes a byte order mark off. Suricata makes it a part of the first line, which then is neither a rule nor a
 * comment; whoever wrote the file cannot see it.
 */
export function withoutMark(bytes: Buffer): RuleBytes {
  const hadMark = bytes.subarray(0, MARK.length).equals(MARK);
  return { bytes: hadMark ? bytes.subarray(MARK.length) : bytes, hadMark };
}

/** Why no line of a file can be a rule, as the end of "cannot read FILE: ...", or "" when some may be. */
export function unreadableForm(bytes: Buffer): string {
  const [first, second] = bytes;
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff))
    return "it is UTF-16, save it as UTF-8";
  if (first === 0x1f && second === 0x8b) return "it is compressed (gzip), unpack it";
  if (first === 0x50 && second === 0x4b) return "it is an archive (zip), unpack it";
  const hasLines = bytes.includes(0x0a);
  const end = bytes.indexOf(0x0d);
  if (!hasLines && end >= 0 && end < bytes.length - 1)
    return "its lines end in a lone CR, save it with LF or CRLF";
  return "";
}
