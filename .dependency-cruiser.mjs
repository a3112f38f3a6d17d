// Rules of the structure check (`npm run check`): one-way imports between the rooms of src/, native
// packages only in their room, and a control tick that reaches nothing that does I/O.
import { forbiddenRooms, PACKAGE_ROOMS, ROOMS } from './scripts/rooms.mjs';

/** Node's own modules that wait, read, write or talk to something. */
const IO_MODULES =
  '^(node:)?(fs|net|http|http2|https|tls|dgram|dns|child_process|cluster|readline|repl|stream|tty|inspector)(/|$)';
const IO_PACKAGES = ['rclnodejs', 'onnxruntime-node', '@mujoco/mujoco', 'serialport', 'pino', 'rxjs'];
const inPackages = (names) => `node_modules/(${names.join('|')})(/|$)`;

export default {
  forbidden: [
    ...ROOMS.filter((room) => forbiddenRooms(room).length > 0).map((room) => ({
      name: `${room}-imports-only-rooms-above`,
      severity: 'error',
      from: { path: `^src/${room}/` },
      to: { path: `^src/(${forbiddenRooms(room).join('|')})/` },
    })),
    ...Object.entries(PACKAGE_ROOMS).map(([name, room]) => ({
      name: `only-${room}-imports-${name.replace(/\W+/g, '-')}`,
      severity: 'error',
      // The doctor asks whether each part loads, so it imports them all.
      from: { path: '^src/', pathNot: `^src/(${room}/|app/doctor)` },
      to: { path: inPackages([name]) },
    })),
    {
      name: 'tick-does-no-io',
      comment: 'The tick thread sees only shared memory; see the design, Processes.',
      severity: 'error',
      from: { path: '^src/control/tick' },
      to: { path: [IO_MODULES, inPackages(IO_PACKAGES)], reachable: true },
    },
    {
      name: 'safety-is-pure',
      comment: 'The filter has no I/O and no package.',
      severity: 'error',
      from: { path: '^src/safety/' },
      to: { path: [IO_MODULES, 'node_modules/'] },
    },
    {
      name: 'page-sees-no-server',
      comment: 'The page runs in a browser: of the server it may know types and the protocol only.',
      severity: 'error',
      from: { path: '^src/console/page/' },
      to: {
        path: '^src/',
        pathNot: '^src/console/(page/|protocol\\.ts$)',
        dependencyTypesNot: ['type-only'],
      },
    },
    {
      name: 'no-circular',
      comment: 'A cycle of types alone, or closed by an import() at run time, does no harm.',
      severity: 'error',
      from: {},
      to: {
        circular: true,
        viaOnly: { dependencyTypesNot: ['type-only', 'dynamic-import'] },
      },
    },
    { name: 'not-to-unresolvable', severity: 'error', from: {}, to: { couldNotResolve: true, pathNot: '^(@mujoco/mujoco$|three/addons/)' } },
    {
      name: 'no-development-package',
      comment: 'The page of the console is bundled: what it imports is not needed at run time.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/console/page/' },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { conditionNames: ['import', 'require', 'node', 'default', 'types'] },
  },
};
