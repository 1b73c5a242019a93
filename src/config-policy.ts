import { z } from "zod";
import { text } from "./config-fields.ts";

/** What a site has decided about its telephony; what is not declared is not judged. */
export const Policy = z.strictObject({
  certificates: text(
    "",
    "folder with certificates of STIR/SHAKEN signers, each called as its x5u without https:// and with _ for /; nothing is ever fetched",
  ),
});
