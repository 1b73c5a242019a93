/** The file with an alert's packets (EVE `capture_file`, `voip.capture`). */
export interface EvidenceFile {
  readonly path: string;
  readonly packets: number;
  /** Size of the file. */
  readonly bytes: number;
  /** Of the file with that size; hex. */
  readonly sha256: string;
  /** No packets will be added. */
  readonly isComplete: boolean;
}
