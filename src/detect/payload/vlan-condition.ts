import type { PacketView } from "../../decode/packet.ts";
import { RuleError } from "../rules/load-message.ts";
import type { OptionValue } from "../rules/rule-draft.ts";
import { splitToken } from "../rules/rule-lexer.ts";
import { parseSizeCondition, type SizeCondition } from "./size-condition.ts";

/** IEEE 802.1Q 9.6: an id has 12 bits. */
const VLAN_ID_MAX = 4_095;
/** Tags that are told apart, as in Suricata; further ones are skipped. */
const LAYERS_MAX = 3;

/** Tags of the packet, `LAYERS_MAX` at most. */
export function vlanLayersOf({ innerVlan, thirdVlan, vlan }: PacketView): number {
  if (vlan < 0) return 0;
  if (innerVlan < 0) return 1;
  return thirdVlan < 0 ? 2 : LAYERS_MAX;
}

/** VLAN id of a tag, the outermost of which is 0; -1 without. */
function vlanAt({ innerVlan, thirdVlan, vlan }: PacketView, layer: number): number {
  if (layer === 0) return vlan;
  if (layer === 1) return innerVlan;
  return layer === 2 ? thirdVlan : -1;
}

/** A compiled `vlan.id:[op]ID[,any|all|LAYER]`; layer -1 is the innermost. */
export class VlanCondition {
  readonly text: string;
  readonly #id: SizeCondition;
  readonly #layer: number | "any" | "all";

  constructor(value: OptionValue) {
    const [id, layer, ...extra] = splitToken(value, ",");
    if (id === undefined || extra.length > 0) {
      throw new RuleError("vlan.id is ID or ID,LAYER", value.at);
    }
    this.#id = parseSizeCondition(id);
    const bounds = [this.#id.low, this.#id.high].filter(
      (bound) => bound !== Number.POSITIVE_INFINITY,
    );
    if (bounds.some((bound) => bound > VLAN_ID_MAX)) {
      throw new RuleError(`a VLAN id is 0 to ${VLAN_ID_MAX}, not "${id.text}"`, id.at);
    }
    this.#layer = layerOf(layer?.text ?? "any");
    if (Number.isNaN(this.#layer)) {
      throw new RuleError(
        `"${layer?.text}" is no layer: any, all, 0 to 2 from the outermost tag, or -1 to -3 from the innermost`,
        layer?.at ?? value.at,
      );
    }
    this.text = `the VLAN id (${layerText(this.#layer)}) is ${this.#id}`;
  }

  /** A packet without a tag, or without that one, has no id that could match. */
  matches(packet: PacketView): boolean {
    const layers = vlanLayersOf(packet);
    if (typeof this.#layer === "number") {
      const at = this.#layer < 0 ? layers + this.#layer : this.#layer;
      return at >= 0 && at < layers && this.#id.matches(vlanAt(packet, at));
    }
    let matching = 0;
    for (let at = 0; at < layers; at++) if (this.#id.matches(vlanAt(packet, at))) matching++;
    return matching > 0 && (this.#layer === "any" || matching === layers);
  }
}

/** NaN of what is none. */
function layerOf(text: string): number | "any" | "all" {
  if (text === "any" || text === "all") return text;
  return /^(?:[0-2]|-[1-3])$/.test(text) ? Number(text) : Number.NaN;
}

function layerText(layer: number | "any" | "all"): string {
  if (layer === "any") return "of any tag";
  return layer === "all" ? "of all tags" : `of tag ${layer}`;
}
