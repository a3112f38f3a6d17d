#!/usr/bin/env node
// Captures what two real peers of an installed gz-transport say to each other, and prints the packets
// that the tests read: one peer has the topics and services of gz-sim, the other one uses them. Nothing
// of this project takes part. Needs gz-transport 13 or later with its headers (see transport_peer.mjs),
// g++, tcpdump, and a network namespace:
//
//   node scripts/gazebo/isolated.mjs node scripts/gazebo/capture_transport.mjs > FILE.json
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { datagrams, zeromqMessages } from './packet_file.mjs';
import { buildPeer, installedTransport, TransportPeer } from './transport_peer.mjs';

const STAMP = 'stamp { sec: 12 nsec: 345000000 }';
const HEADER = `header { ${STAMP} data { key: "frame_id" value: "robot" } data { key: "seq" value: "7" } }`;
const POSE =
  'name: "cube" id: 9 position { x: 0.25 y: -0.125 z: 0.0125 } orientation { z: 0.5 w: 0.75 }';
const joint = (name, id, position, velocity, force) =>
  `joint { name: "${name}" id: ${id} parent: "base" child: "link" pose { position { z: 0.5 } orientation { w: 1 } } ` +
  `axis1 { xyz { z: 1 } limit_lower: -1.5 limit_upper: 1.5 position: ${position} velocity: ${velocity} force: ${force} } }`;

/** What the world publishes: topic, type, message. */
const PUBLISHED = [
  [
    '/world/sinew/stats',
    'gz.msgs.WorldStatistics',
    `${HEADER} sim_time { sec: 12 nsec: 345000000 } pause_time { sec: 3 } real_time { sec: 15 nsec: 5 } ` +
      'paused: true iterations: 12345 model_count: 2 real_time_factor: 0.5 step_size { nsec: 1000000 } stepping: true',
  ],
  [
    '/world/sinew/model/robot/joint_state',
    'gz.msgs.Model',
    `${HEADER} name: "robot" id: 4 pose { position { x: 1 } orientation { w: 1 } } ` +
      `${joint('shoulder_pan', 5, 0.5, -0.25, 2)} ${joint('gripper', 6, -1.5, 0, 0)}`,
  ],
  [
    '/world/sinew/dynamic_pose/info',
    'gz.msgs.Pose_V',
    `${HEADER} pose { ${POSE} } pose { name: "robot" id: 4 position { } orientation { w: 1 } }`,
  ],
  [
    '/camera/front/image_raw',
    'gz.msgs.Image',
    `${HEADER} width: 2 height: 1 step: 6 data: "\\377\\000\\000\\000\\377\\000" pixel_format_type: RGB_INT8`,
  ],
  [
    '/camera/front/depth',
    'gz.msgs.Image',
    `${HEADER} width: 1 height: 1 step: 4 data: "\\000\\000\\100\\077" pixel_format_type: R_FLOAT32`,
  ],
  [
    '/camera/front/camera_info',
    'gz.msgs.CameraInfo',
    `${HEADER} width: 2 height: 1 distortion { k: 0 k: 0 k: 0 k: 0 k: 0 } ` +
      'intrinsics { k: 5 k: 0 k: 1 k: 0 k: 6 k: 0.5 k: 0 k: 0 k: 1 } ' +
      'projection { p: 5 p: 0 p: 1 p: 0 p: 0 p: 6 p: 0.5 p: 0 p: 0 p: 0 p: 1 p: 0 } rectification_matrix: 1',
  ],
];
const COMMAND = ['/model/robot/joint/shoulder_pan/cmd_pos', 'gz.msgs.Double', 'data: -1.25'];

/** What the world serves: service, request type, kind of answer, request. */
const SERVICES = [
  [
    '/world/sinew/control',
    'gz.msgs.WorldControl',
    'true',
    'pause: true multi_step: 10 reset { all: true } seed: 7',
  ],
  [
    '/world/sinew/create',
    'gz.msgs.EntityFactory',
    'true',
    `sdf: "<sdf/>" pose { ${POSE.replace('name: "cube" id: 9 ', '')} } name: "cube"`,
  ],
  ['/world/sinew/set_pose', 'gz.msgs.Pose', 'false', POSE.replace('id: 9 ', '')],
  ['/world/sinew/remove', 'gz.msgs.Entity', 'fail', 'name: "cube" type: MODEL'],
];

/** Says it until it was heard: a subscription takes effect a moment after the publisher has learnt of it. */
async function publish(speaker, listener, topic, message) {
  let come = false;
  const heard = listener
    .says((line) => line.startsWith(`heard\t${topic}\t`))
    .then(() => {
      come = true;
    });
  await speaker.tell('connected', topic);
  while (!come) {
    await speaker.tell('publish', topic, message);
    await Promise.race([heard, sleep(50)]);
  }
}

/**
 * All that two peers can say to each other.
 * @returns what the last packet of it is, by which the capture is known to be whole
 */
async function converse(program) {
  const world = new TransportPeer(program, 'sinew');
  const user = new TransportPeer(program, 'sinew');
  for (const [topic, type, message] of PUBLISHED) {
    await user.tell('subscribe', topic);
    await world.tell('advertise', topic, type);
    await publish(world, user, topic, message);
  }
  const [commandTopic, commandType, command] = COMMAND;
  await user.tell('advertise', commandTopic, commandType);
  await world.tell('subscribe', commandTopic);
  await publish(user, world, commandTopic, command);
  for (const [service, type, answer, request] of SERVICES) {
    await world.tell('serve', service, type, answer);
    await user.tell('request', service, type, request);
  }
  await user.tell('topics');
  await user.tell('unsubscribe', PUBLISHED[0][0]);
  await world.tell('unadvertise', PUBLISHED[0][0]);
  await world.tell('unserve', SERVICES[0][0]);
  await user.stop();
  // Jetty's library lets nobody say it, and its nodes do not.
  const goodbye = await world.tell('goodbye').then(
    () => true,
    () => false,
  );
  await world.stop();
  return goodbye ? isGoodbye : isServiceEnd;
}

/** Type of a discovery packet, which follows version and process (36 characters). */
const typeOf = (data) => (data[2 + 2 + 38] === 0x20 ? data[2 + 2 + 39] : undefined);
const isGoodbye = ({ data }) => typeOf(data) === 5;
const isServiceEnd = ({ port, data }) => typeOf(data) === 3 && port === 10318;

/** Of those that were sent repeatedly, the first. */
function distinct(entries) {
  const seen = new Map(entries.map((entry) => [JSON.stringify(entry), entry]));
  return [...seen.values()];
}

const folder = mkdtempSync(join(tmpdir(), 'sinew-capture-'));
const file = join(folder, 'packets.pcap');
let recorder;
try {
  const program = buildPeer(folder);
  const filter = 'tcp or udp port 10317 or udp port 10318';
  recorder = spawn(
    'tcpdump',
    ['-i', 'lo', '-Z', 'root', '--immediate-mode', '-U', '-w', file, filter],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  // It says once that it listens.
  await once(recorder.stderr, 'data');
  const isLast = await converse(program);
  while (!datagrams(readFileSync(file)).some(isLast)) await sleep(50);
  recorder.kill('SIGINT');
  await once(recorder, 'close');
  const packets = readFileSync(file);
  const text = (bytes) => bytes.toString('base64');
  const discovery = distinct(
    datagrams(packets).map(({ port, data }) => ({ port, bytes: text(data) })),
  );
  const zeromq = distinct(zeromqMessages(packets).map(({ frames }) => frames.map(text)));
  const { name, version } = installedTransport();
  console.log(JSON.stringify({ transport: `${name} ${version}`, discovery, zeromq }, null, 1));
} finally {
  recorder?.kill();
  rmSync(folder, { recursive: true });
}
