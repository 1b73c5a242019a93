/** What to do about the times of captures whose writer got them wrong, or wrote none. */
export interface TimeRepair {
  /** Microseconds of the unit that times, or a pcap's parts of a second, are really counted in; 0: as the capture says. */
  readonly unitUs: number;
  /** Times since 1970 are multiplied by it. */
  readonly factor: number;
  /** Packets a second that are made up in place of the capture's times; 0: none. */
  readonly ratePerS: number;
}

export const NO_REPAIR: TimeRepair = { unitUs: 0, factor: 1, ratePerS: 0 };

const UNITS: Readonly<Record<string, number>> = { ns: 1e-3, us: 1, ms: 1e3, s: 1e6 };

/** Beyond that no two times of a capture would differ. */
const FACTOR_MAX = 1e12;

/** `ns`, `us`, `ms`, `s`, or a factor; null for anything else. */
export function parseTimeScale(text: string): Pick<TimeRepair, "unitUs" | "factor"> | null {
  const unitUs = UNITS[text];
  if (unitUs !== undefined) return { unitUs, factor: 1 };
  const factor = /^\d{1,12}(\.\d{1,12})?(e-?\d{1,2})?$/.test(text) ? Number(text) : Number.NaN;
  return factor > 0 && factor <= FACTOR_MAX ? { unitUs: 0, factor } : null;
}
