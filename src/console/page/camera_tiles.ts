/** The cameras' pictures, drawn as they come, and marked when they stop coming. */
import { CAMERA_HEADER } from '../protocol.js';
import { h, mark, place, say } from './dom.js';

/** s without a picture before it is called old. */
const STALE_S = 1;

interface Tile {
  readonly name: string;
  readonly root: HTMLElement;
  readonly canvas: HTMLCanvasElement;
  readonly caption: HTMLElement;
  pending: ArrayBuffer | undefined;
  image: ImageData | undefined;
  frames: number;
}

export class CameraTiles {
  readonly #tiles: readonly Tile[];
  #countedAt = performance.now();

  constructor(cameras: readonly string[]) {
    this.#tiles = cameras.map((name) => {
      const canvas = h('canvas', { width: 96, height: 96, role: 'img', 'aria-label': name });
      const caption = h('span', { class: 'caption' }, name);
      const root = h('figure', { class: 'camera' }, canvas, caption);
      root.style.margin = '0';
      return { name, root, canvas, caption, pending: undefined, image: undefined, frames: 0 };
    });
    place('cameras').replaceChildren(...this.#tiles.map(({ root }) => root));
  }

  /** Keeps a picture until the next frame; the newest counts. */
  take(frame: ArrayBuffer): void {
    const tile = this.#tiles[new DataView(frame).getUint8(1)];
    if (tile !== undefined) tile.pending = frame;
  }

  /** Draws what has come since the last frame. */
  draw(): void {
    for (const tile of this.#tiles) {
      const frame = tile.pending;
      if (frame === undefined) continue;
      tile.pending = undefined;
      tile.frames++;
      drawPicture(tile, frame);
    }
  }

  /** Shows how fast they come; called about twice a second. */
  tell(ages: Readonly<Record<string, number | null>>): void {
    const now = performance.now();
    const seconds = (now - this.#countedAt) / 1000;
    this.#countedAt = now;
    for (const tile of this.#tiles) {
      const age = ages[`camera ${tile.name}`] ?? null;
      const stale = age === null || age > STALE_S;
      mark(tile.root, 'stale', String(stale));
      const rate = `${Math.round(tile.frames / seconds)} Hz`;
      const old = age === null ? 'no picture' : `no picture for ${age.toFixed(1)} s`;
      say(tile.caption, `${tile.name} · ${stale ? old : rate}`);
      tile.frames = 0;
    }
  }
}

function drawPicture(tile: Tile, frame: ArrayBuffer): void {
  const head = new DataView(frame);
  const width = head.getUint16(2, true);
  const height = head.getUint16(4, true);
  const context = tile.canvas.getContext('2d');
  if (context === null || width === 0 || height === 0) return;
  if (tile.image?.width !== width || tile.image.height !== height) {
    tile.canvas.width = width;
    tile.canvas.height = height;
    tile.image = context.createImageData(width, height);
    tile.image.data.fill(255);
  }
  const from = new Uint8Array(frame, CAMERA_HEADER);
  const to = tile.image.data;
  for (let i = 0, k = 0; i < width * height * 3; i += 3, k += 4) {
    to[k] = from[i] ?? 0;
    to[k + 1] = from[i + 1] ?? 0;
    to[k + 2] = from[i + 2] ?? 0;
  }
  context.putImageData(tile.image, 0, 0);
}
