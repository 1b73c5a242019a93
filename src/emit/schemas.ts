import eveSchema from "./eve/eve.schema.json" with { type: "json" };
import summarySchema from "./summary.schema.json" with { type: "json" };

/** JSON Schemas (2020-12) of what sipsentry writes, by the name that `--print-schema` takes. */
export const SCHEMAS: Readonly<Record<"eve" | "summary", object>> = {
  eve: eveSchema,
  summary: summarySchema,
};
