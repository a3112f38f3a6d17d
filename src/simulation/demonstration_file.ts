/**
 * Demonstrations on disk: a folder with meta.json and raw arrays, frame after frame. Frames are
 * appended as they come; meta.json is renewed after every episode and counts whole episodes only,
 * so a recording that was cut off stays readable.
 */
import { closeSync, mkdirSync, openSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { SinewError } from '../core/error.js';

export interface DemonstrationLayout {
  readonly cameras: readonly string[];
  readonly height: number;
  readonly width: number;
  readonly joints: readonly string[];
  readonly rate_hz: number;
  readonly prediction_horizon: number;
}

export interface EpisodeEntry {
  /** First frame and number of frames. */
  readonly start: number;
  readonly length: number;
  readonly seed: number;
  readonly success: boolean;
}

export interface DemonstrationMeta extends DemonstrationLayout {
  readonly frames: number;
  readonly episodes: readonly EpisodeEntry[];
}

/** One observation and the expert's answer to it. */
export interface DemonstrationFrame {
  /** rgb8 of all cameras in order, height · width · 3 bytes each. */
  readonly images: Uint8Array;
  /** Measured joint positions, rad. */
  readonly state: Float64Array;
  /** Set-points [prediction_horizon × joints], rad. */
  readonly action: Float64Array;
  /** Cube: x, y, z (m), quaternion w, x, y, z. */
  readonly cube: Float64Array;
  /** Index into the expert's phases. */
  readonly phase: number;
}

const FILES = ['images.u8', 'state.f32', 'action.f32', 'cube.f32', 'phase.u8'] as const;

export class DemonstrationWriter {
  readonly #folder: string;
  readonly #layout: DemonstrationLayout;
  readonly #files: readonly number[];
  readonly #episodes: EpisodeEntry[] = [];
  #written = 0;
  #start = 0;

  /** Makes the folder; what it held before is replaced. */
  constructor(folder: string, layout: DemonstrationLayout) {
    this.#folder = folder;
    this.#layout = layout;
    mkdirSync(folder, { recursive: true });
    this.#files = FILES.map((name) => openSync(join(folder, name), 'w'));
    this.#writeMeta();
  }

  /** Frames of finished episodes. */
  get frames(): number {
    return this.#start;
  }

  add(frame: DemonstrationFrame): void {
    const { cameras, height, width, joints, prediction_horizon } = this.#layout;
    const parts = [
      frame.images,
      Float32Array.from(frame.state),
      Float32Array.from(frame.action),
      Float32Array.from(frame.cube),
      Uint8Array.of(frame.phase),
    ];
    const lengths = [
      cameras.length * height * width * 3,
      joints.length,
      prediction_horizon * joints.length,
      7,
      1,
    ];
    for (const [i, part] of parts.entries()) {
      if (part.length !== lengths[i]) {
        throw new SinewError(`a frame has ${part.length} values for ${FILES[i]}`, {
          where: this.#folder,
          expected: String(lengths[i]),
        });
      }
    }
    for (const [i, part] of parts.entries()) writeSync(this.#files[i] ?? -1, part);
    this.#written++;
  }

  /** Ends an episode: its frames count from now on. */
  endEpisode(seed: number, success: boolean): void {
    const length = this.#written - this.#start;
    this.#episodes.push({ start: this.#start, length, seed, success });
    this.#start = this.#written;
    this.#writeMeta();
  }

  close(): void {
    for (const file of this.#files) closeSync(file);
  }

  #writeMeta(): void {
    const meta: DemonstrationMeta = {
      ...this.#layout,
      frames: this.#start,
      episodes: this.#episodes,
    };
    writeFileSync(join(this.#folder, 'meta.json'), `${JSON.stringify(meta)}\n`);
  }
}

/** @throws SinewError when the folder holds no demonstrations */
export function readDemonstrationMeta(folder: string): DemonstrationMeta {
  const file = join(folder, 'meta.json');
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as DemonstrationMeta;
  } catch (cause) {
    throw new SinewError('no demonstrations', {
      where: file,
      expected: 'a folder that `sinew collect` has written',
      cause,
    });
  }
}
