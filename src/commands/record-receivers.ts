import type { PipelineOutputs } from "../pipeline/pipeline.ts";
import type { RecordOutputs } from "./record-outputs.ts";

/** Receivers of the record types that some output takes; the others are not built. */
export function recordReceivers(outputs: RecordOutputs): Omit<PipelineOutputs, "alert"> {
  return {
    ...(outputs.wants("call") && {
      call: (record) => outputs.call(record),
      callCount: (record) => outputs.callCount(record),
    }),
    ...(outputs.wants("registration") && {
      registration: (record) => outputs.registration(record),
      registrationCount: (record) => outputs.registrationCount(record),
    }),
    ...(outputs.wants("sip") && { sip: (record) => outputs.sip(record) }),
    ...(outputs.wants("flow") && { flow: (record) => outputs.flow(record) }),
    ...(outputs.wants("anomaly") && { anomaly: (record) => outputs.anomaly(record) }),
    ...(outputs.wants("stats") && { stats: (record) => outputs.stats(record) }),
  };
}
