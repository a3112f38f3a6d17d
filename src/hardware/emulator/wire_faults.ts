/** Faults of the wire to inject into an emulated bus: lost, garbled, late and half replies, noise. */

/** What happens to a reply. */
export type WireFault =
  | { readonly kind: 'drop' }
  /** One bit of its data or checksum is flipped. */
  | { readonly kind: 'corrupt' }
  /** Comes when so many more instructions have been heard, just before the answer to the last. */
  | { readonly kind: 'late'; readonly after: number }
  /** Only its first bytes come. */
  | { readonly kind: 'half' }
  /** These bytes come before it. */
  | { readonly kind: 'noise'; readonly bytes: Uint8Array };

interface Planned {
  readonly fault: WireFault;
  readonly id: number | undefined;
  left: number;
}

export class WireFaults {
  readonly #planned: Planned[] = [];

  /**
   * Plans a fault for the next replies.
   *
   * @param count how many replies; Infinity for all from now on
   * @param id of this servo only; of any, in their order, where undefined
   */
  plan(fault: WireFault, { count = 1, id }: { count?: number; id?: number } = {}): void {
    this.#planned.push({ fault, id, left: count });
  }

  /** No more faults. */
  clear(): void {
    this.#planned.length = 0;
  }

  /** Faults planned and not yet spent. */
  get left(): number {
    return this.#planned.reduce((sum, { left }) => sum + left, 0);
  }

  /** The fault of the next reply of `id`, if one is planned. */
  next(id: number): WireFault | undefined {
    const index = this.#planned.findIndex(
      (planned) => planned.id === undefined || planned.id === id,
    );
    const planned = this.#planned[index];
    if (planned === undefined) return undefined;
    if (--planned.left === 0) this.#planned.splice(index, 1);
    return planned.fault;
  }
}

/** The bytes that arrive of a reply with that fault. */
export function damaged(bytes: Uint8Array, fault: WireFault | undefined): Uint8Array {
  switch (fault?.kind) {
    case 'drop':
      return new Uint8Array(0);
    case 'half':
      return bytes.subarray(0, bytes.length >> 1);
    case 'noise':
      return Uint8Array.of(...fault.bytes, ...bytes);
    case 'corrupt': {
      const garbled = bytes.slice();
      const at = garbled.length - 1;
      garbled[at] = (garbled[at] ?? 0) ^ 0x10;
      return garbled;
    }
    default:
      return bytes;
  }
}
