/** Takes whole syslog messages to a receiver. */
export interface SyslogTransport {
  /** Rejects with DeliveryError. */
  connect(): Promise<void>;
  /** Rejects with DeliveryError; then any part may have arrived. */
  send(messages: readonly Buffer[]): Promise<void>;
  /** Gives up what is open. Never throws. */
  close(): void;
}
