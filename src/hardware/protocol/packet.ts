/** What both wire protocols have in common: packets, instructions, and the interface of a codec. */

/** The id that every servo listens to and, but for a ping, none answers. */
export const BROADCAST_ID = 0xfe;
/** The highest id that a servo may have. */
export const MAX_SERVO_ID = 0xfc;

/** Instruction bytes that Feetech STS/SMS and Dynamixel 2.0 share. */
export const Instruction = {
  ping: 0x01,
  read: 0x02,
  write: 0x03,
  regWrite: 0x04,
  action: 0x05,
  factoryReset: 0x06,
  reboot: 0x08,
  syncRead: 0x82,
  syncWrite: 0x83,
  /** Dynamixel only. */
  bulkRead: 0x92,
  /** Dynamixel only. */
  bulkWrite: 0x93,
} as const;

/** A packet from the host to one servo or, by `BROADCAST_ID`, to all. */
export interface InstructionPacket {
  readonly id: number;
  readonly instruction: number;
  readonly parameters: Uint8Array;
}

/** What a servo answers: its id, its error byte and the data asked for. */
export interface StatusPacket {
  readonly id: number;
  /** 0 when all is well; the meaning of the bits depends on the protocol. */
  readonly error: number;
  readonly data: Uint8Array;
}

/** How a packet is cut out of a stream: see `PacketParser`. */
export interface PacketFormat<P> {
  /** Bytes from the start of a packet that `length` looks at. */
  readonly headerLength: number;
  /** Where the id stands, bytes from the start of the packet. */
  readonly idOffset: number;
  /**
   * Whole length (bytes) of the packet that starts at `at`, or 0 when none can start there. At least
   * `headerLength` bytes are there.
   */
  length(bytes: Uint8Array, at: number): number;
  /** The packet in `bytes[at … at + length)`, or undefined when its checksum is wrong. */
  decode(bytes: Uint8Array, at: number, length: number): P | undefined;
}

/** One of the two wire protocols, as pure functions on bytes. */
export interface WireProtocol {
  readonly name: 'feetech' | 'dynamixel';
  /** Bytes of an address or a length within the parameters, low byte first. */
  readonly addressBytes: 1 | 2;
  /** Longest packet (bytes) that either side may send. */
  readonly maxPacket: number;
  readonly instructions: PacketFormat<InstructionPacket>;
  readonly statuses: PacketFormat<StatusPacket>;
  /** @throws SinewError when the packet is longer than the protocol allows */
  encodeInstruction(packet: InstructionPacket): Uint8Array;
  encodeStatus(packet: StatusPacket): Uint8Array;
  /** Bytes on the wire of a status packet with `dataLength` bytes of data, without stuffing. */
  statusLength(dataLength: number): number;
}
