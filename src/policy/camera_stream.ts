/** Takes in the frames of one camera and refuses those that the package was not made for. */
import { FrameRing } from './frame_ring.js';
import type { ImageInput } from './package_schema.js';
import { type StreamFault, type StreamFaultKind, secondsText } from './stream_fault.js';

const CHANNELS = 3;

/** A picture as sensor_msgs/Image has it. */
export interface CameraFrame {
  readonly height: number;
  readonly width: number;
  readonly encoding: string;
  /** Bytes a row. */
  readonly step: number;
  readonly data: Uint8Array;
}

export interface CameraStreamOptions {
  /** A stamp further ahead of the clock than this is refused, s. */
  readonly futureTolerance: number;
  /** The same picture for longer than this means a frozen camera, s; infinite to allow it. */
  readonly freezeBudget: number;
  /** Frames kept. */
  readonly capacity: number;
}

export class CameraStream {
  readonly key: string;
  readonly ring: FrameRing;
  readonly #input: ImageInput;
  readonly #options: CameraStreamOptions;
  /** Why the newest frame was refused; null after a good one. */
  #refusal: { kind: StreamFaultKind; detail: string } | null = null;
  /** Stamp since which the picture has not changed. */
  #changed = Number.NaN;
  /** Frames that came late, doubled or refused. */
  dropped = 0;

  constructor(key: string, input: ImageInput, options: CameraStreamOptions) {
    this.key = key;
    this.#input = input;
    this.#options = options;
    this.ring = new FrameRing(
      input.source.height * input.source.width * CHANNELS,
      options.capacity,
    );
  }

  /** True when the frame was taken. */
  push(stamp: number, now: number, frame: CameraFrame): boolean {
    this.#refusal = this.#refuse(stamp, now, frame);
    if (this.#refusal !== null || stamp <= this.ring.newest) {
      this.dropped++;
      return false;
    }
    const { height, width } = this.#input.source;
    const row = width * CHANNELS;
    const target = this.ring.next;
    if (frame.step === row) target.set(frame.data.subarray(0, row * height));
    else {
      for (let y = 0; y < height; y++) {
        target.set(frame.data.subarray(y * frame.step, y * frame.step + row), y * row);
      }
    }
    const { length } = this.ring;
    const same = length > 0 && Buffer.compare(this.ring.frame(length - 1), target) === 0;
    if (!same) this.#changed = stamp;
    this.ring.commit(stamp);
    return true;
  }

  /** Why this camera may not be used now, or null. */
  fault(now: number, ageBudget: number): StreamFault | null {
    const age = now - this.ring.newest;
    const fault = (kind: StreamFaultKind, detail: string): StreamFault => ({
      stream: this.key,
      kind,
      detail,
      age,
    });
    if (this.#refusal !== null) return fault(this.#refusal.kind, this.#refusal.detail);
    if (this.ring.length === 0) return fault('missing', 'no frame yet');
    if (age > ageBudget) {
      return fault('stale', `last frame ${secondsText(age)} ago, budget ${secondsText(ageBudget)}`);
    }
    const still = this.ring.newest - this.#changed;
    if (still <= this.#options.freezeBudget) return null;
    return fault('frozen', `the same picture for ${secondsText(still)}`);
  }

  /** Forgets all but the newest `count` frames. */
  keep(count: number): void {
    this.ring.keep(count);
    this.#refusal = null;
  }

  #refuse(
    stamp: number,
    now: number,
    frame: CameraFrame,
  ): { kind: StreamFaultKind; detail: string } | null {
    const { source, encoding } = this.#input;
    const { futureTolerance } = this.#options;
    if (frame.height !== source.height || frame.width !== source.width) {
      const detail =
        `frames are ${frame.width}x${frame.height}, ` +
        `the policy expects ${source.width}x${source.height}`;
      return { kind: 'size', detail };
    }
    if (frame.encoding !== encoding) {
      return {
        kind: 'encoding',
        detail: `frames are ${frame.encoding}, the policy expects ${encoding}`,
      };
    }
    const row = source.width * CHANNELS;
    if (frame.step < row || frame.data.length < frame.step * (source.height - 1) + row) {
      const detail = `${frame.data.length} bytes in rows of ${frame.step}; too few for its size`;
      return { kind: 'layout', detail };
    }
    if (!(stamp <= now + futureTolerance)) {
      return { kind: 'future', detail: `stamped ${secondsText(stamp - now)} ahead of the clock` };
    }
    return null;
  }
}
