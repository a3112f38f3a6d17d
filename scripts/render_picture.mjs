// Draws docs/pick.png: the trained flow policy picks the cube, seen from beside the table, at four
// moments of one episode. `node scripts/render_picture.mjs` after a build.
import { writeFileSync } from 'node:fs';
import { PNG } from 'pngjs';
import { loadRobot } from '../dist/description/robot.js';
import { runEpisode } from '../dist/simulation/demonstration.js';
import { DemonstrationDriver } from '../dist/simulation/demonstration_driver.js';
import { expertFor } from '../dist/simulation/demonstration_session.js';
import { PolicyPilot } from '../dist/simulation/policy_pilot.js';
import { sceneSchema } from '../dist/simulation/scene_config.js';
import { World } from '../dist/simulation/world.js';

const SEED = 1_000_003;
const PANEL = { width: 420, height: 340 };
/** Rays a pixel along each edge. */
const FINE = 2;

const robot = loadRobot('config/so101.yaml');
const { description, config } = robot;
const usual = sceneSchema.parse({});
const viewer = {
  name: 'viewer',
  position: [0.55, -0.4, 0.36],
  look_at: [0.15, -0.03, 0.07],
  fovy_deg: 38,
  width: PANEL.width * FINE,
  height: PANEL.height * FINE,
};
const look = {
  background: [0.83, 0.86, 0.89],
  table: { x: [-0.6, 0.9], y: [-0.8, 0.8] },
};
const open = (scene) => World.create({ robot: description, joints: config.joints, scene });
const world = await open(usual);
const stage = await open(sceneSchema.parse({ ...look, cameras: [viewer] }));

// The policy sees the usual scene; a second world is posed like it to be looked at.
const pictures = [];
function photograph() {
  stage.loadState(world.saveState());
  const pixels = new Uint8Array(viewer.width * viewer.height * 3);
  stage.render(viewer.name, pixels);
  pictures.push(pixels);
}

world.reset(SEED);
stage.reset(SEED);
const policy = await PolicyPilot.open('models/so101_pick_flow', world);
policy.begin(SEED);
const driver = new DemonstrationDriver({
  expert: expertFor(world, description),
  pilot: policy.pilot({ replan: 2, latency: () => 0.08 }),
  pictures: true,
  stepTime: 1 / 15,
  meddle: photograph,
});
const { success, observations } = await runEpisode(world, driver);
await policy.close();
if (!success) throw new Error(`seed ${SEED} did not succeed; choose another for the picture`);

const moments = [0.12, 0.38, 0.58, 0.8].map((share) => pictures[Math.round(share * observations)]);
const png = new PNG({ width: PANEL.width * moments.length, height: PANEL.height });
for (const [panel, pixels] of moments.entries()) {
  for (let y = 0; y < PANEL.height; y++) {
    for (let x = 0; x < PANEL.width; x++) {
      const at = (y * png.width + panel * PANEL.width + x) * 4;
      for (let c = 0; c < 3; c++) {
        let sum = 0;
        for (let i = 0; i < FINE * FINE; i++) {
          const row = y * FINE + Math.floor(i / FINE);
          sum += pixels[(row * viewer.width + x * FINE + (i % FINE)) * 3 + c];
        }
        png.data[at + c] = Math.round(sum / FINE ** 2);
      }
      png.data[at + 3] = 255;
    }
  }
}
writeFileSync('docs/pick.png', PNG.sync.write(png));
world.dispose();
stage.dispose();
