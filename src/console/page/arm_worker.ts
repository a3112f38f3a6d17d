/**
 * Draws the arm on a thread of its own: where the processor draws, the page would stand still for as
 * long as a picture takes, and with it the operator's heartbeats.
 */
import * as THREE from 'three';
import type { ArmAnswer, ArmBegin, ArmFrame } from './arm_messages.js';
import { ArmScene } from './arm_scene.js';

let renderer: THREE.WebGLRenderer | undefined;
let drawing: ArmScene | undefined;

const answer = (message: ArmAnswer): void => self.postMessage(message);

/** Whether WebGL is drawn by the processor: then fewer pixels are more frames. */
function rendersInSoftware(): boolean {
  const gl = new OffscreenCanvas(1, 1).getContext('webgl2');
  const info = gl?.getExtension('WEBGL_debug_renderer_info');
  const name = info ? String(gl?.getParameter(info.UNMASKED_RENDERER_WEBGL)) : '';
  gl?.getExtension('WEBGL_lose_context')?.loseContext();
  return /swiftshader|llvmpipe|software/i.test(name);
}

function begin({ canvas, model }: ArmBegin): void {
  const software = rendersInSoftware();
  renderer = new THREE.WebGLRenderer({ canvas, antialias: !software });
  drawing = new ArmScene(model);
  answer({ type: 'ready', software });
}

function draw(frame: ArmFrame): void {
  if (renderer === undefined || drawing === undefined) return;
  drawing.apply(frame);
  if (frame.size !== undefined) {
    const { width, height, ratio } = frame.size;
    renderer.setPixelRatio(ratio);
    renderer.setSize(width, height, false);
  }
  renderer.render(drawing.scene, drawing.camera);
  // The next one once this one is on its way to the screen.
  requestAnimationFrame(() => answer({ type: 'drawn' }));
}

self.onmessage = ({ data }: MessageEvent<ArmBegin | ArmFrame>) => {
  try {
    if (data.type === 'begin') begin(data);
    else draw(data);
  } catch (error) {
    answer({ type: 'failed', why: String(error) });
  }
};
