import { readFileSync } from "node:fs";
import { readFault } from "../base/read-fault.ts";
import { CountryPlans } from "../track/numbers/country-plan.ts";
import { NumberPlan } from "../track/numbers/number-plan.ts";
import { PrefixListError } from "../track/numbers/prefix-list.ts";
import { RateDeck, RateDeckError } from "../track/numbers/rate-deck.ts";
import { shippedPrefixes } from "../track/numbers/shipped-prefixes.ts";
import type { Config } from "./config.ts";
import { ConfigError } from "./config-file.ts";

const FILE_BYTES_MAX = 16 * 1_048_576;

/** The plan of a configuration; throws ConfigError that names the option or the file and line. */
export function numberPlanOf({ numbers, eve }: Config): NumberPlan {
  const { internationalPrefixes, outsideLines, shortCodes, prefixFiles } = numbers;
  const country = (numbers.country || eve.homeCountry).toUpperCase();
  if (country !== "" && !new CountryPlans().isCountry(country)) {
    throw new ConfigError([
      `numbers.country: "${country}" is no country with numbers of its own; give an ISO 3166-1 code such as DE`,
    ]);
  }
  for (const digits of [...internationalPrefixes, ...outsideLines, ...shortCodes]) {
    if (/^[*#\d]{1,15}$/.test(digits)) continue;
    throw new ConfigError([`numbers: "${digits}" is not dialled; give 1 to 15 digits`]);
  }
  const settings = { country, internationalPrefixes, outsideLines, shortCodes };
  if (prefixFiles.length === 0) return new NumberPlan(settings, shippedPrefixes);
  const list = shippedPrefixes();
  for (const file of prefixFiles) {
    try {
      list.add(readSmall("numbers.prefixFiles", file), file);
    } catch (error) {
      if (!(error instanceof PrefixListError)) throw error;
      throw new ConfigError([`numbers.prefixFiles: ${error.message}`]);
    }
  }
  return new NumberPlan(settings, () => list);
}

/** The prices of a configuration, empty without any; throws ConfigError that names the file and line. */
export function rateDeckOf({ numbers }: Config): RateDeck {
  const deck = new RateDeck();
  for (const file of numbers.rateDecks) {
    try {
      deck.add(readSmall("numbers.rateDecks", file), file);
    } catch (error) {
      if (!(error instanceof RateDeckError)) throw error;
      throw new ConfigError([`numbers.rateDecks: ${error.message}`]);
    }
  }
  return deck;
}

function readSmall(option: string, file: string): string {
  let content: string;
  try {
    content = readFileSync(file, "utf8");
  } catch (error) {
    throw new ConfigError([`${option}: cannot read ${file}: ${readFault(error)}`]);
  }
  if (content.length <= FILE_BYTES_MAX) return content;
  throw new ConfigError([`${option}: ${file} is larger than 16 MiB; give a shorter list`]);
}
