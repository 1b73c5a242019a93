import eveSchema from "./eve.schema.json" with { type: "json" };

/** JSON Schemas (2020-12) of what sipsentry writes, by the name that `--print-schema` takes. */
export const SCHEMAS: Readonly<Record<string, object>> = { eve: eveSchema };
