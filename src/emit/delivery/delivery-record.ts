/** One record on its way to network outputs: as it lies in the spool, and as every output gets it. */
export interface DeliveryRecord {
  /** Position in the spool, from 1, without gaps at the time of writing; never reused. */
  readonly sequence: number;
  /** Priority of the signature, 1 to 255: 1 is the highest; a full spool drops the largest first. */
  readonly severity: number;
  /** `voip.alert_id`: equal for what a restart delivers twice. */
  readonly alertId: string;
  /** The offender, which keeps one attacker's records in order (Kafka key); "" when there is none. */
  readonly key: string;
  /** The EVE line, without a line feed. */
  readonly line: string;
}

/** A record that the spool has not numbered yet. */
export type NewDeliveryRecord = Omit<DeliveryRecord, "sequence">;
