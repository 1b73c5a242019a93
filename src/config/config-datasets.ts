import * as z from "zod";
import { DATASET_TYPES } from "../detect/site/dataset.ts";
import { isHashSize, parseSize } from "../detect/site/list-size.ts";
import { MEMCAP_DEFAULT, type NamedList } from "../detect/site-lists.ts";

const size = () =>
  z
    .union([z.string(), z.number()])
    .transform((value) => parseSize(String(value)))
    .refine((bytes) => bytes >= 1, { message: "expected a size such as 16mb" });

const hashSize = () =>
  z
    .union([z.string(), z.number()])
    .refine((value) => isHashSize(String(value)), { message: "expected a number of buckets" });

const list = () =>
  z
    .strictObject({
      type: z.enum(DATASET_TYPES),
      load: z.string().default(""),
      state: z.string().default(""),
      save: z.string().default(""),
      memcap: size().optional(),
      hashsize: hashSize().optional(),
    })
    .refine(({ load, save, state }) => state === "" || (load === "" && save === ""), {
      message: "state is load and save, or give these; not both",
    });

const datasetDefaults = () =>
  z.strictObject({ memcap: size().optional(), hashsize: hashSize().optional() });

const NAME = /^[\w.-]{1,64}$/;

/** Suricata's section: lists that rules name alone (its user guide, Datasets, Global config). */
export const datasetsSection = () =>
  z
    .object({ defaults: datasetDefaults().prefault({}) })
    .catchall(list())
    .superRefine((section, context) => {
      for (const name of Object.keys(section).filter((key) => !NAME.test(key)))
        context.addIssue({
          code: "custom",
          path: [name],
          message: "a list's name is letters, digits, _, - and .",
        });
    })
    .transform(({ defaults, ...lists }): readonly NamedList[] =>
      Object.entries(lists).map(([name, list]) => ({
        name,
        ...list,
        memcap: list.memcap ?? defaults.memcap ?? MEMCAP_DEFAULT,
      })),
    )
    .prefault({})
    .meta({
      description:
        "lists that rules name alone (dataset:isset,NAME), as in Suricata's configuration: NAME: {type: string, state: NAME.lst}, with type, load or state (below rules.dataDir), save, memcap; hashsize says nothing here, since lists grow with what is in them",
      shown: { "defaults.memcap": "16mb" },
    });
