#!/usr/bin/env node
// Runs a command in a network namespace of its own, where only loopback is: Gazebo Classic's master
// listens on all addresses, and discovery is multicast, so neither may reach a real network.
//
//   node scripts/gazebo/isolated.mjs COMMAND…
import { spawnSync } from 'node:child_process';

const command = process.argv.slice(2);
const setup = 'ip link set lo up multicast on && ip route add 224.0.0.0/4 dev lo && exec "$@"';
const flags = process.getuid?.() === 0 ? ['--net'] : ['--map-root-user', '--net'];
const probe = spawnSync('unshare', [...flags, 'sh', '-c', setup, 'sh', 'true'], {
  encoding: 'utf8',
});
if (probe.status !== 0) {
  const why = (probe.stderr || probe.error?.message || `exit ${probe.status}`).trim();
  console.error(
    `cannot make a network namespace: ${why.split('\n')[0]}; needs unshare (util-linux), ip (iproute2) and root or user namespaces`,
  );
  process.exit(1);
}
const { status, signal } = spawnSync('unshare', [...flags, 'sh', '-c', setup, 'sh', ...command], {
  stdio: 'inherit',
  env: { ...process.env, GZ_IP: '127.0.0.1', IGN_IP: '127.0.0.1' },
});
process.exit(signal ? 1 : (status ?? 1));
