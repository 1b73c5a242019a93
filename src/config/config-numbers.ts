import * as z from "zod";
import { text, texts } from "./config-fields.ts";

/** Digits as they are dialled. A bare 00 in YAML is the number 0, so what is no text is refused rather than guessed at. */
function digits(about: string) {
  return z
    .array(
      z.string({
        error:
          'write what is dialled in quotes, such as "0" or "00": without them YAML drops zeros',
      }),
    )
    .default([])
    .meta({ description: about });
}

/** How a site dials, and which destinations cost it much. */
export const numbersSection = () =>
  z.strictObject({
    country: text(
      "",
      "ISO 3166-1 code of the country that national numbers belong to, such as DE; empty: eve.homeCountry, and without that only what is surely dialled abroad is read",
    ),
    internationalPrefixes: digits(
      "prefixes for abroad beside the country's own, such as 00 in North America",
    ),
    outsideLines: digits("digits for an outside line, such as 0 or 9"),
    shortCodes: digits("numbers that are dialled as they are: extensions, services of the carrier"),
    rateDecks: texts(
      "CSV files of what calls cost (prefix,price,currency,connect_fee,first_s,step_s,name), in one currency; a later line wins. Without one no cost is told",
    ),
    prefixFiles: texts(
      "CSV files of high-cost destinations (prefix,class,digits,name) beside rules/high-cost-prefixes.csv; a later line wins",
    ),
  });
