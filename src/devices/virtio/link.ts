/** Bytes of an Ethernet header: destination, source, type. */
export const ETHERNET_HEADER = 14;

/** Somebody with a cable in a link. */
export interface Station {
  /** A frame arrives; good during the call only. */
  receive(frame: Uint8Array): void;
}

/** What carries frames between stations. The order in which they join is their port number, and part of the configuration. */
export interface Link {
  join(station: Station): void;
  /** `from` sends a frame of at least 14 bytes. */
  send(from: Station, frame: Uint8Array): void;
}
