/**
 * Protocol-buffer messages by name: one set for each version of Gazebo's message package, since the
 * same name has other field numbers in another version.
 */
import protobuf from 'protobufjs';
import { errorLine, SinewError } from '../../../core/error.js';

/** Encodes and decodes one message type. Fields absent on the wire have their default value. */
export interface MessageCodec<T> {
  /** Full name as on the wire, such as gz.msgs.Double. */
  readonly name: string;
  encode(message: T): Uint8Array;
  /** @throws SinewError when the bytes are no such message */
  decode(bytes: Uint8Array): T;
}

/** The message types of one version. */
export class MessageSet {
  readonly #root: protobuf.Root;

  /**
   * @param text definitions in the protocol-buffer language
   * @param name package on the wire; stands for `PACKAGE` in the text
   */
  constructor(
    text: string,
    readonly name: string,
  ) {
    this.#root = protobuf.parse(text.replaceAll('PACKAGE', name), { keepCase: true }).root;
  }

  /** The codec of a type of this set; `T` must describe its fields by their names in the text. */
  codec<T extends object>(type: string): MessageCodec<T> {
    const name = `${this.name}.${type}`;
    const schema = this.#root.lookupType(name);
    return {
      name,
      encode: (message) => schema.encode(schema.fromObject(message)).finish(),
      decode: (bytes) => {
        try {
          return schema.decode(bytes) as unknown as T;
        } catch (error) {
          throw new SinewError(`${bytes.length} bytes are no ${name}: ${errorLine(error)}`);
        }
      },
    };
  }
}
