import * as z from "zod";
import { text, texts } from "./config-fields.ts";

/** How a site dials, and what is dear for it. */
export const Numbers = z.strictObject({
  country: text(
    "",
    "ISO 3166-1 code of the country that national numbers belong to, such as DE; empty: eve.homeCountry, and without that only what is surely dialled abroad is read",
  ),
  internationalPrefixes: texts(
    "prefixes for abroad beside the country's own, such as 00 in North America",
  ),
  outsideLines: texts("digits for an outside line, such as 0 or 9"),
  shortCodes: texts("numbers that are dialled as they are: extensions, services of the carrier"),
  prefixFiles: texts(
    "CSV files of dear destinations (prefix,class,digits,name) beside rules/high-cost-prefixes.csv; a later line wins",
  ),
});
