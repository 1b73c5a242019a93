/** How a feature of messages behaves that carries nothing. */
export const Habit = {
  /** Software writes it one way: each change from one message to the next counts. */
  FIXED: 0,
  /** It takes few values: each that was not seen before counts. */
  FEW: 1,
  /** Some write it one way, some anew each time: values count once it was the same for `LEARNT_AFTER` messages. */
  LEARNT: 2,
} as const;
export type Habit = (typeof Habit)[keyof typeof Habit];

interface FeatureRow {
  readonly habit: Habit;
  readonly what: string;
  /** As many of `WINDOW` messages of one kind break the habit: a fact. */
  readonly oddMin: number;
}

const CHANGES_MIN = 10;
/** A border that hands Call-IDs on and hides the software makes one sender of two devices of a user. */
const LETTERS_MIN = 16;
/** Random numbers without leading zeros, and several of them in one token, have up to six lengths. */
const LENGTHS_MIN = 10;
const LEARNT_MIN = 6;
/** One account for all of an office shows as many makers, and ways through the network. */
const KINDS_MIN = 8;

/**
 * What is compared from message to message of one sender, all of one method, with the same headers, inside or outside a dialog. The
 * numbers say what real phones, proxies and servers stay below, also where one address forwards for many.
 */
const ROWS = {
  ORDER: { habit: Habit.FIXED, what: "order of the headers", oddMin: CHANGES_MIN },
  SPELLING: { habit: Habit.FIXED, what: "names of the headers", oddMin: CHANGES_MIN },
  BLANKS: { habit: Habit.FIXED, what: "blanks and line ends", oddMin: CHANGES_MIN },
  /** All three, where software has more than one way: in answers and inside of dialogs, by what went before. */
  SHAPE: { habit: Habit.FEW, what: "order, names and blanks of the headers", oddMin: KINDS_MIN },
  VIA: { habit: Habit.FIXED, what: "parameters of Via", oddMin: CHANGES_MIN },
  CALL_ID: { habit: Habit.FIXED, what: "letters of Call-ID", oddMin: LETTERS_MIN },
  TAG: { habit: Habit.FIXED, what: "letters of its tag", oddMin: LETTERS_MIN },
  BRANCH: { habit: Habit.FIXED, what: "letters of the branch", oddMin: LETTERS_MIN },
  CALL_ID_LENGTH: { habit: Habit.FEW, what: "length of Call-ID", oddMin: LENGTHS_MIN },
  CALL_ID_HOST: { habit: Habit.LEARNT, what: "host of Call-ID", oddMin: LEARNT_MIN },
  TAG_LENGTH: { habit: Habit.FEW, what: "length of its tag", oddMin: LENGTHS_MIN },
  BRANCH_LENGTH: { habit: Habit.FEW, what: "length of the branch", oddMin: LENGTHS_MIN },
  MAX_FORWARDS: { habit: Habit.FEW, what: "Max-Forwards", oddMin: KINDS_MIN },
  CSEQ: { habit: Habit.LEARNT, what: "CSeq", oddMin: LEARNT_MIN },
  CONTACT: { habit: Habit.LEARNT, what: "Contact", oddMin: LEARNT_MIN },
  REASON: { habit: Habit.FEW, what: "reason of the answer", oddMin: 6 },
  // Of all messages of one method that a product sends for one user, whatever headers they have.
  HEADERS: { habit: Habit.FEW, what: "which headers are there", oddMin: 12 },
  VALUES: { habit: Habit.LEARNT, what: "how long it asks for", oddMin: LEARNT_MIN },
  ABILITIES: { habit: Habit.FEW, what: "what it can do and takes", oddMin: KINDS_MIN },
  // One account may be on many kinds of devices, hardly on many versions of one.
  SOFTWARE: { habit: Habit.FEW, what: "name of the software", oddMin: KINDS_MIN },
  OPAQUE: { habit: Habit.FEW, what: "random letters where words stand", oddMin: 6 },
  // Of offers. A PBX puts the codecs of who calls first.
  LINES: { habit: Habit.FEW, what: "order of lines in the SDP", oddMin: KINDS_MIN },
  LINE_ENDS: { habit: Habit.FIXED, what: "line ends in the SDP", oddMin: CHANGES_MIN },
  CODECS: { habit: Habit.FEW, what: "order of codecs", oddMin: KINDS_MIN },
  SESSION: { habit: Habit.LEARNT, what: "names and times of the SDP", oddMin: LEARNT_MIN },
  CODEC_VALUES: { habit: Habit.LEARNT, what: "parameters of codecs", oddMin: LEARNT_MIN },
  ORIGIN_LENGTH: { habit: Habit.FEW, what: "length of the session's id", oddMin: LENGTHS_MIN },
} as const satisfies Record<string, FeatureRow>;

export type FeatureName = keyof typeof ROWS;

const NAMES = Object.keys(ROWS) as FeatureName[];

/** Number of each feature. */
export const Feature = Object.fromEntries(NAMES.map((name, i) => [name, i])) as {
  readonly [name in FeatureName]: number;
};
export const FEATURES: readonly FeatureRow[] = NAMES.map((name) => ROWS[name]);
export const FEATURE_COUNT = FEATURES.length;

/** Features that are compared together: from the first to before the last. */
export interface FeatureGroup {
  readonly first: number;
  readonly end: number;
}

/** Of messages of one shape. */
export const OF_SHAPE: FeatureGroup = { first: Feature.ORDER, end: Feature.HEADERS };
/** Of a sender. */
export const OF_SENDER: FeatureGroup = { first: Feature.HEADERS, end: Feature.LINES };
/** Of offers. */
export const OF_OFFER: FeatureGroup = { first: Feature.LINES, end: FEATURE_COUNT };
